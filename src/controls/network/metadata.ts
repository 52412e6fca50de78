import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { cidrContains } from '../../cluster/cidr.ts';
import { readLabelSelector } from '../../cluster/label-selector.ts';
import { unreadableMetadataField } from '../../admission/pod-security/readable.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { labelsOf } from '../../cluster/objects.ts';
import type { Workload } from '../../cluster/workloads.ts';
import { policyTypes } from './deny-all.ts';

/** The labels of a workload's pods; `undefined` where the template, or what matters of it here, cannot be read. */
export function podLabels(workload: Workload): Readonly<Record<string, string>> | undefined {
  const { template } = workload;
  if (template === undefined || unreadableMetadataField(template.metadata) !== undefined) return undefined;
  const { hostNetwork } = template.spec;
  if (hostNetwork !== undefined && hostNetwork !== null && typeof hostNetwork !== 'boolean') return undefined;
  return labelsOf({ manifest: template });
}

/** The policies of a namespace that select a pod with these labels for egress. */
export function egressPolicies(
  policies: readonly ClusterObject[],
  labels: Readonly<Record<string, string>>,
): readonly ClusterObject[] {
  return policies.filter((policy) => {
    const spec = objectAt(policy.manifest['spec']);
    // An absent podSelector is an empty one: the field is not a pointer.
    return policyTypes(spec).includes('Egress') && readLabelSelector(spec['podSelector'] ?? {})?.(labels) === true;
  });
}

/** Index of the first egress rule that admits an address on TCP 80; `undefined` where none does. */
export function admittingRule(policy: ClusterObject, address: string): number | undefined {
  const index = listAt(objectAt(policy.manifest['spec'])['egress']).findIndex((rule) => isObject(rule) && admits(rule, address));
  return index < 0 ? undefined : index;
}

/** Peers by selector never admit an address outside the cluster; no peers admit every address. */
function admits(rule: JsonObject, address: string): boolean {
  const peers = listAt(rule['to']);
  const ports = listAt(rule['ports']);
  if (ports.length > 0 && !ports.some(admitsPort80)) return false;
  return peers.length === 0 || peers.some((peer) => admitsAddress(objectAt(objectAt(peer)['ipBlock']), address));
}

function admitsPort80(port: Json): boolean {
  const { protocol, port: number, endPort } = objectAt(port);
  if (protocol !== undefined && protocol !== null && protocol !== '' && protocol !== 'TCP') return false;
  if (number === undefined || number === null) return true;
  const first = Number(number);
  // A named port means the port of a container of the peer: an address outside has none.
  if (!Number.isInteger(first)) return false;
  return first <= 80 && 80 <= (typeof endPort === 'number' ? endPort : first);
}

/** Admits some address of the range: the two overlap, and no exception holds all that they share. */
function admitsAddress(block: JsonObject, address: string): boolean {
  const cidr = stringAt(block['cidr']);
  if (cidr === undefined) return false;
  const shared = cidrContains(cidr, address) ? address : cidrContains(address, cidr) ? cidr : undefined;
  if (shared === undefined) return false;
  return !listAt(block['except']).some((except) => typeof except === 'string' && cidrContains(except, shared));
}
