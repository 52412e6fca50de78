import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../cluster/json.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';

/** What etcd holds, as the way back from encryption must know it. */
export interface EncryptedStore {
  /** Why etcd cannot be read from here; `undefined` where it can. */
  fault(): Promise<string | undefined>;
  /** How many current values of a resource have which storage prefix: `k8s:enc:secretbox:v1:key1:`, `plaintext`. Rejects where it fails. */
  prefixes(resource: { readonly group: string; readonly resource: string }): Promise<Readonly<Record<string, number>>>;
}

/** A resource whose values the former configuration could not read all. */
export interface PassedResource {
  /** As the configuration names it: `secrets`, `deployments.apps`, `*.*`. */
  readonly name: string;
  /** Prefixes that the former configuration reads. */
  readonly readable: readonly string[];
}

/** The way back from one EncryptionConfiguration to the former one. */
export interface Passage {
  /** The configuration to go through: the former provider writes, all of today's still read. */
  readonly text: string;
  readonly resources: readonly PassedResource[];
  /** Why stored values cannot be told apart afterwards; `undefined` where they can. */
  readonly unprovable?: string;
}

/** Whether a text is an EncryptionConfiguration, by its kind. */
export function isEncryptionConfiguration(text: string): boolean {
  const kind = objectAt(parseDocuments(text, '').documents[0]?.value)['kind'];
  return kind === 'EncryptionConfiguration' || kind === 'EncryptionConfig';
}

/**
 * Works out how to go back from `after` to `before` without losing what was stored meanwhile: for each resource that another provider or
 * key writes now, the former writer goes first and the rest of today's providers stay as readers. `before` is `undefined` where nothing was
 * encrypted: `identity` then writes. Returns `undefined` where the former configuration writes as today's does, so that nothing has to be
 * rewritten. Source: apiserver pkg/server/options/encryptionconfig (the first provider writes, all read).
 */
export function passageBetween(before: string | undefined, after: string): Passage | undefined {
  const now = objectAt(parseDocuments(after, '').documents[0]?.value);
  const former = before === undefined ? {} : objectAt(parseDocuments(before, '').documents[0]?.value);
  const resources: PassedResource[] = [];
  const entries: JsonObject[] = [];
  const clashes: string[] = [];
  for (const name of new Set(listAt(now['resources']).flatMap((entry) => stringsAt(objectAt(entry)['resources'])))) {
    const readers = providersFor(now, name);
    const writers = providersFor(former, name);
    const earlier = writers.length === 0 ? [identity] : writers;
    entries.push({ resources: [name], providers: distinct([...earlier, ...readers]) });
    if (writerText(earlier) === writerText(readers)) continue;
    const readable = earlier.flatMap(prefixesOf);
    resources.push({ name, readable });
    for (const prefix of readers.flatMap(prefixesOf))
      if (prefix !== 'plaintext' && readable.includes(prefix) && !sameKey(earlier, readers, prefix)) clashes.push(prefix);
  }
  if (resources.length === 0) return undefined;
  const configuration = { ...now, resources: entries };
  return {
    text: `${JSON.stringify(configuration, null, 2)}\n`,
    resources,
    ...(clashes.length === 0 ? {} : { unprovable: `two different keys have the same name (${clashes.join(', ')})` }),
  };
}

const identity: JsonObject = { identity: {} };

function providersFor(configuration: JsonObject, name: string): readonly JsonObject[] {
  return listAt(configuration['resources']).flatMap((entry) =>
    stringsAt(objectAt(entry)['resources']).includes(name) ? listAt(objectAt(entry)['providers']).filter(isObject) : [],
  );
}

function distinct(providers: readonly JsonObject[]): readonly JsonObject[] {
  return [...new Map(providers.map((provider) => [JSON.stringify(provider), provider])).values()];
}

function writerText([first]: readonly JsonObject[]): string {
  const [name = '', body] = Object.entries(first ?? identity)[0] ?? [];
  const [key] = listAt(objectAt(body)['keys']);
  return JSON.stringify([name, key ?? (name === 'identity' ? null : (body ?? null))]);
}

function prefixesOf(provider: JsonObject): readonly string[] {
  return Object.entries(provider).flatMap(([name, body]) => {
    if (name === 'identity') return ['plaintext'];
    if (name === 'kms')
      return [`k8s:enc:kms:${stringAt(objectAt(body)['apiVersion']) ?? 'v1'}:${stringAt(objectAt(body)['name']) ?? ''}:`];
    return listAt(objectAt(body)['keys']).map((key) => `k8s:enc:${name}:v1:${stringAt(objectAt(key)['name']) ?? ''}:`);
  });
}

function sameKey(one: readonly JsonObject[], other: readonly JsonObject[], prefix: string): boolean {
  const texts = (providers: readonly JsonObject[]): readonly string[] =>
    providers.flatMap((provider) =>
      Object.entries(provider).flatMap(([name, body]): string[] => {
        if (name === 'kms') return prefix.startsWith('k8s:enc:kms:') ? [JSON.stringify(body ?? null)] : [];
        return listAt(objectAt(body)['keys'])
          .filter((key) => `k8s:enc:${name}:v1:${stringAt(objectAt(key)['name']) ?? ''}:` === prefix)
          .map((key: Json) => JSON.stringify(key));
      }),
    );
  return new Set([...texts(one), ...texts(other)]).size <= 1;
}
