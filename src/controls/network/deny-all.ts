import type { Json, JsonObject } from '../../cluster/json.ts';
import { formatFieldPath, isObject, listAt, objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import type { ClusterObject, KindKey } from '../../cluster/objects.ts';
import { objectName, placeIn } from '../../cluster/objects.ts';
import type { Context, Draft } from '../control.ts';
import type { JudgedNamespace } from '../namespaces.ts';
import { judgedNamespaces } from '../namespaces.ts';
import { unreadablePolicyField } from './policy-shape.ts';

type Exempting = { readonly exempt: readonly string[] };

/** Kind of the policies that are judged. */
export const policyKind: KindKey = 'NetworkPolicy.networking.k8s.io';

export type Direction = 'Ingress' | 'Egress';

/** Kinds of other APIs that may deny by default instead of a NetworkPolicy. */
const otherPolicyKinds: readonly KindKey[] = [
  'AdminNetworkPolicy.policy.networking.k8s.io',
  'BaselineAdminNetworkPolicy.policy.networking.k8s.io',
  'ClusterNetworkPolicy.policy.networking.k8s.io',
  'CiliumNetworkPolicy.cilium.io',
  'CiliumClusterwideNetworkPolicy.cilium.io',
  'NetworkPolicy.crd.projectcalico.org',
  'GlobalNetworkPolicy.crd.projectcalico.org',
  'NetworkPolicy.projectcalico.org',
  'GlobalNetworkPolicy.projectcalico.org',
];

const members: Readonly<Record<Direction, { readonly rules: string; readonly peers: string }>> = {
  Ingress: { rules: 'ingress', peers: 'from' },
  Egress: { rules: 'egress', peers: 'to' },
};

/** The effective policyTypes: those given, else Ingress, plus Egress where there is an egress rule. */
export function policyTypes(spec: JsonObject): readonly string[] {
  const given = stringsAt(spec['policyTypes']);
  if (given.length > 0) return given;
  return listAt(spec['egress']).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

/** A selector without labels and expressions selects everything. */
export function selectsAll(selector: Json | undefined): boolean {
  const { matchLabels, matchExpressions } = objectAt(selector);
  return Object.keys(objectAt(matchLabels)).length === 0 && listAt(matchExpressions).length === 0;
}

/** Reports whether a policy selects every pod of its namespace and counts in this direction. */
export function isPolicyForAllPods(policy: ClusterObject, direction: Direction): boolean {
  const spec = objectAt(policy.manifest['spec']);
  return selectsAll(spec['podSelector']) && policyTypes(spec).includes(direction);
}

/** A rule without ports whose peers are everyone: none, all namespaces, or every address whatever is excepted (essential.md 7). */
export function admitsEverything(rule: Json, direction: Direction): boolean {
  const body = objectAt(rule);
  if (listAt(body['ports']).length > 0) return false;
  const peers = listAt(body[members[direction].peers]);
  return peers.length === 0 || peers.some(isEveryone);
}

function isEveryone(peer: Json): boolean {
  const { namespaceSelector, podSelector, ipBlock } = objectAt(peer);
  // However the address is written: a prefix of no bits is every address of the family.
  if (isObject(ipBlock)) return /\/0+$/.test(stringAt(ipBlock['cidr']) ?? '');
  return isObject(namespaceSelector) && selectsAll(namespaceSelector) && selectsAll(podSelector);
}

/**
 * Judges every namespace: is there a policy for all pods in this direction, and does no rule in such a policy admit everything?
 * A policy that no server would take proves nothing, and neither does its absence. Source: essential.md 7.
 */
export function* judgeDefaultDeny(context: Context<Exempting>, direction: Direction): Iterable<Draft> {
  const policies = new Map<string | undefined, ClusterObject[]>();
  for (const policy of context.cluster.objects.ofKind(policyKind))
    policies.set(policy.namespace, [...(policies.get(policy.namespace) ?? []), policy]);
  for (const namespace of judgedNamespaces(context)) {
    if (context.parameters.exempt.includes(namespace.name)) continue;
    const own = policies.get(namespace.name) ?? [];
    yield { ...judgeNamespace(context, namespace, own, direction), subject: namespace.subject };
  }
}

function judgeNamespace(
  context: Context<Exempting>,
  namespace: JudgedNamespace,
  policies: readonly ClusterObject[],
  direction: Direction,
): Omit<Draft, 'subject'> {
  const readable = policies.filter((policy) => unreadablePolicyField(policy.manifest) === undefined);
  const denying = readable.filter((policy) => isPolicyForAllPods(policy, direction));
  const open = denying.flatMap((policy) => openRules(policy, direction));
  if (open.length > 0)
    return {
      verdict: 'fail',
      message: `a policy for all pods has a rule that admits everything: ${open.map(({ name }) => name).join(', ')}`,
      evidence: open.map(({ evidence }) => evidence),
    };
  const [first] = denying;
  if (first === undefined) return withoutPolicy(context, namespace, policies, direction);
  const notes = dnsNotes(readable, direction);
  return {
    verdict: 'pass',
    message: `${objectName(first)} denies ${direction.toLowerCase()} that no rule allows`,
    evidence: [{ ...placeIn(first, ['spec', 'podSelector']), seen: `podSelector {} with ${direction}` }],
    ...(notes.length === 0 ? {} : { notes }),
  };
}

function withoutPolicy(
  context: Context<Exempting>,
  namespace: JudgedNamespace,
  policies: readonly ClusterObject[],
  direction: Direction,
): Omit<Draft, 'subject'> {
  const wanted = `podSelector {} and policyTypes with ${direction}`;
  const evidence = [{ ...namespace.place, seen: `no NetworkPolicy for all pods with ${direction}`, wanted }];
  const others = otherPolicies(context, namespace.name);
  if (others.length > 0)
    return {
      verdict: 'unknown',
      message: `no NetworkPolicy for all pods, and ${others.join(', ')} may deny instead: not judged here`,
      evidence,
    };
  for (const policy of policies) {
    const field = unreadablePolicyField(policy.manifest);
    if (field === undefined) continue;
    const message = `${objectName(policy)} cannot be read: no server accepts its ${formatFieldPath(field)}`;
    return { verdict: 'unknown', message, evidence: [{ ...placeIn(policy, field), seen: 'not readable', wanted }] };
  }
  if (!context.isListed(policyKind)) return { verdict: 'unknown', message: context.whyNotListed(policyKind), evidence };
  const inert = policies.filter((policy) => isInert(policy, direction));
  const why = inert.map((policy) => `; the ${members[direction].rules} section of ${objectName(policy)} is inert`).join('');
  return {
    verdict: 'fail',
    message: `no NetworkPolicy denies ${direction.toLowerCase()} by default${why}`,
    evidence: [
      ...evidence,
      ...inert.map((policy) => ({ ...placeIn(policy, ['spec', 'policyTypes']), seen: `without ${direction}`, wanted })),
    ],
  };
}

/** For all pods and with rules of this direction, which its policyTypes switch off. */
function isInert(policy: ClusterObject, direction: Direction): boolean {
  const spec = objectAt(policy.manifest['spec']);
  const rules = members[direction].rules;
  return selectsAll(spec['podSelector']) && Array.isArray(spec[rules]) && !policyTypes(spec).includes(direction);
}

function otherPolicies(context: Context<Exempting>, namespace: string): readonly string[] {
  return otherPolicyKinds
    .flatMap((kind) => context.cluster.objects.ofKind(kind))
    .filter((policy) => policy.namespace === undefined || policy.namespace === namespace || isClusterWide(policy.kind))
    .map(objectName);
}

function isClusterWide(kind: string): boolean {
  return kind.startsWith('Global') || kind.includes('Cluster') || kind.includes('Admin');
}

function openRules(
  policy: ClusterObject,
  direction: Direction,
): readonly { readonly name: string; readonly evidence: Draft['evidence'][number] }[] {
  const key = members[direction].rules;
  return listAt(objectAt(policy.manifest['spec'])[key]).flatMap((rule, index) =>
    admitsEverything(rule, direction)
      ? [
          {
            name: `${policy.name} ${key}[${index}]`,
            evidence: {
              ...placeIn(policy, ['spec', key, index]),
              seen: 'a rule that admits everything',
              wanted: 'peers or ports',
            },
          },
        ]
      : [],
  );
}

/** Denying egress without an exception for DNS is stricter than wanted: a note, not a failure. */
function dnsNotes(policies: readonly ClusterObject[], direction: Direction): readonly string[] {
  if (direction === 'Ingress') return [];
  const rules = policies.flatMap((policy) => {
    const spec = objectAt(policy.manifest['spec']);
    return policyTypes(spec).includes('Egress') ? listAt(spec['egress']) : [];
  });
  return rules.some(allowsDns) ? [] : ['no rule of the namespace allows DNS (port 53): every lookup fails'];
}

function allowsDns(rule: Json): boolean {
  const ports = listAt(objectAt(rule)['ports']);
  return ports.length === 0 || ports.some((entry) => includesDns(objectAt(entry)));
}

function includesDns({ port, endPort }: JsonObject): boolean {
  if (port === undefined || port === null) return true;
  if (typeof port === 'string') return port.startsWith('dns');
  return typeof port === 'number' && port <= 53 && 53 <= (typeof endPort === 'number' ? endPort : port);
}
