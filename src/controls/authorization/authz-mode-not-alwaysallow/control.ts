import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';
import { authorizerChain, chainAsks } from '../authorizer-chain.ts';

const reasons = {
  AlwaysAllow: 'AlwaysAllow allows every authenticated caller everything',
  ABAC: 'ABAC allows by a file that no API shows and only a restart changes',
} as const;

function judge(view: ComponentView): ComponentDraft {
  const chain = authorizerChain(view);
  if (chain.kind === 'settled') return chain.draft;
  const evidence = [{ ...chain.evidence, wanted: 'neither AlwaysAllow nor ABAC: Node,RBAC' }];
  const weak = (['AlwaysAllow', 'ABAC'] as const).filter((type) => chain.types.includes(type));
  const [first] = weak;
  if (first === undefined) return { verdict: 'pass', message: `the chain is ${chain.types.join(', ')}`, evidence };
  const where = chain.isDefault
    ? 'no authorizer is set and the default is AlwaysAllow'
    : `${weak.join(' and ')} in the chain ${chain.types.join(', ')}`;
  return { verdict: 'fail', message: `${where}: ${reasons[first]}`, evidence };
}

export const control = defineControl({
  id: 'authz-mode-not-alwaysallow',
  needs: [
    { kind: 'flags', component: 'kube-apiserver' },
    { kind: 'flag-file', flag: 'authorization-config' },
  ],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => perComponent(context, chainAsks, judge),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Set `--authorization-mode=Node,RBAC` (or a file of --authorization-config with these two). What ABAC grants must stand as bindings first.',
  },
  tradeOffs: [
    'Everything that lived on AlwaysAllow loses its rights: the caller must be an administrator by RBAC, proven before.',
    'AlwaysAllow switches anonymous access off; it comes on again when the mode goes, unless it is restricted in the same change.',
  ],
});
