import { defineControl } from '../../control.ts';
import { enforcementOf, engineNames } from '../enforcement.ts';

export const control = defineControl({
  id: 'network-cni-enforces',
  needs: [],
  absence: 'not-applicable',
  parameters: engineNames,
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        yield { ...enforcementOf(context, context.parameters), subject: { kind: 'cluster', name: '' } };
      },
    },
  ],
  remedy: {
    kind: 'none',
    text: 'Where the engine has a switch, use it (aws-node: `--enable-network-policy=true`; cilium: `enable-policy: default`; kube-router: `--run-firewall=true`; k3s: no `disable-network-policy`). Otherwise a network plug-in that enforces policies must be installed: Kubernetes itself has none.',
  },
  tradeOffs: ['Every NetworkPolicy that was without effect begins to act: rehearse them all first.'],
});
