import { goQuote } from '../../cluster/go-quote.ts';
import type { PolicyRule } from '../rbac/rule.ts';

/** One atom of a rule: one verb on one resource of one group, by one name or any; or one verb on one path. */
export type Atom = PolicyRule;

const none = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };

/** Takes a rule apart (component-helpers auth/rbac/validation `BreakdownRule`). */
export function atomsOf(rule: PolicyRule): readonly Atom[] {
  const atoms: Atom[] = [];
  const names = rule.resourceNames.length === 0 ? [undefined] : rule.resourceNames;
  for (const group of rule.apiGroups)
    for (const resource of rule.resources)
      for (const verb of rule.verbs)
        for (const name of names)
          atoms.push({
            ...none,
            apiGroups: [group],
            resources: [resource],
            verbs: [verb],
            resourceNames: name === undefined ? [] : [name],
          });
  for (const url of rule.nonResourceURLs)
    for (const verb of rule.verbs) atoms.push({ ...none, nonResourceURLs: [url], verbs: [verb] });
  return atoms;
}

/**
 * The atoms of the wanted rules that no single rule of the owner covers; empty: all are covered.
 *
 * To cover is more than to allow: a list of all names never covers "any name", `/a*` covers `/a/*`, and only a literal star covers a star.
 * Rule source: component-helpers auth/rbac/validation/policy_comparator.go `Covers`.
 */
export function uncovered(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly Atom[] {
  return wanted.flatMap(atomsOf).filter((atom) => !owned.some((rule) => ruleCovers(rule, atom)));
}

function ruleCovers(rule: PolicyRule, atom: Atom): boolean {
  return (
    hasAll(rule.verbs, atom.verbs) &&
    hasAll(rule.apiGroups, atom.apiGroups) &&
    atom.resources.every((resource) => coversResource(rule.resources, resource)) &&
    coversNames(rule.resourceNames, atom.resourceNames) &&
    atom.nonResourceURLs.every((url) => rule.nonResourceURLs.some((own) => coversURL(own, url)))
  );
}

function hasAll(own: readonly string[], wanted: readonly string[]): boolean {
  return own.includes('*') || wanted.every((one) => own.includes(one));
}

function coversResource(own: readonly string[], resource: string): boolean {
  if (own.includes('*') || own.includes(resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && own.includes(`*/${resource.slice(slash + 1)}`);
}

function coversNames(own: readonly string[], wanted: readonly string[]): boolean {
  return own.length === 0 || (wanted.length > 0 && wanted.every((name) => own.includes(name)));
}

function coversURL(own: string, url: string): boolean {
  return own === url || (own.endsWith('*') && url.startsWith(own.replace(/\*+$/, '')));
}

/** Joins atoms that differ in their verb alone (K:pkg/registry/rbac/validation/policy_compact.go `CompactRules`). */
export function compacted(atoms: readonly Atom[]): readonly Atom[] {
  const others: Atom[] = [];
  const simple = new Map<string, Atom>();
  for (const atom of atoms) {
    if (atom.nonResourceURLs.length > 0) {
      others.push(atom);
      continue;
    }
    const key = JSON.stringify([atom.apiGroups, atom.resources, atom.resourceNames]);
    const former = simple.get(key);
    simple.set(key, former === undefined ? atom : { ...former, verbs: [...former.verbs, ...atom.verbs] });
  }
  return [...others, ...simple.values()];
}

/** Atoms as the server lists them in a refusal: joined by verb, one a line, sorted, each once. */
export function describeAtoms(atoms: readonly Atom[]): string {
  return [...new Set(compacted(atoms).map(describeRule))].sort().join('\n');
}

function describeRule(rule: PolicyRule): string {
  const list = (name: string, items: readonly string[]) =>
    items.length === 0 ? [] : [`${name}:[${items.map((item) => goQuote(item)).join(' ')}]`];
  const parts = [
    ...list('APIGroups', rule.apiGroups),
    ...list('Resources', rule.resources),
    ...list('NonResourceURLs', rule.nonResourceURLs),
    ...list('ResourceNames', rule.resourceNames),
    ...list('Verbs', rule.verbs),
  ];
  return `{${parts.join(', ')}}`;
}
