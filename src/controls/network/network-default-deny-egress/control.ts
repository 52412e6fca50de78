import { defineControl } from '../../control.ts';
import { judgeDefaultDeny, policyKind } from '../deny-all.ts';

export const control = defineControl({
  id: 'network-default-deny-egress',
  needs: [{ kind: 'listed', kinds: ['Namespace', policyKind] }],
  absence: 'not-applicable',
  parameters: { exempt: [] },
  revisions: [{ since: '1.28', evaluate: (context) => judgeDefaultDeny(context, 'Egress') }],
  remedy: {
    kind: 'native',
    text: 'A NetworkPolicy `default-deny-egress` whose only rule is UDP and TCP 53 to the pods of kube-dns, plus allow rules from observed flows; the API server as an ipBlock of its endpoints.',
  },
  tradeOffs: [
    'Without DNS every lookup fails.',
    'Controllers lose the API server: rules are applied after the address of a Service is translated.',
  ],
});
