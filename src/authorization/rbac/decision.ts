import { goQuote } from '../../cluster/go-quote.ts';
import type { Binding, Role, RoleRef } from './objects.ts';
import type { Subject } from './subject.ts';
import { describeSubject } from './subject.ts';

/** What granted a request: the binding, the subject in it that matched, the role and the rule in it. */
export interface GrantSource {
  readonly binding: Binding;
  readonly subjectIndex: number;
  readonly role: Role;
  readonly ruleIndex: number;
}

/** The answer of RBAC, which never denies: it allows or has no opinion. */
export type RbacDecision =
  | { readonly kind: 'allow'; readonly reason: string; readonly source: GrantSource }
  /** `resolutionErrors`: roles that bindings of this user name and that do not exist, in the server's words. */
  | {
      readonly kind: 'noOpinion';
      readonly reason: string;
      readonly resolutionErrors: readonly string[];
      readonly source?: undefined;
    };

/** The reason of an allowed request (K:pkg/registry/rbac/validation/rule.go, the two describers): note `name/namespace`. */
export function allowReason(binding: Binding, subject: Subject): string {
  const name = binding.kind === 'RoleBinding' ? `${binding.name}/${binding.namespace}` : binding.name;
  const role = `${binding.roleRef.kind} ${goQuote(binding.roleRef.name)}`;
  return `RBAC: allowed by ${binding.kind} ${goQuote(name)} of ${role} to ${describeSubject(subject, binding.namespace)}`;
}

/** What the server says about a reference that leads nowhere (`GetRoleReferenceRules`, the same file, and the lister's NotFound). */
export function resolutionError(ref: RoleRef): string {
  if (ref.kind === 'Role') return `role.rbac.authorization.k8s.io ${goQuote(ref.name)} not found`;
  if (ref.kind === 'ClusterRole') return `clusterrole.rbac.authorization.k8s.io ${goQuote(ref.name)} not found`;
  return `unsupported role reference kind: ${goQuote(ref.kind)}`;
}

/** Makes the no-opinion answer; several errors are joined as the server's aggregate does: each text once, in brackets. */
export function noOpinion(errors: readonly string[]): RbacDecision {
  const resolutionErrors = [...new Set(errors)];
  const [first] = resolutionErrors;
  if (first === undefined) return { kind: 'noOpinion', reason: '', resolutionErrors };
  const reason = resolutionErrors.length === 1 ? `RBAC: ${first}` : `RBAC: [${resolutionErrors.join(', ')}]`;
  return { kind: 'noOpinion', reason, resolutionErrors };
}
