import { listAt, objectAt } from '../../../cluster/json.ts';
import { objectName, placeIn } from '../../../cluster/objects.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';
import { authorizerChain, chainAsks } from '../authorizer-chain.ts';

const bindingKind = 'ClusterRoleBinding.rbac.authorization.k8s.io';

function judgeChain(view: ComponentView): ComponentDraft {
  const chain = authorizerChain(view);
  if (chain.kind === 'settled') return chain.draft;
  const evidence = [{ ...chain.evidence, wanted: 'Node and RBAC' }];
  const missing = ['Node', 'RBAC'].filter((type) => !chain.types.includes(type));
  if (missing.length === 0) return { verdict: 'pass', message: `the chain is ${chain.types.join(', ')}`, evidence };
  const where = chain.isDefault
    ? 'no authorizer is set and the default is AlwaysAllow'
    : `the chain is ${chain.types.join(', ')}`;
  return {
    verdict: 'fail',
    message: `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing: ${where}`,
    evidence,
  };
}

/** ClusterRoleBindings to ClusterRole system:node: with the group of all nodes as subject every kubelet reads every Secret. */
function* judgeBindings<P extends Parameters>(context: Context<P>): Iterable<Draft> {
  for (const binding of context.cluster.objects.ofKind(bindingKind)) {
    const role = objectAt(binding.manifest['roleRef']);
    if (binding.name !== 'system:node' && !(role['kind'] === 'ClusterRole' && role['name'] === 'system:node')) continue;
    const index = listAt(binding.manifest['subjects']).findIndex(
      (subject) => objectAt(subject)['kind'] === 'Group' && objectAt(subject)['name'] === 'system:nodes',
    );
    const subject = { kind: binding.kind, name: binding.name };
    if (index < 0) {
      yield {
        verdict: 'pass',
        subject,
        message: 'the group of all nodes is not bound to the role of a node',
        evidence: [{ ...placeIn(binding, ['subjects']), seen: 'no Group system:nodes' }],
      };
    } else {
      const evidence = [{ ...placeIn(binding, ['subjects', index]), seen: 'Group system:nodes', wanted: 'no such subject' }];
      yield {
        verdict: 'fail',
        subject,
        message: `${objectName(binding)} gives every kubelet the role of a node cluster-wide: each reads every Secret, whatever Node says`,
        evidence,
      };
    }
  }
}

export const control = defineControl({
  id: 'authz-node-rbac-enabled',
  needs: [
    { kind: 'flags', component: 'kube-apiserver' },
    { kind: 'flag-file', flag: 'authorization-config' },
  ],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        yield* perComponent(context, chainAsks, judgeChain);
        const kubernetes = context.cluster.objects.get(bindingKind, undefined, 'system:node');
        if (kubernetes === undefined) context.remark('the ClusterRoleBinding system:node was not seen');
        yield* judgeBindings(context);
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Set `--authorization-mode=Node,RBAC`, other members kept; remove the subject `Group system:nodes` from the binding.',
  },
  tradeOffs: [
    "Agents that share the kubelet's credential lose rights.",
    'Where RBAC was off, everything without a binding loses its rights.',
  ],
});
