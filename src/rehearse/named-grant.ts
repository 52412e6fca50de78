import type { Change } from '../cluster/change.ts';
import { isObjectChange, referenceOf } from '../plan/planned-objects.ts';

/** The binding and the role that a reason of RBAC names. */
export interface NamedGrant {
  readonly binding: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** A Role lies in the binding's namespace. */
  readonly role: { readonly kind: string; readonly name: string };
}

/** Reads `RBAC: allowed by RoleBinding "name/namespace" of Role "name" to …`; `undefined`: another reason. */
export function namedGrant(reason: string): NamedGrant | undefined {
  const found = /^RBAC: allowed by (RoleBinding|ClusterRoleBinding) "([^"]*)" of (Role|ClusterRole) "([^"]*)" to /.exec(reason);
  if (found === null) return undefined;
  const [, kind = '', text = '', roleKind = '', roleName = ''] = found;
  const [name = '', namespace = ''] = kind === 'RoleBinding' ? text.split('/') : [text];
  return { binding: { kind, namespace, name }, role: { kind: roleKind, name: roleName } };
}

/** Whether a change is one of the binding or the role that a reason names. */
export function touchesGrant(change: Change, grant: NamedGrant | undefined): boolean {
  if (grant === undefined || !isObjectChange(change)) return false;
  const { kind, name, namespace = '' } = referenceOf(change);
  const { binding, role } = grant;
  return (
    (kind === binding.kind && name === binding.name && namespace === binding.namespace) ||
    (kind === role.kind && name === role.name && namespace === (kind === 'Role' ? binding.namespace : ''))
  );
}
