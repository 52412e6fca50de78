import type { Attributes } from '../authorization/attributes.ts';
import type { User } from '../authentication/user.ts';

/** How much of a request is written, least first. */
export const auditLevels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type AuditLevel = (typeof auditLevels)[number];

/** When an event is written. */
export const auditStages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;

/** Orders levels: negative where `a` writes less than `b`. */
export function compareLevels(a: AuditLevel, b: AuditLevel): number {
  return auditLevels.indexOf(a) - auditLevels.indexOf(b);
}

/** Resources of one API group in a rule; an empty `resources` is all of the group. */
export interface GroupResources {
  readonly group: string;
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
}

/** One rule of an audit policy (k8s.io/apiserver pkg/apis/audit `PolicyRule`); an empty selector does not select. */
export interface AuditRule {
  readonly level: AuditLevel;
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  readonly verbs: readonly string[];
  readonly resources: readonly GroupResources[];
  readonly namespaces: readonly string[];
  readonly nonResourceURLs: readonly string[];
  readonly omitStages: readonly string[];
  /** Absent: the policy's value holds. */
  readonly omitManagedFields?: boolean;
}

/** A valid audit policy. */
export interface AuditPolicy {
  readonly rules: readonly AuditRule[];
  readonly omitStages: readonly string[];
  readonly omitManagedFields: boolean;
}

/** A request as the policy sees it on arrival: the caller before impersonation (`undefined`: authentication failed), the attributes of its URL. */
export type AuditAttributes = Attributes & { readonly user: User | undefined };

/** What a policy says of one request. */
export interface AuditDecision {
  readonly level: AuditLevel;
  /** Index of the rule that decided; `undefined`: none matched, so nothing is written. */
  readonly rule: number | undefined;
  /** Stages that are left out: the policy's and the rule's, each once. */
  readonly omitStages: readonly string[];
  readonly omitManagedFields: boolean;
}

/** Makes the decision of a rule that matched, or of no rule (k8s.io/apiserver pkg/audit/policy/checker.go `EvaluatePolicyRule`). */
export function decisionOf(policy: AuditPolicy, index: number | undefined): AuditDecision {
  const rule = index === undefined ? undefined : policy.rules[index];
  if (rule === undefined)
    return { level: 'None', rule: undefined, omitStages: policy.omitStages, omitManagedFields: policy.omitManagedFields };
  return {
    level: rule.level,
    rule: index,
    omitStages: [...new Set([...policy.omitStages, ...rule.omitStages])],
    omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields,
  };
}

/** The first minor whose server takes `group: "*"` for every API group; earlier ones refuse the policy. */
export const wildcardGroupSince = 36;
