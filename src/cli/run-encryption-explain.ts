import { existsSync, readFileSync } from 'node:fs';
import { isObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import type { Json } from '../cluster/json.ts';
import { newestMinor } from '../cluster/version.ts';
import { forEachCurrentValue } from '../collect/etcd/current-values.ts';
import { explainValue } from '../encryption/explain-value.ts';
import { joinedMessage } from '../encryption/providers/prefix-union.ts';
import { storagePathOf } from '../encryption/storage-path.ts';
import { readStoredObject } from '../encryption/stored-object.ts';
import { compileTransformers, openValue } from '../encryption/transformers.ts';
import { EtcdClient } from '../etcd/client.ts';
import { printable } from '../report/printable.ts';
import { UsageError, exitCodes } from './errors.ts';
import type { EtcdOptions } from './etcd-options.ts';
import { openStored } from './etcd-options.ts';
import { readEncryptionConfiguration } from './read-encryption-configuration.ts';
import { storedFault } from './run-encryption-status.ts';

interface Given {
  readonly key: string | undefined;
  readonly value: Buffer;
}

export interface ExplainOptions extends EtcdOptions {
  readonly config?: string;
  readonly forKey?: string;
  readonly output: 'text' | 'json';
}

/** `bulwark encryption explain`. Returns the exit code: 1 where the configuration does not open the value. */
export async function explain(given: string, options: ExplainOptions): Promise<number> {
  const found = await valueOf(given, options);
  const key = options.forKey ?? found.key;
  const parts = explainValue(found.value);
  const opened = options.config === undefined ? undefined : openedBy(options.config, key, found.value, options.etcdPrefix);
  if (options.output === 'json')
    process.stdout.write(
      `${JSON.stringify({ ...(key === undefined ? {} : { key }), bytes: found.value.byteLength, parts, ...(opened === undefined ? {} : { opened }) }, null, 2)}\n`,
    );
  else {
    const width = String(found.value.byteLength).length;
    const lines = [
      ...(key === undefined ? [] : [key]),
      `${found.value.byteLength} bytes`,
      '',
      ...parts.map(
        ({ from, to, what, text }) =>
          `${String(from).padStart(width)}-${String(Math.max(from, to - 1)).padEnd(width)}  ${what}${text === undefined ? '' : `: ${text}`}`,
      ),
      ...(opened === undefined ? [] : ['', opened.text]),
    ];
    process.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
  }
  return opened === undefined || opened.readable ? exitCodes.holds : exitCodes.findings;
}

function openedBy(
  path: string,
  key: string | undefined,
  value: Buffer,
  etcdPrefix: string | undefined,
): { readonly readable: boolean; readonly text: string } {
  const { configuration } = readEncryptionConfiguration(path);
  if (key === undefined)
    throw new UsageError(
      'which etcd key the value belongs to is not known',
      'name it: --for-key /registry/secrets/NAMESPACE/NAME',
    );
  const stored = storagePathOf(key, etcdPrefix ?? '/registry');
  if (stored === undefined) return { readable: false, text: `the key ${key} names no resource that is known` };
  const { resource } = stored;
  const opened = openValue(compileTransformers(configuration, new Map(), newestMinor), resource, key, value);
  if (opened.kind === 'unknown') return { readable: false, text: `${opened.why}: bulwark encryption verify asks it` };
  if (opened.kind === 'crash') return { readable: false, text: `a server that reads it ends: ${opened.message}` };
  if (opened.kind === 'error') return { readable: false, text: `not opened: ${joinedMessage(opened.messages)}` };
  const object = readStoredObject(opened.plaintext, resource);
  if (!object.readable)
    return { readable: false, text: `opened by ${opened.use.provider}, but what comes out is no object of ${resource}` };
  const { provider, keyName, kmsName } = opened.use;
  const by = [provider, keyName ?? kmsName].filter((part) => part !== undefined).join(' ');
  const named = [object.namespace, object.name].filter((part) => part !== undefined).join('/');
  const type = object.type === undefined ? '' : ` of type ${object.type}`;
  const what = `${object.apiVersion ?? ''} ${object.kind ?? ''} ${named}${type}, ${opened.plaintext.byteLength} bytes`;
  return { readable: true, text: `opened by ${by}${opened.stale ? ', which no longer writes (stale)' : ''}: ${what.trim()}` };
}

/** Errors: UsageError where the text is nothing of what can be explained. */
async function valueOf(given: string, options: ExplainOptions): Promise<Given> {
  if (given === '-') return fromBytes(readFileSync(0));
  if (existsSync(given)) {
    try {
      return fromBytes(readFileSync(given));
    } catch (error) {
      throw new UsageError(
        `${given}: cannot be read: ${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'}`,
      );
    }
  }
  if (given.startsWith('/')) return fromStore(given, options);
  const text = given.trim();
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.length % 4 === 0) return { key: undefined, value: Buffer.from(text, 'base64') };
  // What was given may be a secret: it is not repeated.
  throw new UsageError(
    'the value is no file, no base64 and no etcd key',
    'give a file, - (stdin), base64, or /registry/RESOURCE/…',
  );
}

/** Bytes as they are, or the JSON of etcdctl around them. */
function fromBytes(bytes: Buffer): Given {
  if (bytes.subarray(0, 1024).includes('"kvs"')) {
    try {
      const [first] = listAt(objectAt(JSON.parse(bytes.toString('utf8')) as Json)['kvs']);
      if (isObject(first)) {
        const key = Buffer.from(stringAt(first['key']) ?? '', 'base64').toString('utf8');
        return { key, value: Buffer.from(stringAt(first['value']) ?? '', 'base64') };
      }
    } catch {
      // Not etcdctl's JSON: then it is the value itself.
    }
  }
  return { key: undefined, value: bytes };
}

async function fromStore(key: string, options: ExplainOptions): Promise<Given> {
  const stored = await openStored(options);
  try {
    if (stored.kind === 'etcd') {
      const client = new EtcdClient(stored.settings);
      try {
        const [found] = (await client.range({ key: Buffer.from(key, 'utf8') })).kvs;
        if (found !== undefined) return { key, value: Buffer.from(found.value) };
      } finally {
        client.close();
      }
    } else {
      let value: Buffer | undefined;
      const wanted = Buffer.from(key, 'utf8');
      forEachCurrentValue(stored.source, (found, bytes) => {
        if (found.equals(wanted)) value = Buffer.from(bytes);
      });
      if (value !== undefined) return { key, value };
    }
  } catch (error) {
    throw storedFault(error, stored.name);
  } finally {
    if (stored.kind === 'snapshot') stored.source.close();
  }
  throw new UsageError(`${stored.name} holds no key ${key}`);
}
