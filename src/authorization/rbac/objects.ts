import type { JsonObject } from '../../cluster/json.ts';
import { objectAt, stringAt } from '../../cluster/json.ts';
import type { PolicyRule } from './rule.ts';
import { readRules } from './rule.ts';
import type { Subject } from './subject.ts';
import { readSubjects } from './subject.ts';

/** The API group of all RBAC kinds. */
export const rbacGroup = 'rbac.authorization.k8s.io';

/** A Role or ClusterRole; a ClusterRole's namespace is empty. */
export interface Role {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  readonly namespace: string;
  readonly rules: readonly PolicyRule[];
}

/** What a binding refers to, as it is written. */
export interface RoleRef {
  readonly kind: string;
  readonly name: string;
}

/** A RoleBinding or ClusterRoleBinding; a ClusterRoleBinding's namespace is empty. */
export interface Binding {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding';
  readonly name: string;
  readonly namespace: string;
  readonly subjects: readonly Subject[];
  readonly roleRef: RoleRef;
}

/** All RBAC objects of a cluster, typed; order as given. */
export interface RbacObjects {
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
}

/** Reads the `roleRef` of a binding; what is missing is empty and refers to nothing. */
export function readRoleRef(manifest: JsonObject): RoleRef {
  const ref = objectAt(manifest['roleRef']);
  return { kind: stringAt(ref['kind']) ?? '', name: stringAt(ref['name']) ?? '' };
}

/**
 * Reads RBAC objects out of untyped manifests; objects of other kinds are passed over. Malformed members count as absent. A
 * namespaced object without a namespace is in `default`, as on a client's create.
 */
export function readRbacObjects(manifests: Iterable<JsonObject>): RbacObjects {
  const roles: Role[] = [];
  const bindings: Binding[] = [];
  for (const manifest of manifests) {
    if (!isRbac(manifest)) continue;
    const metadata = objectAt(manifest['metadata']);
    const name = stringAt(metadata['name']) ?? '';
    const kind = manifest['kind'];
    const namespace = kind === 'Role' || kind === 'RoleBinding' ? stringAt(metadata['namespace']) || 'default' : '';
    if (kind === 'Role' || kind === 'ClusterRole') roles.push({ kind, name, namespace, rules: readRules(manifest['rules']) });
    else if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding')
      bindings.push({ kind, name, namespace, subjects: readSubjects(manifest['subjects']), roleRef: readRoleRef(manifest) });
  }
  return { roles, bindings };
}

function isRbac(manifest: JsonObject): boolean {
  return stringAt(manifest['apiVersion'])?.startsWith(`${rbacGroup}/`) ?? false;
}
