import type { JsonObject } from '../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import { writeProvider } from '../encryption/configuration.ts';
import type { KmsWriteState } from '../encryption/providers/transformer.ts';
import { compileTransformers, sealValue } from '../encryption/transformers.ts';
import type { BadLine } from './encryption-input.ts';
import { badLine, bytesOf, configurationOf } from './encryption-input.ts';
import type { EvalEngine } from './engine.ts';
import { kmsPlugins } from './kms-plugins.ts';

/** `bulwark eval encryption-write`: the bytes that the server would store, given what it draws at random (shapes: docs/eval.md). */
export const answer: EvalEngine = (input, minor) => {
  const loaded = configurationOf(input, minor);
  if ('bad' in loaded) return loaded.bad;
  const etcdKey = stringAt(input['etcdKey']);
  const resource = stringAt(input['resource']);
  if (etcdKey === undefined) return { error: { message: 'must be a text', path: 'input.etcdKey' } };
  if (resource === undefined) return { error: { message: 'must be a text', path: 'input.resource' } };
  const plaintext = bytesOf(input['plaintextB64'], 'input.plaintextB64');
  if ('bad' in plaintext) return plaintext.bad;
  const { configuration } = loaded;
  const provider = configuration === undefined ? undefined : writeProvider(configuration, resource);
  const random = randomOf(objectAt(input['random']), provider?.kmsName ?? '', input);
  if ('bad' in random) return random.bad;
  try {
    const value = sealValue(compileTransformers(configuration, kmsPlugins(input), minor), resource, etcdKey, plaintext, random);
    return { result: { provider: provider?.provider ?? 'identity', valueB64: Buffer.from(value).toString('base64') } };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { error: { message: error.message, path: 'input.random' } };
  }
};

function randomOf(
  random: JsonObject,
  kmsName: string,
  input: JsonObject,
): { readonly nonce: Uint8Array; readonly kms?: KmsWriteState } | BadLine {
  const part = (name: string) => bytesOf(random[name] ?? '', `input.random.${name}`);
  const nonce = part('nonceB64');
  if ('bad' in nonce) return nonce;
  if (random['encryptedDEKB64'] !== undefined) {
    const [dataEncryptionKey, encryptedDEK] = [part('dataEncryptionKeyB64'), part('encryptedDEKB64')];
    if ('bad' in dataEncryptionKey) return dataEncryptionKey;
    if ('bad' in encryptedDEK) return encryptedDEK;
    return { nonce, kms: { version: 'v1', dataEncryptionKey, encryptedDEK } };
  }
  if (random['encryptedDEKSourceB64'] === undefined) return { nonce };
  const encryptedDEKSource = part('encryptedDEKSourceB64');
  if ('bad' in encryptedDEKSource) return encryptedDEKSource;
  const annotations = annotationsOf(random);
  if ('bad' in annotations) return annotations;
  const keyID = stringAt(objectAt(objectAt(input['kms'])[kmsName])['currentKeyID']) ?? '';
  const source = sourceOf(random, part);
  if ('bad' in source) return source;
  return { nonce, kms: { version: 'v2', keyID, encryptedDEKSource, annotations: annotations.list, source } };
}

type Source = Extract<KmsWriteState, { version: 'v2' }>['source'];

/** A seed with `infoB64`; the older kind, a data key, without. */
function sourceOf(random: JsonObject, part: (name: string) => Uint8Array | BadLine): Source | BadLine {
  if (random['infoB64'] === undefined) {
    const dataEncryptionKey = part('dataEncryptionKeyB64');
    return 'bad' in dataEncryptionKey ? dataEncryptionKey : { type: 0, dataEncryptionKey };
  }
  const [seed, info] = [part('dataEncryptionKeySeedB64'), part('infoB64')];
  if ('bad' in seed) return seed;
  return 'bad' in info ? info : { type: 1, seed, info };
}

function annotationsOf(random: JsonObject): { readonly list: readonly (readonly [string, Uint8Array])[] } | BadLine {
  const list: (readonly [string, Uint8Array])[] = [];
  for (const [index, pair] of listAt(random['annotations']).entries()) {
    const path = `input.random.annotations[${index}]`;
    const [name, value] = isObject(pair) ? [] : listAt(pair);
    if (typeof name !== 'string') return badLine('must be a pair of a name and base64', path);
    const bytes = bytesOf(value, `${path}[1]`);
    if ('bad' in bytes) return bytes;
    list.push([name, bytes]);
  }
  return { list };
}
