import { defineControl } from '../../control.ts';
import { judgeByChecks, perWorkload, policyMinor, workloadKinds } from '../per-workload.ts';

export const control = defineControl({
  id: 'workload-host-namespaces',
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
            checks: ['hostNamespaces'],
            holds: "the pod uses none of the host's namespaces",
            wanted: 'absent or false',
          }),
        ),
    },
  ],
  remedy: { kind: 'owner', text: 'Remove `hostNetwork`, `hostPID` and `hostIPC` from the pod; reach the pod through a Service.' },
  tradeOffs: [
    "Node agents and ingress controllers that are reached by the node's address lose it.",
    'NetworkPolicies begin to apply to a pod that leaves the host network.',
  ],
});
