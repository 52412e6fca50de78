import type { Change } from '../../cluster/change.ts';
import type { JsonObject } from '../../cluster/json.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Workload } from '../../cluster/workloads.ts';
import { stringAt } from '../../cluster/json.ts';
import { applyOf, patchOf } from '../object-remedy.ts';

const field = 'automountServiceAccountToken';

/** The account of a pod; the older field counts where the newer one is empty, as the server's conversion has it. */
export function accountOf(spec: JsonObject): string {
  return stringAt(spec['serviceAccountName']) || stringAt(spec['serviceAccount']) || 'default';
}

/** Whether the token of its account is mounted into the pods of a workload. Source: essential.md 8. */
export function mountsToken(cluster: Cluster, { template, namespace }: Workload): boolean {
  if (template === undefined) return false;
  const account = cluster.objects.get('ServiceAccount', namespace, accountOf(template.spec));
  return (template.spec[field] ?? account?.manifest[field] ?? true) !== false;
}

/** Keeps the token of a namespace's account `default` out of pods; the account is written where it was not seen. */
export function withoutDefaultToken(cluster: Cluster, namespace: string): readonly Change[] {
  const account = cluster.objects.get('ServiceAccount', namespace, 'default');
  if (account !== undefined) return patchOf(account, { ...account.manifest, [field]: false });
  return [applyOf({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace }, [field]: false })];
}
