import type { ComponentName } from '../cluster/component.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { manifestPath } from '../plan/files.ts';
import { containerOf } from '../plan/flags/pod-container.ts';
import { editHostText, ownFileOf } from '../plan/host-text.ts';
import { viewsOf } from '../plan/planned-cluster.ts';
import { ApplyStop } from './apply-stop.ts';
import { stateAt, writeFile } from './host-files.ts';
import type { World } from './world.ts';

/** A static pod's annotation that makes the kubelet start it anew, as `kubectl rollout restart` does for a Deployment. */
const annotation = 'bulwark/restarted-at';

/** Where a component's static pod manifest lies on a host by what the plan was made from, else where kubeadm puts it. */
export function manifestPathOf(cluster: Cluster | undefined, host: string, component: ComponentName): string {
  const views = cluster === undefined ? [] : viewsOf(cluster.components, host, component);
  const view = views.find((candidate) => ownFileOf(candidate) !== undefined);
  return view === undefined ? `/etc/kubernetes/manifests/${component}.yaml` : manifestPath(view);
}

/** The text of a component's static pod manifest on this host, or `undefined` where it is started otherwise. */
export function manifestText(
  world: Pick<World, 'root' | 'manifestPath'>,
  host: string,
  component: ComponentName,
): { readonly path: string; readonly text: string } | undefined {
  const path = world.manifestPath(host, component);
  const state = stateAt(world.root, path);
  if (state.kind !== 'file') return undefined;
  const text = state.bytes.toString('utf8');
  const value = parseDocuments(text, path).documents[0]?.value;
  return value !== undefined && containerOf(value, component) !== undefined ? { path, text } : undefined;
}

/**
 * Makes the kubelet start a static pod anew where only files that it reads have changed: an annotation of its manifest, journalled as a
 * change of the group, so that the way back takes it away. A component that is no
 * static pod is restarted through systemd; the commands for a person where that cannot be done.
 */
export async function restartComponent(
  world: World,
  group: string,
  host: string,
  component: ComponentName,
): Promise<readonly string[]> {
  const manifest = manifestText(world, host, component);
  if (manifest === undefined) return world.restartUnit(component);
  const bytes = annotatedManifest(manifest, host, component, world.now());
  const state = stateAt(world.root, manifest.path);
  if (state.kind !== 'file') throw new ApplyStop(`${manifest.path} is gone`);
  await writeFile(world, group, manifest.path, { kind: 'write', bytes, mode: state.mode, uid: state.uid, gid: state.gid });
  return [];
}

/** The manifest with the annotation. Throws ApplyStop where it cannot be edited. */
export function annotatedManifest(
  manifest: { readonly path: string; readonly text: string },
  host: string,
  component: ComponentName,
  at: string,
): Buffer {
  const edits = [{ op: 'set', path: ['metadata', 'annotations', annotation], value: at }] as const;
  const edited = editHostText(manifest.text, 'manifest', [{ kind: 'edit-manifest', host, component, edits }]);
  if (edited.kind === 'refused') throw new ApplyStop(`${manifest.path} cannot be edited: ${edited.why}`);
  return Buffer.from(edited.text, 'utf8');
}
