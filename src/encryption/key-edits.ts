import type { FieldEdit } from '../cluster/change.ts';
import type { FieldPath, Json, JsonObject } from '../cluster/json.ts';
import type { EncryptionConfiguration, Provider } from './provider.ts';
import { writeProvider } from './provider.ts';

/** Edits of the entries that decide for the resources: the key as reader, its promotion to writer after that, and both at once. */
export interface KeyEdits {
  readonly reader: readonly FieldEdit[];
  readonly promotion: readonly FieldEdit[];
  readonly writer: readonly FieldEdit[];
  readonly rewritten: readonly string[];
}

/**
 * Plans a new key for resources: entries whose writer is replaced get it, resources that no entry serves get an entry of their own. A file
 * that several servers share takes `reader` first, and `promotion` once all of them have loaded that; a single server takes `writer` at once.
 *
 * @param key one element of `providers`
 * @param replaces whether the provider that writes today is to give way
 */
export function keyEdits(
  configuration: EncryptionConfiguration,
  key: JsonObject,
  resources: readonly string[],
  replaces: (writer: Provider) => boolean,
): KeyEdits {
  const writers = resources.map((resource) => ({ resource, writer: writeProvider(configuration, resource) }));
  const replaced = writers.filter(({ writer }) => writer !== undefined && replaces(writer));
  const missing = writers.filter(({ writer }) => writer === undefined).map(({ resource }) => resource);
  const entries = [...new Set(replaced.flatMap(({ writer }) => (typeof writer?.path[1] === 'number' ? [writer.path[1]] : [])))];
  const reader: FieldEdit[] = [];
  const promotion: FieldEdit[] = [];
  const writer: FieldEdit[] = [];
  for (const index of entries) {
    const path = ['resources', index, 'providers'];
    const providers = configuration.resources[index]?.providers ?? [];
    reader.push({ op: 'insert', path, index: 1, value: key });
    promotion.push({ op: 'remove', path: [...path, 1] }, ...putFirst(path, providers, key));
    writer.push(...putFirst(path, providers, key));
  }
  if (missing.length > 0) {
    const index = configuration.resources.length;
    const entry = (providers: readonly Json[]): FieldEdit => ({
      op: 'insert',
      path: ['resources'],
      index,
      value: { resources: missing, providers },
    });
    const path = ['resources', index, 'providers'];
    reader.push(entry([{ identity: {} }, key]));
    promotion.push({ op: 'remove', path: [...path, 1] }, { op: 'insert', path, index: 0, value: key });
    writer.push(entry([key, { identity: {} }]));
  }
  const others = entries.flatMap((index) => configuration.resources[index]?.resources ?? []);
  const rewritten = [...others.filter((name) => !name.includes('*')), ...replaced.map(({ resource }) => resource), ...missing];
  return { reader, promotion, writer, rewritten: [...new Set(rewritten)].sort() };
}

/** The key first; an `identity` that wrote goes to the end, where it reads what is plaintext still. */
function putFirst(
  path: FieldPath,
  providers: EncryptionConfiguration['resources'][number]['providers'],
  key: JsonObject,
): readonly FieldEdit[] {
  const first: FieldEdit = { op: 'insert', path, index: 0, value: key };
  const [writer] = providers;
  if (writer?.identity === null || writer === undefined || providers.length < 2) return [first];
  return [{ op: 'remove', path: [...path, 0] }, first, { op: 'insert', path, index: providers.length, value: { identity: {} } }];
}

/**
 * Takes every provider and key away that does not write, but for `identity`: to be done once nothing is stored under them any more.
 *
 * @param resources of the entries that are cleared
 */
export function retirement(configuration: EncryptionConfiguration, resources: readonly string[]): readonly FieldEdit[] {
  const entries = new Set(
    resources.flatMap((resource) => {
      const index = writeProvider(configuration, resource)?.path[1];
      return typeof index === 'number' ? [index] : [];
    }),
  );
  return [...entries].flatMap((index) => {
    const path = ['resources', index, 'providers'];
    const providers = configuration.resources[index]?.providers ?? [];
    const edits: FieldEdit[] = [];
    // From the last on, so that the places of the others stay.
    for (let at = providers.length - 1; at > 0; at--)
      if (providers[at]?.identity === null) edits.push({ op: 'remove', path: [...path, at] });
    const [writer] = providers;
    for (const name of ['aesgcm', 'aescbc', 'secretbox'] as const)
      for (let at = (writer?.[name]?.keys.length ?? 0) - 1; at > 0; at--)
        edits.push({ op: 'remove', path: [...path, 0, name, 'keys', at] });
    return edits;
  });
}
