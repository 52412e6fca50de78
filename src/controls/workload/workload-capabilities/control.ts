import { defaultCapabilities } from '../../../admission/pod-security/check-capabilities-baseline.ts';
import type { JsonObject } from '../../../cluster/json.ts';
import { objectAt, stringsAt } from '../../../cluster/json.ts';
import { containersOf } from '../../../cluster/workloads.ts';
import { defineControl } from '../../control.ts';
import { judgeByChecks, perWorkload, policyMinor, workloadKinds } from '../per-workload.ts';

/** Added capabilities that even the baseline level refuses, sorted. */
function strongCapabilities(spec: JsonObject): readonly string[] {
  const added = containersOf(spec).flatMap(({ container }) =>
    stringsAt(objectAt(objectAt(container['securityContext'])['capabilities'])['add']),
  );
  return [...new Set(added.filter((name) => !defaultCapabilities.has(name)))].sort();
}

export const control = defineControl({
  id: 'workload-capabilities',
  needs: [],
  absence: 'not-applicable',
  subjectKinds: workloadKinds,
  parameters: { exempt: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perWorkload(context, 'requires', (workload) => {
          const draft = judgeByChecks(workload, policyMinor(context), {
            checks: ['capabilities_restricted'],
            holds: 'every container drops ALL and adds at most NET_BIND_SERVICE',
            onWindows: 'a pod of Windows has no such setting',
            wanted: 'drop: [ALL], add at most NET_BIND_SERVICE',
          });
          const strong = draft.verdict === 'fail' ? strongCapabilities(workload.template.spec) : [];
          return strong.length === 0
            ? draft
            : { ...draft, message: `adds ${strong.join(', ')}, which even the baseline level refuses: ${draft.message}` };
        }),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Set `securityContext.capabilities.drop: [ALL]` in every container and add back `NET_BIND_SERVICE` alone where a port below 1024 needs it; other additions are their owner’s to replace.',
  },
  tradeOffs: ['Images that change owners or users at start, ping, and servers on ports below 1024 without the capability fail.'],
});
