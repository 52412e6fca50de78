import { kubeletSetting } from '../../../cluster/kubelet-configuration.ts';
import { defineControl } from '../../control.ts';
import { perKubelet } from '../per-kubelet.ts';

export const control = defineControl({
  id: 'kubelet-authorization-webhook',
  needs: [{ kind: 'flags', component: 'kubelet' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perKubelet(context, { setting: 'authorization.mode', flag: 'authorization-mode', wanted: 'Webhook' }, (value, view) => {
          if (value !== 'Webhook')
            return {
              verdict: 'fail',
              message: `the kubelet's authorization mode is ${String(value)}: every authenticated request is let through`,
            };
          const webhook = kubeletSetting(view.component, 'authentication.webhook.enabled', view.minor);
          const off = webhook.kind === 'seen' && webhook.value === false;
          const notes = off ? ['authentication.webhook.enabled is false: bearer tokens are refused, which opens nothing'] : [];
          return { verdict: 'pass', message: 'the kubelet asks the API server whether a request is allowed', notes };
        }),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Set `authorization.mode: Webhook`, `authentication.webhook.enabled: true` and `authentication.x509.clientCAFile` in the kubelet’s file.',
  },
  tradeOffs: [
    "The API server's own kubelet client must be allowed first (`system:kubelet-api-admin`, or an administrators' group), else logs and exec fail.",
    'Scrapers without rights get 403.',
  ],
});
