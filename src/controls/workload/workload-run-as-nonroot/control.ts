import { defineControl } from '../../control.ts';
import { judgeByChecks, perWorkload, policyMinor, workloadKinds } from '../per-workload.ts';

export const control = defineControl({
  id: 'workload-run-as-nonroot',
  needs: [],
  absence: 'not-applicable',
  subjectKinds: workloadKinds,
  parameters: { exempt: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perWorkload(context, 'requires', (workload) =>
          judgeByChecks(workload, policyMinor(context), {
            checks: ['runAsNonRoot', 'runAsUser'],
            holds:
              workload.template.spec['hostUsers'] === false
                ? 'no container may run as root, or root is nobody outside of the pod (hostUsers: false)'
                : 'no container may run as root',
            wanted: 'runAsNonRoot: true at the pod or in every container, runAsUser not 0',
          }),
        ),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Set `securityContext.runAsNonRoot: true` at the pod and remove `false` from containers; `runAsUser: 0` is its owner’s to change.',
  },
  tradeOffs: [
    'Images that run as root stop with CreateContainerConfigError at their next start.',
    'Volumes that only root may write need an fsGroup or another owner.',
  ],
});
