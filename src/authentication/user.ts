/** Who makes a request, as authentication hands it on (k8s.io/apiserver `user.Info`). */
export interface User {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** A service account by namespace and name. */
export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

const serviceAccountPrefix = 'system:serviceaccount:';

/** The user name of a service account: `system:serviceaccount:NS:NAME` (k8s.io/apiserver `serviceaccount.MakeUsername`). */
export function serviceAccountUsername(account: ServiceAccountName): string {
  return `${serviceAccountPrefix}${account.namespace}:${account.name}`;
}

/** Reads `system:serviceaccount:NS:NAME`; `undefined` for any other user name (k8s.io/apiserver `serviceaccount.SplitUsername`). */
export function serviceAccountOf(username: string): ServiceAccountName | undefined {
  if (!username.startsWith(serviceAccountPrefix)) return undefined;
  const [namespace, name, ...rest] = username.slice(serviceAccountPrefix.length).split(':');
  if (namespace === undefined || name === undefined || namespace === '' || name === '' || rest.length > 0) return undefined;
  return { namespace, name };
}

/** Groups that authentication gives besides those of the credential. Source: k8s.io/apiserver pkg/authentication/{user,serviceaccount,group}. */
export function impliedGroups(username: string): readonly string[] {
  if (username === 'system:anonymous') return ['system:unauthenticated'];
  const account = serviceAccountOf(username);
  const groups = account === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`];
  return [...groups, 'system:authenticated'];
}
