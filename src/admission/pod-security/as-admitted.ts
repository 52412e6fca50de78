import type { Json, JsonObject } from '../../cluster/json.ts';
import { listAt, objectAt } from '../../cluster/json.ts';
import { appArmorAnnotationPrefix } from './check-app-armor-profile.ts';
import type { PodSecurityServer } from './check.ts';
import { text } from './check.ts';
import type { PodSource } from './pod-view.ts';
import { member } from './pod-view.ts';

const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** First server whose gate ProcMountType is on by default; before, `procMount` is set back to `Default`. */
const procMountSince = 33;
/** First server that has image volumes, and the first whose gate ImageVolume is on by default; between, they are taken away. */
const imageVolumesKnownSince = 31;
const imageVolumesSince = 35;
/** First server that keeps AppArmor annotations and fields in step, and the first that writes no annotations any more. */
const appArmorFieldsSince = 30;
const appArmorAnnotationsUntil = 34;

/**
 * Gives a pod (`template` false) or a pod template as it stands when admission sees it, as far as Pod Security can tell:
 * what the server's defaulting and its registry strategy fill in or take away before. Without change the same object comes back.
 *
 * - a Pod on the host's network gets a `hostPort` for every port (pkg/apis/core/v1/defaults.go, SetDefaults_Pod);
 *   templates do not, since 1.28;
 * - `procMount` is set back to `Default` where the gate ProcMountType is off, and image volumes are taken away where
 *   ImageVolume is (pkg/api/pod/util.go);
 * - a Pod's AppArmor annotations become fields, up to 1.33 its fields annotations too (pkg/registry/core/pod/strategy.go).
 */
export function asAdmitted(pod: PodSource, server: PodSecurityServer, template: boolean): PodSource {
  let { metadata, spec } = pod;
  if (server.minor < procMountSince) spec = mapContainers(spec, lists, withoutProcMount);
  if (server.minor >= imageVolumesKnownSince && server.minor < imageVolumesSince) spec = withoutImageVolumes(spec);
  if (template) return spec === pod.spec ? pod : { metadata, spec };
  if (spec['hostNetwork'] === true) spec = mapContainers(spec, ['initContainers', 'containers'], withHostPorts);
  if (server.minor >= appArmorFieldsSince && objectAt(spec['os'])['name'] !== 'windows') {
    ({ metadata, spec } = withAppArmorInStep({ metadata, spec }, server.minor < appArmorAnnotationsUntil));
  }
  return metadata === pod.metadata && spec === pod.spec ? pod : { metadata, spec };
}

function mapContainers(
  spec: JsonObject,
  names: readonly (typeof lists)[number][],
  change: (container: JsonObject) => JsonObject,
): JsonObject {
  let changed = spec;
  for (const name of names) {
    const before = listAt(spec[name]);
    const after = before.map((item) => change(objectAt(item)));
    if (after.some((item, index) => item !== before[index])) changed = { ...changed, [name]: after };
  }
  return changed;
}

function withoutImageVolumes(spec: JsonObject): JsonObject {
  const volumes = listAt(spec['volumes']);
  const kept = volumes.filter((volume) => member(objectAt(volume), 'image') === undefined);
  return kept.length === volumes.length ? spec : { ...spec, volumes: kept };
}

function withoutProcMount(container: JsonObject): JsonObject {
  const securityContext = member(container, 'securityContext');
  const procMount = securityContext?.['procMount'];
  if (typeof procMount !== 'string' || procMount === 'Default') return container;
  return { ...container, securityContext: { ...securityContext, procMount: 'Default' } };
}

function withHostPorts(container: JsonObject): JsonObject {
  const ports = listAt(container['ports']);
  if (ports.every((port) => !lacksHostPort(objectAt(port)))) return container;
  const filled = ports.map((item): Json => {
    const port = objectAt(item);
    return lacksHostPort(port) ? { ...port, hostPort: port['containerPort'] } : item;
  });
  return { ...container, ports: filled };
}

function lacksHostPort(port: JsonObject): boolean {
  return !port['hostPort'] && typeof port['containerPort'] === 'number';
}

function withAppArmorInStep(pod: PodSource, writeAnnotations: boolean): PodSource {
  const annotations = objectAt(pod.metadata['annotations']);
  const podProfile = member(member(pod.spec, 'securityContext'), 'appArmorProfile');
  const added: Record<string, string> = {};
  const spec = mapContainers(pod.spec, lists, (container) => {
    const key = `${appArmorAnnotationPrefix}${text(container['name'])}`;
    const annotation = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
    const own = member(member(container, 'securityContext'), 'appArmorProfile');
    if (typeof annotation !== 'string') {
      const value = writeAnnotations ? annotationOf(own ?? podProfile) : undefined;
      if (value !== undefined) added[key] = value;
      return container;
    }
    const profile = own === undefined ? profileOf(annotation) : undefined;
    if (profile === undefined || sameProfile(profile, podProfile)) return container;
    return { ...container, securityContext: { ...member(container, 'securityContext'), appArmorProfile: profile } };
  });
  if (Object.keys(added).length === 0) return { metadata: pod.metadata, spec };
  return { metadata: { ...pod.metadata, annotations: { ...annotations, ...added } }, spec };
}

function annotationOf(profile: JsonObject | undefined): string | undefined {
  const type = profile?.['type'];
  if (type === 'Unconfined') return 'unconfined';
  if (type === 'RuntimeDefault') return 'runtime/default';
  const name = profile?.['localhostProfile'];
  return type === 'Localhost' && typeof name === 'string' ? `localhost/${name}` : undefined;
}

function profileOf(annotation: string): { readonly type: string; readonly localhostProfile?: string } | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  const name = annotation.startsWith('localhost/') ? annotation.slice('localhost/'.length) : '';
  if (name === '' || name.trim() !== name || new TextEncoder().encode(name).length > 4095) return undefined;
  return { type: 'Localhost', localhostProfile: name };
}

function sameProfile(
  profile: { readonly type: string; readonly localhostProfile?: string },
  other: JsonObject | undefined,
): boolean {
  return (
    other !== undefined && other['type'] === profile.type && (other['localhostProfile'] ?? undefined) === profile.localhostProfile
  );
}
