import { createHash } from 'node:crypto';
import type { FieldPath } from '../../cluster/json.ts';
import { listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';

/** What may be said of an EncryptionConfiguration whose keys are blanked in what is kept. */
export type EncryptionFileFacts = {
  /** SHA-256 of the file: `/metrics` of an API server from 1.34 on shows the same. It tells whether two hosts have the same keys. */
  readonly sha256: string;
  /** Places of keys that nobody drew at random: `resources.0.providers.0.secretbox.keys.0`. */
  readonly guessableKeys: readonly string[];
};

const localProviders = ['aesgcm', 'aescbc', 'secretbox'] as const;

/** Facts of a file that holds an EncryptionConfiguration; `undefined` for any other text. Never throws. */
export function encryptionFileFacts(text: string): EncryptionFileFacts | undefined {
  if (!text.includes('EncryptionConfig')) return undefined;
  const [document] = parseDocuments(text, '').documents;
  const root = objectAt(document?.value);
  if (stringAt(root['kind'])?.startsWith('EncryptionConfig') !== true) return undefined;
  const guessableKeys = keysIn(root['resources']).flatMap(({ path, secret }) => (isGuessable(secret) ? [path.join('.')] : []));
  return { sha256: createHash('sha256').update(text).digest('hex'), guessableKeys };
}

interface PlacedKey {
  readonly path: FieldPath;
  readonly secret: Buffer;
}

function keysIn(resources: Parameters<typeof listAt>[0]): readonly PlacedKey[] {
  return listAt(resources).flatMap((entry, index) =>
    listAt(objectAt(entry)['providers']).flatMap((provider, position) =>
      localProviders.flatMap((name) =>
        listAt(objectAt(objectAt(provider)[name])['keys']).map((key, number) => ({
          path: ['resources', index, 'providers', position, name, 'keys', number],
          secret: Buffer.from(stringAt(objectAt(key)['secret']) ?? '', 'base64'),
        })),
      ),
    ),
  );
}

/**
 * Whether a key is a text, or of so few signs that it was typed: the keys of documentation and tutorials all are. Of 16 random bytes, the
 * shortest key there is, one in ten million is printable throughout.
 */
function isGuessable(secret: Buffer): boolean {
  if (secret.length < 16) return false;
  return secret.every((byte) => byte >= 0x20 && byte < 0x7f) || new Set(secret).size < 8;
}
