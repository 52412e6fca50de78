import { defineControl } from '../../control.ts';
import { judgeByChecks, perWorkload, policyMinor, workloadKinds } from '../per-workload.ts';

export const control = defineControl({
  id: 'workload-privileged',
  needs: [],
  absence: 'not-applicable',
  subjectKinds: workloadKinds,
  parameters: { exempt: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perWorkload(context, 'forbids', (workload) =>
          judgeByChecks(workload, policyMinor(context), {
            checks: ['privileged', 'windowsHostProcess'],
            holds: 'no container is privileged or a Windows HostProcess container',
            wanted: 'absent or false',
          }),
        ),
    },
  ],
  remedy: {
    kind: 'owner',
    text: 'Remove `securityContext.privileged: true` (Windows: `windowsOptions.hostProcess: true`); give the container the one capability or device plug-in that it needs instead.',
  },
  tradeOffs: [
    'Storage, GPU and network agents stop working: put their namespace into `systemNamespaces`, or waive them with a reason.',
  ],
});
