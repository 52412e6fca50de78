import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringsAt } from '../../cluster/json.ts';
import type { ClusterObject, KindKey } from '../../cluster/objects.ts';
import { objectName, placeIn } from '../../cluster/objects.ts';
import type { Context, Draft } from '../control.ts';
import { judgedNamespaces } from '../namespaces.ts';

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

function isPolicyForAllPods(policy: ClusterObject, direction: Direction): boolean {
  const spec = objectAt(policy.manifest['spec']);
  return selectsAll(spec['podSelector']) && policyTypes(spec).includes(direction);
}

/** A rule without ports whose peers are everyone: none, all namespaces, or every address whatever is excepted (essential.md 7). */
function admitsEverything(rule: Json, direction: Direction): boolean {
  const body = objectAt(rule);
  if (listAt(body['ports']).length > 0) return false;
  const peers = listAt(body[members[direction].peers]);
  return peers.length === 0 || peers.some(isEveryone);
}

function isEveryone(peer: Json): boolean {
  const { namespaceSelector, podSelector, ipBlock } = objectAt(peer);
  if (isObject(ipBlock)) return ipBlock['cidr'] === '0.0.0.0/0' || ipBlock['cidr'] === '::/0';
  return isObject(namespaceSelector) && selectsAll(namespaceSelector) && selectsAll(podSelector);
}

/**
 * Judges every namespace: is there a policy for all pods in this direction, and does no rule in such a policy admit everything?
 * Source: essential.md 7.
 */
export function* judgeDefaultDeny(
  context: Context<{ readonly exempt: readonly string[] }>,
  direction: Direction,
): Iterable<Draft> {
  const policies = context.cluster.objects.ofKind('NetworkPolicy.networking.k8s.io');
  for (const namespace of judgedNamespaces(context)) {
    if (context.parameters.exempt.includes(namespace.name)) continue;
    const denying = policies.filter((policy) => policy.namespace === namespace.name && isPolicyForAllPods(policy, direction));
    const open = denying.flatMap((policy) => openRules(policy, direction));
    const subject = namespace.subject;
    const first = denying[0];
    if (open.length > 0)
      yield {
        verdict: 'fail',
        subject,
        message: `a policy for all pods has a rule that admits everything: ${open.map(({ name }) => name).join(', ')}`,
        evidence: open.map(({ evidence }) => evidence),
      };
    else if (first !== undefined)
      yield {
        verdict: 'pass',
        subject,
        message: `${objectName(first)} denies ${direction.toLowerCase()} that no rule allows`,
        evidence: [{ ...placeIn(first, ['spec', 'podSelector']), seen: `podSelector {} with ${direction}` }],
        notes: dnsNote(policies, namespace.name, direction),
      };
    else yield { ...withoutPolicy(context, namespace, direction), subject };
  }
}

function withoutPolicy(
  context: Context<{ readonly exempt: readonly string[] }>,
  namespace: ReturnType<typeof judgedNamespaces>[number],
  direction: Direction,
): Omit<Draft, 'subject'> {
  const others = otherPolicies(context, namespace.name);
  const evidence = [
    {
      ...namespace.place,
      seen: `no NetworkPolicy for all pods with ${direction}`,
      wanted: `podSelector {} and policyTypes with ${direction}`,
    },
  ];
  if (others.length > 0)
    return {
      verdict: 'unknown',
      message: `no NetworkPolicy for all pods, and ${others.join(', ')} may deny instead: not judged here`,
      evidence,
    };
  if (!context.isListed('NetworkPolicy.networking.k8s.io'))
    return { verdict: 'unknown', message: context.whyNotListed('NetworkPolicy.networking.k8s.io'), evidence };
  return { verdict: 'fail', message: `no NetworkPolicy denies ${direction.toLowerCase()} by default`, evidence };
}

function otherPolicies(context: Context<{ readonly exempt: readonly string[] }>, namespace: string): readonly string[] {
  return otherPolicyKinds
    .flatMap((kind) => context.cluster.objects.ofKind(kind))
    .filter(
      (policy) =>
        policy.namespace === undefined ||
        policy.namespace === namespace ||
        policy.kind.startsWith('Global') ||
        policy.kind.includes('Cluster') ||
        policy.kind.includes('Admin'),
    )
    .map(objectName);
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
function dnsNote(policies: readonly ClusterObject[], namespace: string, direction: Direction): readonly string[] {
  if (direction === 'Ingress') return [];
  const rules = policies
    .filter((policy) => policy.namespace === namespace)
    .flatMap((policy) => listAt(objectAt(policy.manifest['spec'])['egress']));
  const dns = rules.some((rule) => {
    const ports = listAt(objectAt(rule)['ports']);
    return ports.length === 0 || ports.some((port) => [53, '53', 'dns', 'dns-tcp'].includes(objectAt(port)['port'] as never));
  });
  return dns ? [] : ['no rule of the namespace allows DNS (port 53): every lookup fails'];
}
