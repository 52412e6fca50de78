import type { Component, HostFile } from '../../cluster/component.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { annotationsOf, labelsOf } from '../../cluster/objects.ts';
import { filesNamedBy, filesNamedByEnvironment } from './flag-files.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import { componentOfPod } from './static-pod.ts';

/**
 * Reports whether an object is the mirror of a static pod: the kubelet's annotation, or, in a dump that lost annotations, a Pod of
 * kube-system on a node with kubeadm's labels `component` and `tier: control-plane`.
 */
export function isMirrorPod(object: Pick<ClusterObject, 'kind' | 'namespace' | 'manifest'>): boolean {
  if (object.kind !== 'Pod' || nodeOf(object.manifest) === undefined) return false;
  if ('kubernetes.io/config.mirror' in annotationsOf(object)) return true;
  const labels = labelsOf(object);
  return object.namespace === 'kube-system' && labels['tier'] === 'control-plane' && labels['component'] !== undefined;
}

/**
 * The components that mirror pods of a live or dumped cluster show, in the objects' order: the flags, never the files. A path that no
 * mount of the pod makes visible is known to be missing, unless it runs. Running means: the pod is Ready.
 */
export function mirrorPodComponents(objects: readonly ClusterObject[]): Component[] {
  const components: Component[] = [];
  for (const object of objects) {
    const host = nodeOf(object.manifest);
    if (host === undefined || !isMirrorPod(object)) continue;
    const configured = componentOfPod(object.document, object.base, { host, seenAs: 'mirror-pod', running: isReady(object) });
    if (configured !== undefined) components.push({ ...configured.component, files: unseenFiles(configured) });
  }
  return components;
}

function unseenFiles({ component, paths }: ConfiguredComponent): ReadonlyMap<string, HostFile> {
  const files = new Map<string, HostFile>();
  for (const { path } of [...filesNamedBy(component.commandLine.arguments), ...filesNamedByEnvironment(component.environment)]) {
    const where = paths(path);
    // What runs has started: there the path was visible, by whatever means the pod does not show.
    if (where.kind === 'not-mounted' && !component.running)
      files.set(path, { kind: 'missing', path, reason: 'no volume mount of the static pod makes it visible' });
    else {
      const onHost = where.kind === 'host-path' ? where.path : path;
      files.set(path, {
        kind: 'not-collected',
        path: onHost,
        reason: `the API shows no files: read ${onHost} on host ${component.host}`,
      });
    }
  }
  return files;
}

function nodeOf(manifest: ClusterObject['manifest']): string | undefined {
  const name = stringAt(objectAt(manifest['spec'])['nodeName']);
  return name === '' ? undefined : name;
}

function isReady(object: ClusterObject): boolean {
  const conditions = listAt(objectAt(object.manifest['status'])['conditions']).filter(isObject);
  return conditions.some((condition) => condition['type'] === 'Ready' && condition['status'] === 'True');
}
