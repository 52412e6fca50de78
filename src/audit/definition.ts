import type { NonResourceAttributes, ResourceAttributes } from '../authorization/attributes.ts';
import { combinedResource } from '../authorization/attributes.ts';
import type { AuditAttributes, AuditDecision, AuditPolicy, AuditRule, GroupResources } from './audit-policy.ts';
import { decisionOf, wildcardGroupSince } from './audit-policy.ts';

/**
 * The rule of the audit policy, read aloud: the first rule that matches decides; none: level None.
 *
 * Rule source: k8s.io/apiserver pkg/audit/policy/checker.go. `policy.ts` is the fast form and gives the same answers.
 */
export function levelByDefinition(policy: AuditPolicy, attributes: AuditAttributes, minor: number): AuditDecision {
  const index = policy.rules.findIndex((rule) => ruleMatches(rule, attributes, minor));
  return decisionOf(policy, index < 0 ? undefined : index);
}

/** `ruleMatches`: every selector that is given must match; a rule for users matches no failed authentication. */
function ruleMatches(rule: AuditRule, attributes: AuditAttributes, minor: number): boolean {
  const { user } = attributes;
  if (rule.users.length > 0 && (user === undefined || !rule.users.includes(user.username))) return false;
  if (rule.userGroups.length > 0 && !(user?.groups.some((group) => rule.userGroups.includes(group)) ?? false)) return false;
  if (rule.verbs.length > 0 && !rule.verbs.includes(attributes.verb)) return false;
  if (rule.namespaces.length > 0 || rule.resources.length > 0)
    return attributes.kind === 'resource' && matchesResource(rule, attributes, minor);
  if (rule.nonResourceURLs.length > 0) return attributes.kind === 'nonResource' && matchesURL(rule, attributes);
  return true;
}

/** `ruleMatchesNonResource`, `pathMatches`: `*`, equal, or a prefix with trailing stars, all of which are cut off. */
function matchesURL(rule: AuditRule, { path }: NonResourceAttributes): boolean {
  return rule.nonResourceURLs.some(
    (spec) => spec === '*' || spec === path || (spec.endsWith('*') && path.startsWith(spec.replace(/\*+$/, ''))),
  );
}

/** `ruleMatchesResource`; the namespace of a cluster-scoped request, and of a list over all namespaces, is empty. */
function matchesResource(rule: AuditRule, attributes: ResourceAttributes, minor: number): boolean {
  if (rule.namespaces.length > 0 && !rule.namespaces.includes(attributes.namespace)) return false;
  if (rule.resources.length === 0) return true;
  return rule.resources.some((entry) => matchesEntry(entry, attributes, minor));
}

function matchesEntry(entry: GroupResources, attributes: ResourceAttributes, minor: number): boolean {
  if (entry.group !== attributes.apiGroup && !(entry.group === '*' && minor >= wildcardGroupSince)) return false;
  if (entry.resources.length === 0) return true;
  if (entry.resourceNames.length > 0 && !entry.resourceNames.includes(attributes.name)) return false;
  return entry.resources.some((spec) => matchesSpec(spec, attributes));
}

/** Unlike RBAC, `pods/*` matches every subresource of pods, and pods themselves. */
function matchesSpec(spec: string, attributes: ResourceAttributes): boolean {
  const { resource, subresource } = attributes;
  if (spec === '*' || spec === combinedResource(attributes)) return true;
  if (subresource !== '' && spec.startsWith('*/') && spec.slice(2) === subresource) return true;
  return spec.endsWith('/*') && spec.slice(0, -2) === resource;
}
