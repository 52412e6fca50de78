import { componentsOf } from '../../cluster/components.ts';
import { distributionOf } from '../../cluster/component-version.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import type { JsonObject } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { objectName, placeIn } from '../../cluster/objects.ts';
import { containersOf } from '../../cluster/workloads.ts';
import type { Evidence } from '../../results/finding.ts';
import type { Context, Parameters } from '../control.ts';

/** Does something enforce NetworkPolicies? */
export interface Enforcement {
  readonly verdict: 'pass' | 'fail' | 'unknown';
  readonly message: string;
  readonly evidence: readonly Evidence[];
}

interface Engine {
  readonly name: string;
  /** Why it is switched off; `undefined`: it is on. */
  readonly off: string | undefined;
  readonly evidence: Evidence;
}

type Asked = Parameters & { readonly enforcing: readonly string[]; readonly notEnforcing: readonly string[] };

/** The default names (essential.md 7); aws-node and k3s are judged by their switches. */
export const enforcingNames: readonly string[] = [
  'calico-node',
  'canal',
  'cilium',
  'anetd',
  'antrea-agent',
  'kube-router',
  'weave-npc',
  'ovnkube-node',
  'azure-npm',
  'kube-network-policies',
  'kindnetd',
  'aws-node',
  'k3s',
];
export const notEnforcingNames: readonly string[] = ['kube-flannel', 'flannel', 'aws-node', 'bridge', 'ptp'];

/** kindnetd enforces from the image of this date on (kind 0.24). */
const kindnetdFrom = 20240813;

/** Judges what is seen of network engines: DaemonSets and their images, k3s, CNI configuration of hosts. Source: essential.md 7. */
export function enforcementOf<P extends Parameters>(
  context: Context<P>,
  asked: Pick<Asked, 'enforcing' | 'notEnforcing'>,
): Enforcement {
  const engines = [...daemonSetEngines(context, asked.enforcing), ...k3sEngines(context, asked.enforcing)];
  const on = engines.find((engine) => engine.off === undefined);
  if (on !== undefined) return { verdict: 'pass', message: `${on.name} enforces NetworkPolicies`, evidence: [on.evidence] };
  const [off] = engines;
  if (off !== undefined)
    return {
      verdict: 'fail',
      message: `${off.name} is there, but ${off.off ?? 'off'}`,
      evidence: engines.map((engine) => engine.evidence),
    };
  const others = [...daemonSets(context, asked.notEnforcing), ...cniConfigurations(context, asked.notEnforcing)];
  const [other] = others;
  if (other !== undefined) {
    if (!context.isListed('DaemonSet.apps'))
      return {
        verdict: 'unknown',
        message: `${other.name} does not enforce NetworkPolicies; whether something else does is not known: ${context.whyNotListed('DaemonSet.apps')}`,
        evidence: [other.evidence],
      };
    return {
      verdict: 'fail',
      message: `${other.name} does not enforce NetworkPolicies, and nothing else that does is seen`,
      evidence: others.map((entry) => entry.evidence),
    };
  }
  return {
    verdict: 'unknown',
    message: 'no network engine that is known was seen: its DaemonSet, its CNI configuration or a probe would settle it',
    evidence: [],
  };
}

function podSpec(object: ClusterObject): JsonObject {
  return objectAt(objectAt(objectAt(object.manifest['spec'])['template'])['spec']);
}

/** Last part of an image's name: `quay.io/cilium/cilium:v1.15` → `cilium`. */
function imageName(image: string): string {
  const path = image.split('@')[0] ?? '';
  return (path.split('/').at(-1) ?? '').split(':')[0] ?? '';
}

function named(object: ClusterObject, names: readonly string[]): string | undefined {
  if (names.includes(object.name)) return object.name;
  return containersOf(podSpec(object))
    .map(({ container }) => imageName(stringAt(container['image']) ?? ''))
    .find((name) => names.includes(name));
}

function daemonSets<P extends Parameters>(
  context: Context<P>,
  names: readonly string[],
): readonly { readonly object: ClusterObject; readonly name: string; readonly evidence: Evidence }[] {
  return context.cluster.objects.ofKind('DaemonSet.apps').flatMap((object) => {
    const name = named(object, names);
    return name === undefined
      ? []
      : [
          {
            object,
            name,
            evidence: {
              ...placeIn(object, ['spec', 'template', 'spec']),
              seen: `${objectName(object)} (${name})`,
              wanted: 'an engine that enforces NetworkPolicies',
            },
          },
        ];
  });
}

