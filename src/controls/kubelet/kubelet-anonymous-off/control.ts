import { defineControl } from '../../control.ts';
import { perKubelet } from '../per-kubelet.ts';

export const control = defineControl({
  id: 'kubelet-anonymous-off',
  needs: [{ kind: 'flags', component: 'kubelet' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perKubelet(context, { setting: 'authentication.anonymous.enabled', flag: 'anonymous-auth', wanted: 'false' }, (value) =>
          value === false
            ? { verdict: 'pass', message: 'anonymous requests to the kubelet are off' }
            : {
                verdict: 'fail',
                message:
                  'the kubelet answers anonymous requests: whoever its authorizer lets through reads logs and runs commands in pods',
              },
        ),
    },
  ],
  remedy: {
    kind: 'native',
    text: "Set `authentication.anonymous.enabled: false` in the kubelet's file (and in ConfigMap kube-system/kubelet-config), or `--anonymous-auth=false`; restart kubelets one node at a time.",
  },
  tradeOffs: ['Scrapers without credentials get 401.', 'The node is not ready for some seconds.'],
});
