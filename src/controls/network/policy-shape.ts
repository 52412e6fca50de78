import { cidrContains } from '../../cluster/cidr.ts';
import type { FieldPath, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { Shape } from '../../cluster/shape.ts';
import { misfitOf } from '../../cluster/shape.ts';

const selector: Shape = {
  members: {
    matchLabels: { map: 'string' },
    matchExpressions: { list: { members: { key: 'string', operator: 'string', values: { list: 'string' } } } },
  },
};
const peers: Shape = {
  list: {
    members: {
      podSelector: selector,
      namespaceSelector: selector,
      ipBlock: { members: { cidr: 'string', except: { list: 'string' } } },
    },
  },
};
const ports: Shape = { list: { members: { protocol: 'string', port: 'integer-or-string', endPort: 'integer' } } };

const policySpec: Shape = {
  members: {
    podSelector: selector,
    policyTypes: { list: 'string' },
    ingress: { list: { members: { from: peers, ports } } },
    egress: { list: { members: { to: peers, ports } } },
  },
};

/**
 * Finds the field of a NetworkPolicy because of which no server would take it: a wrong type, a policy type that does not exist, a
 * peer that names nobody, an address block that is none. `undefined`: it can be read. Source: K:pkg/apis/networking/validation.
 */
export function unreadablePolicyField(policy: JsonObject): FieldPath | undefined {
  const field = misfitOf(policy['spec'], policySpec);
  if (field !== undefined) return ['spec', ...field];
  const spec = objectAt(policy['spec']);
  const wrong = listAt(spec['policyTypes']).findIndex((type) => type !== 'Ingress' && type !== 'Egress');
  if (wrong >= 0) return ['spec', 'policyTypes', wrong];
  return wrongPeer(spec, 'ingress', 'from') ?? wrongPeer(spec, 'egress', 'to');
}

function wrongPeer(spec: JsonObject, rules: string, peersOf: string): FieldPath | undefined {
  for (const [rule, body] of listAt(spec[rules]).entries()) {
    const wrong = listAt(objectAt(body)[peersOf]).findIndex((peer) => !isPeer(objectAt(peer)));
    if (wrong >= 0) return ['spec', rules, rule, peersOf, wrong];
  }
  return undefined;
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: JsonObject): boolean {
  if (!isObject(ipBlock)) return isObject(podSelector) || isObject(namespaceSelector);
  const cidr = stringAt(ipBlock['cidr']) ?? '';
  return cidr.includes('/') && cidrContains(cidr, cidr);
}
