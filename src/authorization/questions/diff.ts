import type { CompiledAuthorization } from '../chain.ts';
import type { Atom } from '../escalation/covers.ts';
import { atomsOf, compacted, uncovered } from '../escalation/covers.ts';
import type { GrantSubject } from '../subjects.ts';
import { formatSubject } from '../subjects.ts';
import { grantSubjects } from './who-can.ts';

/** What a subject has in one of two clusters and not in the other, in one scope. */
export interface RightsChange {
  readonly subject: GrantSubject;
  /** Empty: the whole cluster. */
  readonly namespace: string;
  readonly change: 'gained' | 'lost';
  /** Joined by verb. */
  readonly rights: readonly Atom[];
}

/** Rights by subject and scope. */
type Holdings = ReadonlyMap<string, { readonly subject: GrantSubject; readonly scopes: ReadonlyMap<string, readonly Atom[]> }>;

function holdingsOf({ rbac }: CompiledAuthorization): Holdings {
  const holdings = new Map<string, { subject: GrantSubject; scopes: Map<string, Atom[]> }>();
  for (const { binding, role } of rbac.bound) {
    for (const subject of grantSubjects(binding)) {
      const key = formatSubject(subject);
      const own = holdings.get(key) ?? { subject, scopes: new Map<string, Atom[]>() };
      holdings.set(key, own);
      const rights = own.scopes.get(binding.namespace) ?? [];
      own.scopes.set(binding.namespace, rights);
      // Paths are granted for the whole cluster alone.
      const atoms = (role?.rules ?? []).flatMap(atomsOf);
      rights.push(...atoms.filter(({ nonResourceURLs }) => binding.namespace === '' || nonResourceURLs.length === 0));
    }
  }
  return holdings;
}

/**
 * Compares what bindings give each subject in two clusters: rights one by one, so that a right that is given by another rule, by a wider
 * one, or for the whole cluster instead of a namespace, is no loss. Groups stand for themselves: their members are not known.
 */
export function diffRights(before: CompiledAuthorization, after: CompiledAuthorization): readonly RightsChange[] {
  const [old, fresh] = [holdingsOf(before), holdingsOf(after)];
  const changes: RightsChange[] = [];
  for (const key of [...new Set([...old.keys(), ...fresh.keys()])].sort()) {
    const subject = (old.get(key) ?? fresh.get(key))?.subject;
    if (subject === undefined) continue;
    const scopesOf = (holdings: Holdings): ReadonlyMap<string, readonly Atom[]> => holdings.get(key)?.scopes ?? new Map();
    const [was, is] = [scopesOf(old), scopesOf(fresh)];
    for (const namespace of [...new Set([...was.keys(), ...is.keys()])].sort()) {
      const missing = (from: typeof was, to: typeof was): readonly Atom[] =>
        distinct(uncovered([...(to.get('') ?? []), ...(to.get(namespace) ?? [])], from.get(namespace) ?? []));
      const [gained, lost] = [missing(is, was), missing(was, is)];
      if (gained.length > 0) changes.push({ subject, namespace, change: 'gained', rights: gained });
      if (lost.length > 0) changes.push({ subject, namespace, change: 'lost', rights: lost });
    }
  }
  return changes;
}

function distinct(atoms: readonly Atom[]): readonly Atom[] {
  return compacted([...new Map(atoms.map((atom) => [JSON.stringify(atom), atom])).values()]);
}
