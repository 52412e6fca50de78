import { defineControl } from '../../control.ts';
import { judgeDefaultDeny, policyKind } from '../deny-all.ts';

export const control = defineControl({
  id: 'network-default-deny-ingress',
  needs: [{ kind: 'listed', kinds: ['Namespace', policyKind] }],
  absence: 'not-applicable',
  parameters: { exempt: [] },
  revisions: [{ since: '1.28', evaluate: (context) => judgeDefaultDeny(context, 'Ingress') }],
  remedy: {
    kind: 'native',
    text: 'A NetworkPolicy `default-deny-ingress` (`podSelector: {}`, `policyTypes: [Ingress]`) together with allow rules from Services or observed flows, one group for each namespace.',
  },
  tradeOffs: [
    'What is not allowed goes out of service: ingress controllers, scrapers, webhooks that the API server calls (an ipBlock of the control plane).',
    'It acts only where the network plug-in enforces policies.',
  ],
});
