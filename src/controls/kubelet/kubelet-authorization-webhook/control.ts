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
              message:
                value === 'AlwaysAllow'
                  ? "the kubelet's authorization mode is AlwaysAllow: every authenticated request is let through"
                  : `the kubelet does not start: it has no authorization mode ${String(value)}`,
            };
          const webhook = kubeletSetting(view.component, 'authentication.webhook.enabled', view.minor);
          const off = webhook.kind === 'seen' && webhook.value === false;
          const note = 'authentication.webhook.enabled is false: bearer tokens are refused, which opens nothing';
          const message = 'the kubelet asks the API server whether a request is allowed';
          return { verdict: 'pass', message, ...(off ? { notes: [note] } : {}) };
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
