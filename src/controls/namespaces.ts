import { namespacesOf } from '../cluster/listing.ts';
import type { ClusterObject } from '../cluster/objects.ts';
import { placeIn } from '../cluster/objects.ts';
import type { Place } from '../cluster/place.ts';
import type { Subject } from '../results/finding.ts';
import type { Context, Parameters } from './control.ts';
import { isSystemNamespace } from './settings.ts';

/** A namespace that controls judge. */
export interface JudgedNamespace {
  readonly name: string;
  readonly subject: Subject;
  /** Its Namespace object, where it was seen. */
  readonly object: ClusterObject | undefined;
  /** Its Namespace object, or the first object that names it. */
  readonly place: Place;
}

/** All namespaces that the evidence names, but for system namespaces and those being deleted, sorted by name. */
export function judgedNamespaces<P extends Parameters>(context: Context<P>): readonly JudgedNamespace[] {
  return context.once('namespaces', () => {
    const first = new Map<string, ClusterObject>();
    for (const object of context.cluster.objects.all)
      if (object.namespace !== undefined && !first.has(object.namespace)) first.set(object.namespace, object);
    return namespacesOf(context.cluster)
      .filter(({ name }) => !isSystemNamespace(context.settings, name))
      .map(({ name, object }): JudgedNamespace => {
        const witness = object ?? first.get(name);
        const place =
          witness === undefined ? { source: name } : placeIn(witness, object === undefined ? ['metadata', 'namespace'] : []);
        return { name, subject: { kind: 'Namespace', name }, object, place };
      });
  });
}
