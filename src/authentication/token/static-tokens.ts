import { readCsvRecords } from '../../cluster/go-csv.ts';
import type { Authentication } from '../outcome.ts';
import { nothingShown } from '../outcome.ts';
import type { User } from '../user.ts';

/** Tokens of a `--token-auth-file`. They are secrets. */
export type StaticTokens = ReadonlyMap<string, User>;

/**
 * Reads a token file: token, user, uid and, quoted in one column, groups. The last line of a token counts, one without a token is passed
 * over. A text says why the server does not start. Rule source: k8s.io/apiserver pkg/authentication/token/tokenfile.
 */
export function readStaticTokens(text: string, path: string): StaticTokens | string {
  const read = readCsvRecords(text);
  if ('error' in read) return read.error;
  const tokens = new Map<string, User>();
  for (const record of read) {
    if (record.length < 3)
      return `token file '${path}' must have at least 3 columns (token, user name, user uid), found ${record.length}`;
    const [token = '', username = '', uid = '', groups] = record;
    if (token === '') continue;
    tokens.set(token, { username, ...(uid === '' ? {} : { uid }), groups: groups === undefined ? [] : groups.split(',') });
  }
  return tokens;
}

export function staticToken(tokens: StaticTokens, token: string): Authentication {
  const user = tokens.get(token);
  return user === undefined ? nothingShown : { kind: 'user', user };
}
