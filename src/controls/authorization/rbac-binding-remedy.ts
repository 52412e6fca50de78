import type { Grant } from '../../authorization/grants.ts';
import { bootstrapObjects } from '../../authorization/rbac/bootstrap.ts';
import type { Change } from '../../cluster/change.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { deletionOf, patchOf, withValue } from '../object-remedy.ts';
import { isSameJson } from '../remedy-patches.ts';

/** With `false` the API server leaves a bootstrap object as it finds it when it starts. */
const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';

/** The bootstrap object that the API server of this version would make itself under this kind and name. */
export function bootstrapOf(object: ClusterObject, minor: number | undefined): JsonObject | undefined {
  return bootstrapObjects(minor).find((manifest) => {
    const metadata = objectAt(manifest['metadata']);
    return (
      manifest['kind'] === object.kind && metadata['name'] === object.name && stringAt(metadata['namespace']) === object.namespace
    );
  });
}

/**
 * Takes subjects out of a binding, by their index; the binding goes with its last subject. One that the API server makes anew at
 * each start stays, empty if need be, and is marked so that the server does not put the subject back.
 */
export function withoutSubjects(
  binding: ClusterObject,
  indices: ReadonlySet<number>,
  minor: number | undefined,
  added: readonly Json[] = [],
): readonly Change[] {
  const subjects = listAt(binding.manifest['subjects']);
  const kept = [...subjects.filter((_, index) => !indices.has(index)), ...added];
  const bootstrap = bootstrapOf(binding, minor);
  if (kept.length === 0 && bootstrap === undefined) return [deletionOf(binding)];
  const after = withValue(binding.manifest, ['subjects'], kept);
  const own = listAt(bootstrap?.['subjects']);
  const isOwn = subjects.some((subject, index) => indices.has(index) && own.some((other) => sameSubject(subject, other)));
  return patchOf(binding, isOwn ? withValue(after, ['metadata', 'annotations', autoupdate], 'false') : after);
}

function sameSubject(a: Json, b: Json): boolean {
  const key = (value: Json): Json => {
    const { kind, name, namespace } = objectAt(value);
    return [kind ?? '', name ?? '', namespace ?? ''];
  };
  return isSameJson(key(a), key(b));
}

/** Grants by the binding that gives them, in the order of the bindings. */
export function byBinding(grants: readonly Grant[]): ReadonlyMap<ClusterObject, readonly Grant[]> {
  const map = new Map<ClusterObject, Grant[]>();
  for (const grant of grants) map.set(grant.binding, [...(map.get(grant.binding) ?? []), grant]);
  return map;
}

/** The indices of the subjects that grants speak of. */
export function indicesOf(grants: readonly Grant[]): ReadonlySet<number> {
  return new Set(grants.map(({ subjectIndex }) => subjectIndex));
}

/** What to say where a change to an object of the API server's own must stay. */
export const reconciliationNote = `The API server makes its own bindings anew at each start: the annotation ${autoupdate}: "false" keeps it from putting the subject back.`;
