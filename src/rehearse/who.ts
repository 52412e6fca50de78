import type { AccessRow } from '../audit/store/types.ts';
import type { User } from '../authentication/user.ts';
import { serviceAccountOf } from '../authentication/user.ts';
import type { Attributes } from '../authorization/attributes.ts';
import { combinedResource } from '../authorization/attributes.ts';
import { qualifiedResource } from '../authorization/forbidden.ts';
import type { Who } from './rehearsal.ts';

/** Who made a request, and what kind of caller that is. */
export function whoOf({ user, impersonatedUser }: Pick<AccessRow, 'user' | 'impersonatedUser'>): Who {
  const pod = user.extra?.['authentication.kubernetes.io/pod-name']?.[0];
  const account = serviceAccountOf(user.username);
  return {
    user: user.username,
    groups: user.groups,
    ...(impersonatedUser === undefined ? {} : { as: impersonatedUser.username }),
    kind: kindOf(user),
    ...(pod === undefined || account === undefined ? {} : { pod: `${account.namespace}/${pod}` }),
  };
}

function kindOf({ username, groups }: User): Who['kind'] {
  if (username === '' || username === 'system:anonymous') return 'nobody';
  if (username.startsWith('system:node:') || groups.includes('system:nodes')) return 'node';
  const account = serviceAccountOf(username);
  if (account !== undefined) return account.namespace === 'kube-system' ? 'system component' : 'service account';
  return username.startsWith('system:') ? 'system component' : 'person';
}

/** What is asked for, on one line: `list secrets in web`, `get pods/log front in web`, `get /livez`. */
export function describeAccess(attributes: Attributes): string {
  if (attributes.kind === 'nonResource') return `${attributes.verb} ${attributes.path}`;
  const { verb, resource, apiGroup, subresource, name, namespace } = attributes;
  const what = `${qualifiedResource(resource, apiGroup)}${subresource === '' ? '' : `/${subresource}`}`;
  return [verb, resource === '' ? combinedResource(attributes) : what, name, namespace === '' ? '' : `in ${namespace}`]
    .filter((part) => part !== '')
    .join(' ');
}
