import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '../cluster/json.ts';
import { isObject, stringAt } from '../cluster/json.ts';
import { storagePathOf } from '../encryption/storage-path.ts';
import { compileTransformers, openValue } from '../encryption/transformers.ts';
import { valuePrefix } from '../encryption/value-prefix.ts';
import { bufferSource } from '../etcd/snapshot/byte-source.ts';
import { KeyTable } from '../etcd/snapshot/key-table.ts';
import { NotASnapshot, readLayout, smallBucket } from '../etcd/snapshot/layout.ts';
import { MarkerSearch } from '../etcd/snapshot/marker.ts';
import { compactRevisionOf, pageCounts } from '../etcd/snapshot/numbers.ts';
import { visitFile } from '../etcd/snapshot/revisions.ts';
import { configurationOf } from './encryption-input.ts';
import type { EvalEngine } from './engine.ts';
import { kmsPlugins } from './kms-plugins.ts';

interface Row {
  readonly main: number;
  readonly sub: number;
  readonly tombstone: boolean;
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
}

const afterMarker = 6;

/** `bulwark eval etcd-snapshot`: everything that a snapshot or a member's database holds (shapes: docs/eval.md). */
export const answer: EvalEngine = (input, minor) => {
  const path = isObject(input['snapshot']) ? stringAt(input['snapshot']['$path']) : stringAt(input['snapshot']);
  if (path === undefined) return { error: { message: 'must be {"$path": FILE}', path: 'input.snapshot' } };
  const loaded = configurationOf(input, minor);
  if ('bad' in loaded) return loaded.bad;
  try {
    const packed = readFileSync(path);
    const source = bufferSource(path.endsWith('.gz') ? gunzipSync(packed) : packed);
    const layout = readLayout(source);
    const table = new KeyTable(1);
    const marker = stringAt(input['plaintextMarker']);
    const search = marker === undefined || marker === '' ? undefined : new MarkerSearch(marker, afterMarker);
    const rows: Row[] = [];
    const faults = visitFile(source, layout, {
      revision(revision) {
        const { key, value, main, sub, tombstone, createRevision, modRevision, version } = revision;
        table.note(key, main, sub, tombstone ? 0 : 1, value.byteLength, revision.keyOffset);
        rows.push({
          main,
          sub,
          tombstone,
          key: key.toString('utf8'),
          value: Buffer.from(value),
          createRevision,
          modRevision,
          version,
        });
        search?.revision(revision);
      },
      remains: (where, bytes) => search?.remains(where, bytes),
    });
    rows.sort((a, b) => a.main - b.main || a.sub - b.sub);
    const newest = new Map(rows.map((row) => [row.key, row]));
    const live = [...newest.values()].filter(({ tombstone }) => !tombstone);
    const describe = describer(input, minor, loaded.configuration);
    const current = live.map(describe).sort((a, b) => (a.key < b.key ? -1 : 1));
    const keysByProvider: Record<string, number> = {};
    for (const { label } of current) keysByProvider[label] = (keysByProvider[label] ?? 0) + 1;
    const compactRevision = compactRevisionOf(smallBucket(source, layout, 'meta'));
    const result: JsonObject = {
      kind: layout.kind,
      checksum: layout.checksum,
      revision: Math.max(compactRevision ?? 0, ...rows.slice(-1).map(({ main }) => main)),
      compactRevision: compactRevision ?? null,
      keys: live.length,
      keysByProvider,
      pageSize: layout.meta.pageSize,
      ...pageCounts(layout),
      revisions: rows.length,
      tombstones: rows.filter(({ tombstone }) => tombstone).length,
      ...(search === undefined ? {} : { plaintext: { ...search.findings(table) } }),
      currentKeys: current.map(({ row }) => row),
      allRevisions: rows.map(({ main, sub, tombstone, key, value }) => ({
        main,
        sub,
        tombstone,
        key,
        ...(tombstone ? {} : { prefix: valuePrefix(value), valueSha256: sha256(value) }),
      })),
      faults: [...layout.faults, ...faults].map((fault) => ({ ...fault })),
    };
    return { result };
  } catch (error) {
    if (error instanceof NotASnapshot) return { error: { message: error.message, path: 'input.snapshot' } };
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    return { error: { message: `cannot be read: ${code}`, path: 'input.snapshot' } };
  }
};

function describer(
  input: JsonObject,
  minor: number,
  configuration: Parameters<typeof compileTransformers>[0],
): (row: Row) => { readonly key: string; readonly label: string; readonly row: JsonObject } {
  const transformers = compileTransformers(configuration, kmsPlugins(input), minor);
  return ({ key, value, createRevision, modRevision, version }) => {
    const resource = storagePathOf(key)?.resource ?? '';
    const opened = openValue(transformers, resource, key, value);
    const use = opened.kind === 'opened' ? opened.use : undefined;
    const keyName = use?.keyName ?? use?.keyID;
    const prefix = valuePrefix(value);
    const encrypted = prefix.startsWith('k8s:enc:');
    const provider = use?.provider ?? (encrypted ? 'unknown' : 'identity');
    const label =
      use?.kmsName === undefined
        ? [provider, use?.keyName].filter((part) => part !== undefined).join(':')
        : [provider, use.kmsName, use.keyID].filter((part) => part !== undefined).join(':');
    return {
      key,
      label,
      row: {
        key,
        createRevision,
        modRevision,
        version,
        encrypted,
        provider,
        // Of KMS v2 the key is the one that the plug-in names.
        ...(keyName === undefined ? {} : { keyName }),
        ...(use?.kmsName === undefined ? {} : { kmsName: use.kmsName }),
        prefix,
        valueLength: value.byteLength,
        valueSha256: sha256(value),
        ...(opened.kind === 'opened' ? { plaintextSha256: sha256(opened.plaintext) } : {}),
      },
    };
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