function daemonSetEngines<P extends Parameters>(context: Context<P>, names: readonly string[]): readonly Engine[] {
  return daemonSets(context, names).map(({ object, name, evidence }) => ({ name, off: whyOff(context, object, name), evidence }));
}

function words(object: ClusterObject): readonly string[] {
  return containersOf(podSpec(object)).flatMap(({ container }) => [
    ...stringsAt(container['command']),
    ...stringsAt(container['args']),
  ]);
}

function whyOff<P extends Parameters>(context: Context<P>, object: ClusterObject, name: string): string | undefined {
  const all = words(object);
  if (name === 'kube-router' && all.includes('--run-firewall=false')) return '--run-firewall=false switches its policies off';
  if (name === 'aws-node' && !all.includes('--enable-network-policy=true'))
    return 'no container has --enable-network-policy=true';
  if (name === 'cilium' && ciliumIsOff(context)) return 'ConfigMap cilium-config says enable-policy: never';
  return name === 'kindnetd' ? oldKindnetd(object) : undefined;
}

function ciliumIsOff<P extends Parameters>(context: Context<P>): boolean {
  const maps = context.cluster.objects.ofKind('ConfigMap').filter((map) => map.name === 'cilium-config');
  return maps.some((map) => objectAt(map.manifest['data'])['enable-policy'] === 'never');
}

function oldKindnetd(object: ClusterObject): string | undefined {
  const images = containersOf(podSpec(object)).map(({ container }) => stringAt(container['image']) ?? '');
  const dates = images.flatMap((image) => /:v?(\d{8})-/.exec(image)?.[1] ?? []);
  return dates.some((date) => Number(date) < kindnetdFrom)
    ? 'its image is older than the first that enforces (kind 0.24)'
    : undefined;
}

/** k3s brings its own policy controller, unless it is switched off. */
function k3sEngines<P extends Parameters>(context: Context<P>, names: readonly string[]): readonly Engine[] {
  if (!names.includes('k3s') || distributionOf(context.cluster) !== 'k3s') return [];
  const servers = componentsOf(context.cluster, 'kube-apiserver').flatMap(({ component }) => component ?? []);
  const configurations = context.cluster.configurations.filter((document) => document.source.includes('rancher/k3s'));
  const seen = servers.length > 0 || configurations.length > 0;
  if (!seen) return [];
  const disabled = configurations.some(
    ({ value }) =>
      isObject(value) && (value['disable-network-policy'] === true || listAt(value['disable']).includes('network-policy')),
  );
  const flagged = servers.some(({ commandLine }) =>
    commandLine.arguments.some(({ text }) => text === '--disable-network-policy' || text === '--disable-network-policy=true'),
  );
  const source = configurations[0]?.source ?? servers[0]?.document.source ?? 'k3s';
  const evidence = {
    source,
    seen: disabled || flagged ? 'disable-network-policy' : 'k3s',
    wanted: 'disable-network-policy not set',
  };
  return [
    { name: 'k3s', off: disabled || flagged ? 'disable-network-policy switches its policy controller off' : undefined, evidence },
  ];
}

function cniConfigurations<P extends Parameters>(
  context: Context<P>,
  names: readonly string[],
): readonly { readonly name: string; readonly evidence: Evidence }[] {
  return context.cluster.directories
    .filter(({ path }) => path === '/etc/cni/net.d')
    .flatMap(({ entries }) =>
      entries.flatMap(({ name: file, document }) => {
        const value = objectAt(document?.value);
        const plugins = Array.isArray(value['plugins']) ? listAt(value['plugins']) : [value];
        const type = plugins
          .map((plugin) => stringAt(objectAt(plugin)['type']) ?? '')
          .find((candidate) => names.includes(candidate));
        return type === undefined
          ? []
          : [
              {
                name: type,
                evidence: {
                  source: document?.source ?? file,
                  path: 'type',
                  seen: type,
                  wanted: 'an engine that enforces NetworkPolicies',
                },
              },
            ];
      }),
    );
}
