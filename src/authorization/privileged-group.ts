import type { User } from '../authentication/user.ts';

/** The group that the API server allows everything before it asks any configured authorizer. */
export const privilegedGroup = 'system:masters';

/** Reports whether a user is allowed without asking an authorizer, and so without a reason (k8s.io/apiserver pkg/authorization/authorizerfactory `NewPrivilegedGroups`). */
export function isPrivileged(user: User): boolean {
  return user.groups.includes(privilegedGroup);
}
