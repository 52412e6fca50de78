import type { FieldPath, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt } from '../../cluster/json.ts';

/** A pod, or a pod template, as it is written: `metadata` and `spec` of the manifest. */
export interface PodSource {
  readonly metadata: JsonObject;
  readonly spec: JsonObject;
}

/** A container of any of the three lists, with what the checks look at. */
export interface ContainerView {
  readonly name: string;
  readonly list: 'initContainers' | 'containers' | 'ephemeralContainers';
  readonly index: number;
  readonly container: JsonObject;
  /** `undefined`: absent or null. */
  readonly securityContext: JsonObject | undefined;
}

interface VolumeView {
  readonly name: string;
  readonly index: number;
  readonly volume: JsonObject;
}

/** A pod as the checks read it; built once, so that a dozen checks do not look up the same fields again. */
export interface PodView {
  readonly spec: JsonObject;
  readonly annotations: JsonObject;
  readonly securityContext: JsonObject | undefined;
  /** Init containers, then containers, then ephemeral ones: the order of names in messages. */
  readonly containers: readonly ContainerView[];
  readonly volumes: readonly VolumeView[];
  /** `spec.os.name: windows`: some checks do not apply. */
  readonly windows: boolean;
  /** `spec.hostUsers: false`: root inside is nobody outside. */
  readonly userNamespace: boolean;
}

const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** Reads a pod for the checks. Total: a field of the wrong type counts as absent (`unreadablePodField` finds those). */
export function viewPod(pod: PodSource): PodView {
  const { spec } = pod;
  const containers: ContainerView[] = [];
  for (const list of lists) {
    let index = 0;
    for (const item of listAt(spec[list])) {
      const container = objectAt(item);
      containers.push({
        name: nameOf(container),
        list,
        index,
        container,
        securityContext: member(container, 'securityContext'),
      });
      index++;
    }
  }
  return {
    spec,
    annotations: objectAt(pod.metadata['annotations']),
    securityContext: member(spec, 'securityContext'),
    containers,
    volumes: listAt(spec['volumes']).map((item, index) => ({ name: nameOf(objectAt(item)), index, volume: objectAt(item) })),
    windows: objectAt(spec['os'])['name'] === 'windows',
    userNamespace: spec['hostUsers'] === false,
  };
}

function nameOf(item: JsonObject): string {
  const name = item['name'];
  return typeof name === 'string' ? name : '';
}

/** A mapping below `parent`; `undefined` when it is absent, null or something else. */
export function member(parent: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = parent?.[name];
  return isObject(value) ? value : undefined;
}

/** The way to a container inside its pod, and on to a field in it. */
export function containerPath(container: ContainerView, ...rest: FieldPath): FieldPath {
  return ['spec', container.list, container.index, ...rest];
}
