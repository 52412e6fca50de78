import type { Json } from '../../cluster/json.ts';
import { listAt, objectAt, stringsAt } from '../../cluster/json.ts';
import type { Attributes } from '../attributes.ts';
import { combinedResource } from '../attributes.ts';

/** One rule of a Role or ClusterRole (k8s.io/api/rbac/v1 `PolicyRule`); an absent list is an empty one. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** Reads a rule out of untyped data. What is not a list of strings counts as empty, and so grants nothing. */
export function readRule(value: Json | undefined): PolicyRule {
  const rule = objectAt(value);
  return {
    verbs: stringsAt(rule['verbs']),
    apiGroups: stringsAt(rule['apiGroups']),
    resources: stringsAt(rule['resources']),
    resourceNames: stringsAt(rule['resourceNames']),
    nonResourceURLs: stringsAt(rule['nonResourceURLs']),
  };
}

/** Reads the `rules` of a Role or ClusterRole; the index of a rule stays its index in the list. */
export function readRules(value: Json | undefined): readonly PolicyRule[] {
  return listAt(value).map(readRule);
}

/** Rule source: K:pkg/apis/rbac/v1/evaluation_helpers.go `VerbMatches`: `*` or equal, case matters. */
function verbMatches(rule: PolicyRule, verb: string): boolean {
  return rule.verbs.some((own) => own === '*' || own === verb);
}

/** Rule source: `APIGroupMatches`: `*` or equal; `*.k8s.io` is a plain string. */
export function apiGroupMatches(rule: PolicyRule, apiGroup: string): boolean {
  return rule.apiGroups.some((own) => own === '*' || own === apiGroup);
}

/**
 * Rule source: `ResourceMatches`. `*` matches every resource and subresource; `pods`, `pods/log` match themselves alone; `*` + `/log` matches
 * the subresource `log` of anything. A star on the right of the slash is literal: `pods/*` matches nothing.
 *
 * @param combined `resource` or `resource/subresource`
 */
function resourceMatches(rule: PolicyRule, combined: string, subresource: string): boolean {
  return rule.resources.some((own) => own === '*' || own === combined || (subresource !== '' && own === `*/${subresource}`));
}

/** Rule source: `ResourceNameMatches`: no names match any; the entry `""` matches requests without a name. */
function resourceNameMatches(rule: PolicyRule, name: string): boolean {
  return rule.resourceNames.length === 0 || rule.resourceNames.includes(name);
}

/** Rule source: `NonResourceURLMatches`: `*`, equal, or a prefix with trailing stars, all of which are cut off. */
function nonResourceURLMatches(rule: PolicyRule, path: string): boolean {
  return rule.nonResourceURLs.some(
    (own) => own === '*' || own === path || (own.endsWith('*') && path.startsWith(trimStars(own))),
  );
}

function trimStars(pattern: string): string {
  let end = pattern.length;
  while (end > 0 && pattern[end - 1] === '*') end--;
  return pattern.slice(0, end);
}

/** Reports whether one rule allows a request; scope and subject are the binding's matter (K:plugin/pkg/auth/authorizer/rbac/rbac.go `RuleAllows`). */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!verbMatches(rule, attributes.verb)) return false;
  if (attributes.kind === 'nonResource') return nonResourceURLMatches(rule, attributes.path);
  return (
    apiGroupMatches(rule, attributes.apiGroup) &&
    resourceMatches(rule, combinedResource(attributes), attributes.subresource) &&
    resourceNameMatches(rule, attributes.name)
  );
}

/** A text that is equal for equal rules and for no others: members in fixed order, lists in theirs. */
export function ruleKey(rule: PolicyRule): string {
  return JSON.stringify([rule.verbs, rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs]);
}
