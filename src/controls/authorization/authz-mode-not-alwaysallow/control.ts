import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';
import { authorizerChain, chainFlags } from '../authorizer-chain.ts';

function judge(view: ComponentView): ComponentDraft {
  const chain = authorizerChain(view);
  if (chain.kind === 'failure') return chain.draft;
  if (chain.kind === 'unseen') return { verdict: 'pass', message: '', evidence: [] };
  const weak = chain.types.filter((type) => type === 'AlwaysAllow' || type === 'ABAC');
  if (weak.length === 0)
    return { verdict: 'pass', message: `the chain is ${chain.types.join(', ')}`, evidence: [chain.evidence] };
  const given = chainFlags.some((flag) => view.flag(flag).given);
  const why = weak.includes('AlwaysAllow')
    ? 'AlwaysAllow grants every authenticated request'
    : 'ABAC grants by a file that nobody can query or audit';
  return {
    verdict: 'fail',
    message: given ? `${weak.join(' and ')} in the chain: ${why}` : `no authorizer is set and the default is AlwaysAllow: ${why}`,
    evidence: [chain.evidence],
  };
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
      evaluate: (context) =>
        perComponent(
          context,
          { component: 'kube-apiserver', flags: chainFlags, files: ['authorization-config'], optional: ['authorization-config'] },
          judge,
        ),
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
