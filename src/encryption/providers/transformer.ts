/** Who opened a value, or would write it. */
export interface ProviderUse {
  readonly provider: 'identity' | 'aescbc' | 'aesgcm' | 'secretbox' | 'kms';
  /** The local key. */
  readonly keyName?: string;
  readonly kmsName?: string;
  readonly kmsVersion?: 'v1' | 'v2';
  /** The key of KMS v2, as the plug-in names it. */
  readonly keyID?: string;
}

/** What became of opening a value. */
export type Opened =
  | { readonly kind: 'opened'; readonly plaintext: Uint8Array; readonly stale: boolean; readonly use: ProviderUse }
  /** Each text once, in the order in which they came; the server prints several as `[a, b]`. */
  | { readonly kind: 'error'; readonly messages: readonly string[] }
  /** The server's process ends: an index beyond the bytes, which its decoder does not look at. */
  | { readonly kind: 'crash'; readonly message: string }
  /** A KMS plug-in would have to be asked. */
  | { readonly kind: 'unknown'; readonly why: string };

/** What the server draws or caches for one value; tests and rewriting in place give it, otherwise it is drawn from the system. */
export interface WriteRandom {
  /** aescbc: 16 bytes; aesgcm and kms: 12; secretbox: 24. */
  readonly nonce: Uint8Array;
  readonly kms?: KmsWriteState;
}

/** The data key under which a KMS provider writes, as the plug-in wrapped it. */
export type KmsWriteState =
  | { readonly version: 'v1'; readonly dataEncryptionKey: Uint8Array; readonly encryptedDEK: Uint8Array }
  | {
      readonly version: 'v2';
      readonly keyID: string;
      readonly encryptedDEKSource: Uint8Array;
      /** In the order in which they are stored; the server's order is random. */
      readonly annotations: readonly (readonly [string, Uint8Array])[];
      /** Type 0: the key itself; type 1: 32 bytes from which `info` derives a key for each value. */
      readonly source:
        | { readonly type: 0; readonly dataEncryptionKey: Uint8Array }
        | { readonly type: 1; readonly seed: Uint8Array; readonly info: Uint8Array };
    };

/**
 * Opens and seals values behind a prefix (k8s.io/apiserver pkg/storage/value `Transformer`).
 *
 * `authenticatedData` is the whole etcd key; some providers bind the value to it.
 */
export interface Transformer {
  read(data: Uint8Array, authenticatedData: Uint8Array): Opened;
  /** @throws RangeError where the random parts have a wrong length, or the provider was not given its data key */
  write(plaintext: Uint8Array, authenticatedData: Uint8Array, random: WriteRandom): Uint8Array;
}

/** A transformer and the prefix that tells its values. */
export interface PrefixTransformer {
  readonly prefix: Uint8Array;
  readonly transformer: Transformer;
}

export function failed(message: string): Opened {
  return { kind: 'error', messages: [message] };
}

/** Puts a prefix before bytes. */
export function prefixed(prefix: Uint8Array, data: Uint8Array): Uint8Array {
  return Buffer.concat([prefix, data]);
}

/** Checks a nonce's length. */
export function nonceOf(random: WriteRandom, length: number): Uint8Array {
  if (random.nonce.byteLength !== length)
    throw new RangeError(`a nonce of ${length} bytes is wanted, not ${random.nonce.byteLength}`);
  return random.nonce;
}
