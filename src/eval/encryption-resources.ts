import { objectAt, stringAt, stringsAt } from '../cluster/json.ts';
import { storedPrefix, writeProvider } from '../encryption/configuration.ts';
import { storagePathOf } from '../encryption/storage-path.ts';
import { configurationOf } from './encryption-input.ts';
import type { EvalEngine } from './engine.ts';

/** `bulwark eval encryption-resources`: the prefix of each key's value under this configuration (shapes: docs/eval.md). */
export const answer: EvalEngine = (input, minor) => {
  const loaded = configurationOf(input, minor);
  if ('bad' in loaded) return loaded.bad;
  const { configuration } = loaded;
  const named = objectAt(input['resourceOf']);
  const prefixes: Record<string, string> = {};
  const unknownKeys: string[] = [];
  for (const key of stringsAt(input['keys'])) {
    const path = storagePathOf(key, stringAt(input['etcdPrefix']));
    const resource = stringAt(named[key]) ?? path?.resource;
    if (resource === undefined) {
      unknownKeys.push(key);
      continue;
    }
    const encryptable = path?.encryptable ?? true;
    const prefix =
      configuration === undefined || !encryptable ? 'plaintext' : storedPrefix(writeProvider(configuration, resource));
    prefixes[key] = prefix === 'plaintext' ? (path?.json === true ? '{' : 'k8s\\x00') : prefix;
  }
  return { result: { prefixes, ...(unknownKeys.length === 0 ? {} : { unknownKeys }) } };
};
