import type { Cluster } from '../../cluster/cluster.ts';
import type { FieldPath, JsonObject } from '../../cluster/json.ts';
import { listAt, objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { objectName, placeIn } from '../../cluster/objects.ts';
import { parseGoBool } from '../../cluster/go-numbers.ts';
import type { Shape } from '../../cluster/shape.ts';
import { misfitOf } from '../../cluster/shape.ts';
import { containersOf } from '../../cluster/workloads.ts';
import type { Evidence } from '../../results/finding.ts';
import type { Engine } from './engine.ts';

const wanted = 'an engine that enforces NetworkPolicies';
const podPath: FieldPath = ['spec', 'template', 'spec'];

/** kindnetd enforces from the image of this date on (kind 0.24). */
const kindnetdFrom = 20240813;

/** A DaemonSet that has one of the names asked for. */
export interface NamedDaemonSet {
  readonly object: ClusterObject;
  readonly name: string;
  readonly evidence: Evidence;
}

/**
 * Finds DaemonSets by their own name or by the last part of a container's image. What packagers put around the name does not
 * count: `kube-flannel-ds`, `rke2-canal`.
 */
export function daemonSetsNamed(cluster: Cluster, names: readonly string[]): readonly NamedDaemonSet[] {
  return cluster.objects.ofKind('DaemonSet.apps').flatMap((object): readonly NamedDaemonSet[] => {
    const bare = object.name.replace(/^rke2-/, '').replace(/-ds$/, '');
    const own = [object.name, bare].find((name) => names.includes(name));
    if (own !== undefined) return [{ object, name: own, evidence: evidenceAt(object, ['metadata', 'name'], objectName(object)) }];
    for (const { path, container } of containersOf(podSpec(object))) {
      const image = stringAt(container['image']) ?? '';
      const name = imageName(image);
      if (names.includes(name))
        return [
          { object, name, evidence: evidenceAt(object, [...podPath, ...path, 'image'], `${objectName(object)}: ${image}`) },
        ];
    }
    return [];
  });
}

/**
 * Finds the DaemonSets of engines that enforce, and whether each is switched off. One whose containers cannot be read is left out:
 * its switches are not known. Source: essential.md 7.
 */
export function daemonSetEngines(cluster: Cluster, names: readonly string[]): readonly Engine[] {
  const readable = daemonSetsNamed(cluster, names).filter(({ object }) => isReadable(object));
  return readable.map(({ object, name, evidence }) => {
    const off = whyOff(cluster, object, name);
    return { name, off: off?.why, evidence: off?.evidence ?? evidence };
  });
}

const words: Shape = { list: 'string' };
const containers: Shape = { list: { members: { image: 'string', command: words, args: words } } };

function isReadable(object: ClusterObject): boolean {
  const spec = podSpec(object);
  return (
    listAt(spec['containers']).length > 0 && misfitOf(spec, { members: { containers, initContainers: containers } }) === undefined
  );
}

function podSpec(object: ClusterObject): JsonObject {
  return objectAt(objectAt(objectAt(object.manifest['spec'])['template'])['spec']);
}

/** Last part of an image's name: `quay.io/cilium/cilium:v1.15@sha256:…` → `cilium`. */
function imageName(image: string): string {
  const path = image.split('@')[0] ?? '';
  return (path.split('/').at(-1) ?? '').split(':')[0] ?? '';
}

function evidenceAt(object: ClusterObject, path: FieldPath, seen: string): Evidence {
  return { ...placeIn(object, path), seen, wanted };
}

interface Off {
  readonly why: string;
  readonly evidence: Evidence;
}

function whyOff(cluster: Cluster, object: ClusterObject, name: string): Off | undefined {
  if (name === 'kube-router') return firewallOff(object);
  if (name === 'aws-node') return agentOff(object);
  if (name === 'cilium' || name === 'anetd') return ciliumOff(cluster);
  return name === 'kindnetd' ? oldKindnetd(object) : undefined;
}

/** The last value of a boolean switch in the words of any container; `undefined` where none has it. */
function switchOf(object: ClusterObject, flag: string): { readonly on: boolean; readonly evidence: Evidence } | undefined {
  const found = containersOf(podSpec(object)).flatMap(({ path, container }) =>
    ['command', 'args'].flatMap((list) =>
      stringsAt(container[list]).flatMap((word, index) => {
        const [name, value = 'true'] = word.split('=');
        if (name !== `--${flag}`) return [];
        return [{ on: parseGoBool(value) === true, evidence: evidenceAt(object, [...podPath, ...path, list, index], word) }];
      }),
    ),
  );
  return found.findLast(({ on }) => on) ?? found.at(-1);
}

function firewallOff(object: ClusterObject): Off | undefined {
  const found = switchOf(object, 'run-firewall');
  return found === undefined || found.on
    ? undefined
    : { why: '--run-firewall=false switches its policies off', evidence: { ...found.evidence, wanted: '--run-firewall=true' } };
}

/** The VPC CNI enforces by its node agent alone, and that one only when told to. */
function agentOff(object: ClusterObject): Off | undefined {
  const found = switchOf(object, 'enable-network-policy');
  if (found?.on === true) return undefined;
  const evidence = found?.evidence ?? evidenceAt(object, [...podPath, 'containers'], 'no --enable-network-policy');
  return {
    why: 'no container has --enable-network-policy=true',
    evidence: { ...evidence, wanted: '--enable-network-policy=true' },
  };
}

function ciliumOff(cluster: Cluster): Off | undefined {
  const map = cluster.objects
    .ofKind('ConfigMap')
    .find(({ name, manifest }) => name === 'cilium-config' && objectAt(manifest['data'])['enable-policy'] === 'never');
  if (map === undefined) return undefined;
  const place = placeIn(map, ['data', 'enable-policy']);
  return {
    why: 'ConfigMap cilium-config says enable-policy: never',
    evidence: { ...place, seen: 'never', wanted: 'default or always' },
  };
}

function oldKindnetd(object: ClusterObject): Off | undefined {
  for (const { path, container } of containersOf(podSpec(object))) {
    const image = stringAt(container['image']) ?? '';
    const date = /:v?(\d{8})(?:\D|$)/.exec(image)?.[1];
    if (imageName(image) !== 'kindnetd' || date === undefined || Number(date) >= kindnetdFrom) continue;
    const evidence = {
      ...evidenceAt(object, [...podPath, ...path, 'image'], image),
      wanted: `an image of ${kindnetdFrom} or later`,
    };
    return { why: 'its image is older than the first that enforces (kind 0.24)', evidence };
  }
  return undefined;
}
