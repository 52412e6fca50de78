import type { User } from '../../authentication/user.ts';
import { goQuote } from '../../cluster/go-quote.ts';

/** The user that a request asks to be, as its headers say. */
export interface WantedUser {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  /** By key, lower case and decoded. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Values of headers: a name in lower case, its values in order. */
export type Headers = ReadonlyMap<string, readonly string[]>;

const extraPrefix = 'impersonate-extra-';

/**
 * Reads the impersonation headers of a request.
 *
 * `undefined`: none is asked for. `groupless`: something is asked for, but no user, which is refused. Rule source: k8s.io/apiserver
 * pkg/endpoints/filters/impersonation `processImpersonationHeaders`.
 */
export function wantedUserOf(headers: Headers): WantedUser | { readonly nobody: WantedUser } | undefined {
  const username = headers.get('impersonate-user')?.[0] ?? '';
  const uid = headers.get('impersonate-uid')?.[0] ?? '';
  const groups = headers.get('impersonate-group') ?? [];
  const extra: Record<string, readonly string[]> = {};
  let hasExtra = false;
  for (const [name, values] of [...headers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!name.startsWith(extraPrefix)) continue;
    hasExtra = true;
    const key = unescaped(name.slice(extraPrefix.length));
    if (values.length > 0)
      Object.defineProperty(extra, key, { value: [...(extra[key] ?? []), ...values], enumerable: true, configurable: true });
  }
  const wanted = { username, uid, groups, extra };
  if (username !== '') return wanted;
  return uid !== '' || groups.length > 0 || hasExtra ? { nobody: wanted } : undefined;
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** The 400 (500 with a plain text up to 1.34) of a request that names no user. */
export function nobodyMessage({ uid, groups, extra }: WantedUser, minor: number): string {
  if (minor >= constrainedSince) {
    const list = groups.length === 0 ? 'nil' : `{${groups.map((group) => goQuote(group)).join(', ')}}`;
    const entries = Object.entries(extra).map(
      ([key, values]) => `${goQuote(key)}:[]string{${values.map((value) => goQuote(value)).join(', ')}}`,
    );
    const groupsText = groups.length === 0 ? '[]string(nil)' : `[]string${list}`;
    const extraText = entries.length === 0 ? 'map[string][]string(nil)' : `map[string][]string{${entries.join(', ')}}`;
    return `requested &user.DefaultInfo{Name:"", UID:${goQuote(uid)}, Groups:${groupsText}, Extra:${extraText}} without impersonating a user name`;
  }
  const references = [
    ...groups.map((group) => `{Group  ${group}    }`),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => `{UserExtra  ${value}  authentication.k8s.io/v1  ${key}}`),
    ),
    ...(uid === '' ? [] : [`{UID  ${uid}  authentication.k8s.io/v1  }`]),
  ];
  return `requested [${references.join(' ')}] without impersonating a user`;
}

/** The first minor in which a caller may be let in by a constrained mode (gate ConstrainedImpersonation, on by default). */
export const constrainedSince = 36;

/** A user as the server then knows it. */
export function asUser(wanted: WantedUser, groups: readonly string[]): User {
  const { username, uid, extra } = wanted;
  return { username, groups, ...(uid === '' ? {} : { uid }), ...(Object.keys(extra).length === 0 ? {} : { extra }) };
}
