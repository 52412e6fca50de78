import { createHash } from 'node:crypto';
import type { JsonObject } from '../cluster/json.ts';
import { stringAt } from '../cluster/json.ts';
import { storedPrefix, writeProvider } from '../encryption/configuration.ts';
import { joinedMessage } from '../encryption/providers/prefix-union.ts';
import { storagePathOf } from '../encryption/storage-path.ts';
import { readStoredObject } from '../encryption/stored-object.ts';
import { valuePrefix } from '../encryption/value-prefix.ts';
import { compileTransformers, openValue } from '../encryption/transformers.ts';
import { bytesOf, configurationOf } from './encryption-input.ts';
import type { EvalEngine } from './engine.ts';
import { kmsPlugins } from './kms-plugins.ts';

/** `bulwark eval encryption-read`: what is this stored value, and who reads it under this configuration? (shapes: docs/eval.md) */
export const answer: EvalEngine = (input, minor) => {
  const loaded = configurationOf(input, minor);
  if ('bad' in loaded) return loaded.bad;
  const etcdKey = stringAt(input['etcdKey']);
  if (etcdKey === undefined) return { error: { message: 'must be a text', path: 'input.etcdKey' } };
  const value = bytesOf(input['valueB64'], 'input.valueB64');
  if ('bad' in value) return value.bad;
  const resource = resourceOf(etcdKey, stringAt(input['resource']));
  if (resource === undefined)
    return { unknown: `the key ${etcdKey} names no resource that is known: give \`resource\`, as the configuration names it` };
  const { configuration } = loaded;
  const opened = openValue(compileTransformers(configuration, kmsPlugins(input), minor), resource, etcdKey, value);
  if (opened.kind === 'unknown') return { unknown: opened.why };
  if (opened.kind === 'crash') return { result: { readable: false, serverCrashes: true, crash: opened.message } };
  if (opened.kind === 'error') {
    const said = joinedMessage(opened.messages);
    const message = `Internal error occurred: ${minor >= corruptObjectSince ? corruptObject(etcdKey, resource, said) : said}`;
    return { result: { readable: false, serverCrashes: false, message } };
  }
  const object = readStoredObject(opened.plaintext, resource);
  const prefixBefore = valuePrefix(value);
  const writes = configuration === undefined ? 'plaintext' : storedPrefix(writeProvider(configuration, resource));
  const written = writes === 'plaintext' ? valuePrefix(opened.plaintext) : writes;
  const result: JsonObject = {
    ...object,
    serverCrashes: false,
    ...opened.use,
    stale: opened.stale,
    prefixBefore,
    prefixAfter: opened.stale ? written : prefixBefore,
    plaintextLength: opened.plaintext.byteLength,
    plaintextSha256: createHash('sha256').update(opened.plaintext).digest('hex'),
  };
  return { result };
};

/** From this minor on objects that cannot be opened may be deleted, and their errors say so (AllowUnsafeMalformedObjectDeletion). */
const corruptObjectSince = 37;

/** Source: k8s.io/apiserver pkg/storage/errors.go, pkg/storage/etcd3/corrupt_obj_deleter.go, asked of 1.37. */
function corruptObject(etcdKey: string, resource: string, said: string): string {
  const plural = resource.split('.')[0] ?? '';
  const at = etcdKey.indexOf(`/${plural}/`);
  const key = at < 0 ? etcdKey : etcdKey.slice(at);
  return `StorageError: corrupt object, Code: 7, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: data from the storage is not transformable revision=0: ${said}`;
}

/** With another `--etcd-prefix` the part before the resource is not known: the first one that fits is taken. */
function resourceOf(etcdKey: string, given: string | undefined): string | undefined {
  if (given !== undefined) return given;
  const segments = etcdKey.split('/');
  for (let length = 1; length < segments.length; length++) {
    const path = storagePathOf(etcdKey, segments.slice(0, length).join('/'));
    if (path !== undefined) return path.resource;
  }
  return undefined;
}
