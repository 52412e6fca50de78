import type { EtcdClient } from './client.ts';
import type { KeyValue } from './messages.ts';
import { storedPrefixOf } from './stored-value.ts';

/** How the values under a prefix are kept: numbers, never a value. */
export interface StoredCounts {
  /** Revision that all of them were read at. */
  readonly revision: bigint;
  readonly total: number;
  /** Storage prefix (`k8s:enc:secretbox:v1:key1:`, `plaintext`, `unknown`) → number of values, sorted by prefix. */
  readonly byPrefix: Readonly<Record<string, number>>;
  /** Keys that KMS v2 names in the values, sorted. */
  readonly keyIds: readonly string[];
  /** Up to five keys (paths of objects) for each storage prefix, for messages. */
  readonly examples: Readonly<Record<string, readonly string[]>>;
}

const largestPage = 1000;
/** An answer is held in memory whole: the page shrinks where values are large. */
const wantedBytes = 8 * 1024 * 1024;
const exampleCount = 5;

/**
 * Reads every key under a prefix (`/registry/secrets/`) page by page at one revision, and counts the values by how they are kept. A prefix
 * ends with a slash. Throws EtcdFault, also where the revision is compacted meanwhile.
 */
export async function allKeysUnder(client: EtcdClient, prefix: string): Promise<StoredCounts> {
  const counts = new Map<string, number>();
  const examples = new Map<string, string[]>();
  const keyIds = new Set<string>();
  let total = 0;
  const revision = await forEachKeyUnder(client, prefix, ({ key, value }) => {
    const stored = storedPrefixOf(value);
    total++;
    counts.set(stored.prefix, (counts.get(stored.prefix) ?? 0) + 1);
    if (stored.keyId !== undefined) keyIds.add(stored.keyId);
    const known = examples.get(stored.prefix) ?? [];
    if (known.length < exampleCount) examples.set(stored.prefix, [...known, Buffer.from(key).toString('utf8')]);
  });
  return {
    revision,
    total,
    byPrefix: Object.fromEntries([...counts].sort(byCodeUnit)),
    keyIds: [...keyIds].sort(),
    examples: Object.fromEntries([...examples].sort(byCodeUnit)),
  };
}

/**
 * Visits every key under a prefix with its value, in the order of the keys, page by page at one revision, which is returned. Throws EtcdFault,
 * also where the revision is compacted meanwhile.
 *
 * @param progress told the keys that were read, of those in the range
 */
export async function forEachKeyUnder(
  client: EtcdClient,
  prefix: string,
  visit: (found: KeyValue) => void,
  progress?: (done: number, of: number) => void,
): Promise<bigint> {
  const end = endOfPrefix(Buffer.from(prefix, 'utf8'));
  let key: Uint8Array = Buffer.from(prefix, 'utf8');
  let revision = 0n;
  let limit = 50;
  let done = 0;
  for (;;) {
    const page = await client.range({ key, end, limit, revision });
    revision = revision === 0n ? page.revision : revision;
    let bytes = 0;
    for (const found of page.kvs) {
      bytes += found.value.byteLength;
      visit(found);
    }
    done += page.kvs.length;
    // `count` is of the keys from this page on.
    progress?.(done, done - page.kvs.length + Number(page.count));
    const last = page.kvs.at(-1);
    if (!page.more || last === undefined) return revision;
    key = Buffer.concat([last.key, Buffer.from([0])]);
    const each = Math.max(1, bytes / page.kvs.length);
    limit = Math.max(1, Math.min(largestPage, limit * 4, Math.floor(wantedBytes / each)));
  }
}

function byCodeUnit([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first key after all that begin with a prefix; `\0`, etcd's word for "to the end", where there is none. */
export function endOfPrefix(prefix: Uint8Array): Uint8Array {
  const end = Uint8Array.from(prefix);
  for (let index = end.length - 1; index >= 0; index--) {
    const byte = end[index] ?? 0;
    if (byte < 0xff) {
      end[index] = byte + 1;
      return end.slice(0, index + 1);
    }
  }
  return new Uint8Array([0]);
}
