import type { PodRefusal } from '../../admission/workload-limits.ts';
import type { Json } from '../../cluster/json.ts';
import { listAt, objectAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { objectName, placeIn } from '../../cluster/objects.ts';
import type { Evidence } from '../../results/finding.ts';

/**
 * Points to what refuses a pod: the LimitRange or ResourceQuota that the server names, or, where validation refuses the pod as
 * LimitRanges have filled it in, the `default` (else the `max`, which stands for it) of each refused resource.
 */
export function limitsThatDecide(refusal: PodRefusal, objects: readonly ClusterObject[]): readonly Evidence[] {
  const named = objects.find(({ kind, name }) => (kind === 'LimitRange' ? refusal.limitRange : refusal.quota) === name);
  if (named !== undefined)
    return [{ ...placeIn(named, ['spec']), seen: objectName(named), wanted: 'bounds that the workload keeps' }];
  const resources = new Set(refusal.fields.map((field) => field.at(-1)));
  return objects.filter(({ kind }) => kind === 'LimitRange').flatMap((range) => defaultsOf(range, resources));
}

function defaultsOf(range: ClusterObject, resources: ReadonlySet<string | number | undefined>): readonly Evidence[] {
  return listAt(objectAt(range.manifest['spec'])['limits']).flatMap((entry, index) => {
    const item = objectAt(entry);
    if (item['type'] !== 'Container') return [];
    return [...resources].flatMap((resource): readonly Evidence[] => {
      if (typeof resource !== 'string') return [];
      const bound = ['default', 'max'].find((name) => objectAt(item[name])[resource] !== undefined);
      if (bound === undefined) return [];
      const place = placeIn(range, ['spec', 'limits', index, bound, resource]);
      const seen = `${objectName(range)}: ${bound} ${resource} ${textOf(objectAt(item[bound])[resource])}`;
      return [{ ...place, seen, wanted: 'a default above every explicit request' }];
    });
  });
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
