import type { Cluster } from '../../cluster/cluster.ts';
import { placeOf } from '../../cluster/document.ts';
import type { FieldPath, Json } from '../../cluster/json.ts';
import { listAt, objectAt, stringAt, valueAt } from '../../cluster/json.ts';
import { networkFolders } from '../../cluster/network-folders.ts';
import type { Evidence } from '../../results/finding.ts';
import type { Context, Parameters } from '../control.ts';
import { daemonSetEngines, daemonSetsNamed } from './daemon-set-engines.ts';
import { k3sEngines } from './k3s-engine.ts';

/** Does something enforce NetworkPolicies? */
export interface Enforcement {
  readonly verdict: 'pass' | 'fail' | 'unknown';
  readonly message: string;
  readonly evidence: readonly Evidence[];
}

/** The names that decide; `aws-node` and `k3s` are judged by their switches, `bridge` and `ptp` are CNI plug-ins of a host. */
export const engineNames = {
  enforcing: [
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
  ],
  notEnforcing: ['kube-flannel', 'flannel', 'aws-node', 'bridge', 'ptp'],
} as const;

/** Names of plug-ins that every engine may use and that say something only in a host's CNI configuration. */
const pluginNames: readonly string[] = ['bridge', 'ptp'];

/** Judges what is seen of network engines: DaemonSets and their images, k3s, CNI configuration of hosts. Source: essential.md 7. */
export function enforcementOf<P extends Parameters>(
  context: Context<P>,
  names: { readonly enforcing: readonly string[]; readonly notEnforcing: readonly string[] },
): Enforcement {
  const { cluster } = context;
  const engines = [
    ...daemonSetEngines(cluster, names.enforcing),
    ...(names.enforcing.includes('k3s') ? k3sEngines(cluster) : []),
  ];
  const on = engines.find((engine) => engine.off === undefined);
  if (on !== undefined) return { verdict: 'pass', message: `${on.name} enforces NetworkPolicies`, evidence: [on.evidence] };
  const [off] = engines;
  if (off !== undefined)
    return {
      verdict: 'fail',
      message: `${off.name} is there, but ${off.off ?? ''}`,
      evidence: engines.map((engine) => engine.evidence),
    };
  const others = [
    ...daemonSetsNamed(
      cluster,
      names.notEnforcing.filter((name) => !pluginNames.includes(name)),
    ),
    ...cniConfigurations(cluster, names.notEnforcing),
  ];
  return withoutEngine(context, others);
}

function withoutEngine<P extends Parameters>(
  context: Context<P>,
  others: readonly { readonly name: string; readonly evidence: Evidence }[],
): Enforcement {
  const [other] = others;
  if (other === undefined)
    return {
      verdict: 'unknown',
      message:
        'no network engine that is known was seen: its DaemonSet, the CNI configuration of a host or a probe would settle it',
      evidence: [],
    };
  const evidence = others.map((entry) => entry.evidence);
  if (!context.isListed('DaemonSet.apps'))
    return {
      verdict: 'unknown',
      message: `${other.name} does not enforce NetworkPolicies; whether something else does is not known: ${context.whyNotListed('DaemonSet.apps')}`,
      evidence,
    };
  return {
    verdict: 'fail',
    message: `${other.name} does not enforce NetworkPolicies, and nothing that does is seen`,
    evidence,
  };
}

function cniConfigurations(
  cluster: Cluster,
  names: readonly string[],
): readonly { readonly name: string; readonly evidence: Evidence }[] {
  return cluster.directories
    .filter(({ path }) => networkFolders.includes(path))
    .flatMap(({ entries }) => entries.flatMap(({ document }) => (document === undefined ? [] : [document])))
    .flatMap((document) => {
      const { plugins } = objectAt(document.value);
      const paths: readonly FieldPath[] = Array.isArray(plugins) ? listAt(plugins).map((_, index) => ['plugins', index]) : [[]];
      const at = paths.find((path) => names.includes(typeAt(document.value, path)));
      if (at === undefined) return [];
      const name = typeAt(document.value, at);
      const wanted = 'an engine that enforces NetworkPolicies';
      return [{ name, evidence: { ...placeOf(document, [...at, 'type']), seen: name, wanted } }];
    });
}

function typeAt(value: Json, path: FieldPath): string {
  return stringAt(objectAt(valueAt(value, path))['type']) ?? '';
}
