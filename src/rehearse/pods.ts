import { createHash } from 'node:crypto';
import { defaultPolicy, unconfigured } from '../admission/pod-security/configuration.ts';
import { describeViolations, evaluatePod } from '../admission/pod-security/evaluate.ts';
import { policyOfLabels } from '../admission/pod-security/namespace-labels.ts';
import { podRefusal } from '../admission/workload-limits.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { clusterVersion } from '../cluster/component-version.ts';
import { labelsOf } from '../cluster/objects.ts';
import { newestMinor } from '../cluster/version.ts';
import { judgedWorkloads } from '../cluster/workloads.ts';
import type { Workload } from '../cluster/workloads.ts';
import type { CauseFinder } from './causes.ts';
import type { Difference } from './rehearsal.ts';

/** Why a workload's pod would not be admitted at its next start; `undefined`: it would be. */
function refusalOf(cluster: Cluster, { namespace, template }: Workload, minor: number): string | undefined {
  if (template === undefined) return undefined;
  const own = cluster.objects.get('Namespace', undefined, namespace);
  const { enforce } = policyOfLabels(own === undefined ? {} : labelsOf(own), defaultPolicy(unconfigured.defaults).policy).policy;
  const violations = enforce.level === 'privileged' ? [] : evaluatePod(enforce.level, enforce.version, template);
  if (violations.length > 0) return `violates PodSecurity "${enforce.level}": ${describeViolations(violations)}`;
  const inNamespace = (kind: string) =>
    cluster.objects
      .ofKind(kind)
      .filter((object) => object.namespace === namespace)
      .map(({ manifest }) => manifest);
  const limits = { namespace, limitRanges: inNamespace('LimitRange'), resourceQuotas: inNamespace('ResourceQuota') };
  return podRefusal(limits, template.metadata, template.spec, minor)?.message;
}

function nameOf({ object, namespace }: Workload): string {
  return `${object.kind.split('.')[0] ?? object.kind} ${namespace}/${object.name}`;
}

/**
 * Workloads whose pods run today and would be refused at their next start by what the plan changes: Pod Security labels, LimitRanges,
 * quotas (with nothing used). Those that are refused today already are not the plan's.
 */
export function podDifferences(today: Cluster, planned: Cluster, finder: CauseFinder<Cluster>): readonly Difference[] {
  const minor = clusterVersion(today)?.minor ?? newestMinor;
  const before = new Map(judgedWorkloads(today, () => false).map((workload) => [nameOf(workload), workload]));
  const differences: Difference[] = [];
  for (const workload of judgedWorkloads(planned, () => false)) {
    const name = nameOf(workload);
    const former = before.get(name);
    if (former === undefined || refusalOf(today, former, minor) !== undefined) continue;
    const refusal = refusalOf(planned, workload, minor);
    if (refusal === undefined) continue;
    const causes = finder.causes((cluster) => refusalOf(cluster, workload, minor) !== undefined);
    differences.push({
      id: createHash('sha256')
        .update(JSON.stringify(['object', name]))
        .digest('hex')
        .slice(0, 8),
      kind: 'object',
      who: { user: name, groups: [], kind: 'service account' },
      what: `the next start of a pod of ${name}`,
      requests: 0,
      first: '',
      last: '',
      userAgents: [],
      today: 'admitted',
      planned: refusal,
      causes,
      exception: `mend the workload first, or leave out ${causes.map(({ change }) => change).join(', ')}`,
      auditIDs: [],
    });
  }
  return differences.sort((a, b) => (a.what < b.what ? -1 : 1));
}
