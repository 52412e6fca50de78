import { objectAt, stringsAt } from '../../../cluster/json.ts';
import { containersOf } from '../../../cluster/workloads.ts';
import { defineControl } from '../../control.ts';
import type { ReadableWorkload } from '../per-workload.ts';
import { judgeByChecks, perWorkload, policyMinor, workloadKinds } from '../per-workload.ts';

/** Containers where the server refuses `allowPrivilegeEscalation: false` as it stands. */
function refusesFalse(workload: ReadableWorkload): readonly string[] {
  return containersOf(workload.template.spec)
    .filter(({ container }) => {
      const context = objectAt(container['securityContext']);
      return context['privileged'] === true || stringsAt(objectAt(context['capabilities'])['add']).includes('CAP_SYS_ADMIN');
    })
    .map(({ name }) => name);
}

export const control = defineControl({
  id: 'workload-allow-privilege-escalation',
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
            checks: ['allowPrivilegeEscalation'],
            holds: 'every container sets allowPrivilegeEscalation: false',
            onWindows: 'a pod of Windows has no such setting',
            wanted: 'false',
          });
          const refused = draft.verdict === 'fail' ? refusesFalse(workload) : [];
          const note = `container ${refused.join(', ')} is privileged or adds CAP_SYS_ADMIN: the server refuses false there until that is gone`;
          return refused.length === 0 ? draft : { ...draft, notes: [note] };
        }),
    },
  ],
  remedy: { kind: 'native', text: 'Set `securityContext.allowPrivilegeEscalation: false` in every container.' },
  tradeOffs: ['Programs that rely on setuid, such as sudo, stop working in the container.'],
});
