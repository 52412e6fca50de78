import type { AuditPolicy, AuditRule, GroupResources } from '../audit-policy.ts';
import { wildcardGroupSince } from '../audit-policy.ts';

/**
 * Whether every request that a rule matches is matched by another one. Never claims too much: where it answers true, no request tells the
 * two apart.
 */
export function ruleCovers(wide: AuditRule, narrow: AuditRule, minor: number): boolean {
  return (
    selectorCovers(wide.users, narrow.users) &&
    selectorCovers(wide.userGroups, narrow.userGroups) &&
    selectorCovers(wide.verbs, narrow.verbs) &&
    whatCovers(wide, narrow, minor)
  );
}

/** An empty selector matches everything. */
function selectorCovers(wide: readonly string[], narrow: readonly string[]): boolean {
  return wide.length === 0 || (narrow.length > 0 && narrow.every((one) => wide.includes(one)));
}

function asksForResources({ namespaces, resources }: AuditRule): boolean {
  return namespaces.length > 0 || resources.length > 0;
}

function whatCovers(wide: AuditRule, narrow: AuditRule, minor: number): boolean {
  if (asksForResources(wide)) {
    if (!asksForResources(narrow) || !selectorCovers(wide.namespaces, narrow.namespaces)) return false;
    if (wide.resources.length === 0) return true;
    return (
      narrow.resources.length > 0 &&
      narrow.resources.every((entry) => wide.resources.some((own) => entryCovers(own, entry, minor)))
    );
  }
  if (wide.nonResourceURLs.length === 0) return true;
  if (asksForResources(narrow) || narrow.nonResourceURLs.length === 0) return false;
  return narrow.nonResourceURLs.every((url) => wide.nonResourceURLs.some((own) => urlCovers(own, url)));
}

function urlCovers(own: string, url: string): boolean {
  return own === '*' || own === url || (own.endsWith('*') && url.replace(/\*+$/, '').startsWith(own.replace(/\*+$/, '')));
}

function entryCovers(own: GroupResources, entry: GroupResources, minor: number): boolean {
  if (own.group !== entry.group && !(own.group === '*' && minor >= wildcardGroupSince)) return false;
  // Names are asked about only where resources are named.
  if (own.resources.length === 0) return true;
  if (entry.resources.length === 0) return own.resources.includes('*') && own.resourceNames.length === 0;
  if (!selectorCovers(own.resourceNames, entry.resourceNames)) return false;
  return entry.resources.every((spec) => own.resources.some((wide) => specCovers(wide, spec)));
}

function specCovers(wide: string, spec: string): boolean {
  if (wide === '*' || wide === spec) return true;
  if (spec === '*') return false;
  const slash = spec.indexOf('/');
  const [resource, subresource] = slash < 0 ? [spec, ''] : [spec.slice(0, slash), spec.slice(slash + 1)];
  if (wide.endsWith('/*')) return resource === wide.slice(0, -2);
  return wide.startsWith('*/') && subresource !== '' && subresource === wide.slice(2);
}

/** The first earlier rule that leaves nothing for a rule; `undefined`: none alone does. */
export function shadowedBy(policy: AuditPolicy, index: number, minor: number): number | undefined {
  const rule = policy.rules[index];
  if (rule === undefined) return undefined;
  const earlier = policy.rules.slice(0, index).findIndex((wide) => ruleCovers(wide, rule, minor));
  return earlier < 0 ? undefined : earlier;
}

/** Whether a rule matches every request, also one that nobody is known to make. */
export function matchesEverything(rule: AuditRule): boolean {
  const { users, userGroups, verbs, namespaces, resources, nonResourceURLs } = rule;
  return [users, userGroups, verbs, namespaces, resources, nonResourceURLs].every((selector) => selector.length === 0);
}
