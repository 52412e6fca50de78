import { defineControl } from '../../control.ts';
import { perKubelet } from '../per-kubelet.ts';

export const control = defineControl({
  id: 'kubelet-readonly-port-off',
  needs: [{ kind: 'flags', component: 'kubelet' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perKubelet(context, { setting: 'readOnlyPort', flag: 'read-only-port', wanted: '0' }, (value) =>
          value === 0
            ? { verdict: 'pass', message: 'the read-only port is off' }
            : { verdict: 'fail', message: `the kubelet serves pods and metrics without authentication on port ${String(value)}` },
        ),
    },
  ],
  remedy: { kind: 'native', text: "Set `readOnlyPort: 0` in the kubelet's file, or `--read-only-port=0`." },
  tradeOffs: ['Old agents that read port 10255 without credentials stop.'],
});
