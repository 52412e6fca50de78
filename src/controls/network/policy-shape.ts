import type { FieldPath, JsonObject } from '../../cluster/json.ts';
import { listAt, objectAt } from '../../cluster/json.ts';
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
 * Finds the field of a NetworkPolicy because of which no server would take it: a wrong type, or a policy type that does not
 * exist. `undefined`: it can be read. Source: K:pkg/apis/networking/validation.
 */
export function unreadablePolicyField(policy: JsonObject): FieldPath | undefined {
  const field = misfitOf(policy['spec'], policySpec);
  if (field !== undefined) return ['spec', ...field];
  const types = listAt(objectAt(policy['spec'])['policyTypes']);
  const wrong = types.findIndex((type) => type !== 'Ingress' && type !== 'Egress');
  return wrong < 0 ? undefined : ['spec', 'policyTypes', wrong];
}
