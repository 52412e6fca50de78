import type { User } from '../../authentication/user.ts';
import { serviceAccountUsername } from '../../authentication/user.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { Json } from '../../cluster/json.ts';
import { listAt, objectAt, stringAt } from '../../cluster/json.ts';

/** A subject of a binding as it is written; `namespace` is empty where none is given. */
export interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** Reads the `subjects` of a binding; the index of a subject stays its index in the list. What has no kind or name matches nobody. */
export function readSubjects(value: Json | undefined): readonly Subject[] {
  return listAt(value).map((item) => {
    const subject = objectAt(item);
    return {
      kind: stringAt(subject['kind']) ?? '',
      name: stringAt(subject['name']) ?? '',
      namespace: stringAt(subject['namespace']) ?? '',
    };
  });
}

/**
 * The one text that a subject compares with: a user name or a group; `undefined` for a subject that matches nobody (another
 * kind, a service account without a namespace in a ClusterRoleBinding).
 *
 * @param bindingNamespace namespace of the RoleBinding, empty for a ClusterRoleBinding
 */
export function subjectTarget(
  subject: Subject,
  bindingNamespace: string,
): { readonly of: 'user' | 'group'; readonly name: string } | undefined {
  switch (subject.kind) {
    case 'User':
      return { of: 'user', name: subject.name };
    case 'Group':
      return { of: 'group', name: subject.name };
    case 'ServiceAccount': {
      const namespace = subject.namespace === '' ? bindingNamespace : subject.namespace;
      return namespace === '' ? undefined : { of: 'user', name: serviceAccountUsername({ namespace, name: subject.name }) };
    }
    default:
      return undefined;
  }
}

/** Reports whether a subject speaks of this user (K:pkg/registry/rbac/validation/rule.go `appliesToUser`). */
export function appliesToUser(user: User, subject: Subject, bindingNamespace: string): boolean {
  const target = subjectTarget(subject, bindingNamespace);
  if (target === undefined) return false;
  return target.of === 'user' ? user.username === target.name : user.groups.includes(target.name);
}

/** Prints a subject as the reason does: `User "x"`, `ServiceAccount "name/ns"` (`describeSubject`, the same file). */
export function describeSubject(subject: Subject, bindingNamespace: string): string {
  if (subject.kind !== 'ServiceAccount') return `${subject.kind} ${goQuote(subject.name)}`;
  return `${subject.kind} ${goQuote(`${subject.name}/${subject.namespace === '' ? bindingNamespace : subject.namespace}`)}`;
}
