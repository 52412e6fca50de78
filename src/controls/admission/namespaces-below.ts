import { evaluatePod } from '../../admission/pod-security/evaluate.ts';
import type { Level } from '../../admission/pod-security/policy.ts';
import { unreadablePodField } from '../../admission/pod-security/readable.ts';
import { namespacesOf } from '../../cluster/listing.ts';
import { labelsOf } from '../../cluster/objects.ts';
import { judgedWorkloads } from '../../cluster/workloads.ts';
import type { RemedyContext } from '../remedy.ts';
import { isSystemNamespace } from '../settings.ts';

/** A namespace without a level of its own that holds workloads which the level refuses. */
export interface NamespaceBelow {
  readonly namespace: string;
  /** `Deployment front`, sorted. */
  readonly workloads: readonly string[];
}

/** Namespaces, sorted, whose pods a new cluster default would refuse at their next start. */
export function namespacesBelow(context: RemedyContext, level: Level): readonly NamespaceBelow[] {
  return context.once(`namespaces below ${level}`, () => {
    const isSystem = (name: string): boolean => isSystemNamespace(context.settings, name);
    const labelled = new Set(
      namespacesOf(context.cluster)
        .filter(({ object }) => object !== undefined && 'pod-security.kubernetes.io/enforce' in labelsOf(object))
        .map(({ name }) => name),
    );
    const below = new Map<string, string[]>();
    for (const { object, namespace, template } of judgedWorkloads(context.cluster, isSystem)) {
      if (labelled.has(namespace) || template === undefined) continue;
      if (unreadablePodField(template.spec) !== undefined || evaluatePod(level, 'latest', template).length === 0) continue;
      below.set(namespace, [...(below.get(namespace) ?? []), `${object.kind} ${object.name}`]);
    }
    return [...below]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([namespace, workloads]) => ({ namespace, workloads: workloads.sort() }));
  });
}
