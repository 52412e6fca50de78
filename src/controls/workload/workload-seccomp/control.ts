import { componentsOf } from '../../../cluster/components.ts';
import type { Json, JsonObject } from '../../../cluster/json.ts';
import { isObject, objectAt } from '../../../cluster/json.ts';
import { versionOf } from '../../../cluster/component-version.ts';
import { kubeletSetting } from '../../../cluster/kubelet-configuration.ts';
import { containersOf } from '../../../cluster/workloads.ts';
import type { Context, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { ReadableWorkload, WorkloadDraft } from '../per-workload.ts';
import { judgeByChecks, perWorkload, policyMinor, workloadKinds } from '../per-workload.ts';

/** A profile that is named and does not count, with whatever type. */
function isAnother(securityContext: Json | undefined): boolean {
  const profile = objectAt(securityContext)['seccompProfile'];
  return isObject(profile) && profile['type'] !== 'RuntimeDefault' && profile['type'] !== 'Localhost';
}

/** Reports whether the pod or a container names a profile that does not count. */
function setsAnother(spec: JsonObject): boolean {
  return (
    isAnother(spec['securityContext']) || containersOf(spec).some(({ container }) => isAnother(container['securityContext']))
  );
}

/** Reports whether every Node is known and its kubelet was seen with seccompDefault: true. */
function nodesDefault<P extends Parameters>(context: Context<P>): boolean {
  return context.once('seccompDefault', () => {
    const nodes = context.cluster.objects.ofKind('Node');
    if (nodes.length === 0 || !context.isListed('Node')) return false;
    return componentsOf(context.cluster, 'kubelet').every(({ component }) => {
      if (component === undefined) return false;
      const setting = kubeletSetting(component, 'seccompDefault', versionOf(context.cluster, component)?.minor);
      return setting.kind === 'seen' && setting.value === true;
    });
  });
}

function judge<P extends Parameters>(context: Context<P>, workload: ReadableWorkload): WorkloadDraft {
  const draft = judgeByChecks(workload, policyMinor(context), {
    checks: ['seccompProfile_restricted'],
    holds: 'every container has a seccomp profile',
    onWindows: 'a pod of Windows has no such setting',
    wanted: 'seccompProfile.type RuntimeDefault or Localhost',
  });
  const privileged = containersOf(workload.template.spec).filter(
    ({ container }) => objectAt(container['securityContext'])['privileged'] === true,
  );
  const notes =
    privileged.length === 0
      ? {}
      : { notes: [`container ${privileged.map(({ name }) => name).join(', ')} is privileged and ignores the profile`] };
  if (draft.verdict === 'fail' && !setsAnother(workload.template.spec) && nodesDefault(context)) {
    return {
      ...draft,
      verdict: 'pass',
      message: 'no profile is set, and the kubelet of every node applies RuntimeDefault (seccompDefault: true)',
      ...notes,
    };
  }
  return { ...draft, ...notes };
}

export const control = defineControl({
  id: 'workload-seccomp',
  needs: [],
  absence: 'not-applicable',
  subjectKinds: workloadKinds,
  parameters: { exempt: [] },
  revisions: [{ since: '1.28', evaluate: (context) => perWorkload(context, 'requires', (workload) => judge(context, workload)) }],
  remedy: { kind: 'native', text: 'Set `securityContext.seccompProfile: {type: RuntimeDefault}` at the pod.' },
  tradeOffs: ['Rare system calls, such as those of debuggers and io_uring, are refused.'],
});
