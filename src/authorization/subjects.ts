import { serviceAccountOf } from '../authentication/user.ts';

/** Somebody who holds rights. A service account's namespace is always given. */
export type GrantSubject =
  | { readonly kind: 'User' | 'Group'; readonly name: string }
  | { readonly kind: 'ServiceAccount'; readonly name: string; readonly namespace: string };

/** The names that the settings file adds to those that are built in. */
export interface SubjectSettings {
  /** As `formatSubject` prints them: `Group ops-breakglass`, `ServiceAccount argocd/argocd-server`. */
  readonly systemSubjects: readonly string[];
}

/** Prints a subject: `User alice`, `Group ops`, `ServiceAccount ns/name`. */
export function formatSubject(subject: GrantSubject): string {
  return subject.kind === 'ServiceAccount'
    ? `ServiceAccount ${subject.namespace}/${subject.name}`
    : `${subject.kind} ${subject.name}`;
}

/** Reads what `formatSubject` prints; the user `system:serviceaccount:NS:NAME` is that service account; `undefined` for anything else. */
export function parseSubject(text: string): GrantSubject | undefined {
  const match = /^(User|Group|ServiceAccount) (.+)$/.exec(text.trim());
  const [, kind, name] = match ?? [];
  if (kind === undefined || name === undefined) return undefined;
  if (kind === 'Group') return { kind, name };
  if (kind === 'User') {
    const account = serviceAccountOf(name);
    return account === undefined ? { kind, name } : { kind: 'ServiceAccount', ...account };
  }
  const [namespace, account, ...rest] = name.split('/');
  if (namespace === undefined || account === undefined || namespace === '' || account === '' || rest.length > 0) return undefined;
  return { kind: 'ServiceAccount', namespace, name: account };
}

/** Reports whether a list of subjects, written as `formatSubject` prints them, names this one. */
export function namesSubject(list: readonly string[], subject: GrantSubject): boolean {
  const wanted = formatSubject(subject);
  return list.some((text) => {
    const parsed = parseSubject(text);
    return parsed !== undefined && formatSubject(parsed) === wanted;
  });
}

const openGroups: ReadonlySet<string> = new Set([
  'system:unauthenticated',
  'system:authenticated',
  'system:nodes',
  'system:bootstrappers',
  'system:serviceaccounts',
]);

/** Subjects whose name begins `system:` and that still are everybody, every node or every account: never system subjects. */
function isOpen(subject: GrantSubject): boolean {
  if (subject.kind === 'User') return subject.name === 'system:anonymous' || subject.name.startsWith('system:node:');
  if (subject.kind === 'ServiceAccount') return false;
  if (openGroups.has(subject.name) || subject.name.startsWith('system:bootstrappers:')) return true;
  return subject.name.startsWith('system:serviceaccounts:') && subject.name !== 'system:serviceaccounts:kube-system';
}

/**
 * Reports whether a subject is part of Kubernetes itself: users and groups named `system:*`, service accounts in kube-system, and
 * those that the settings name; never those who stand for everybody, every node or every account (`system:authenticated`, …).
 */
export function isSystemSubject(subject: GrantSubject, settings: SubjectSettings): boolean {
  if (isOpen(subject)) return false;
  if (subject.kind === 'ServiceAccount' ? subject.namespace === 'kube-system' : subject.name.startsWith('system:')) return true;
  return namesSubject(settings.systemSubjects, subject);
}
