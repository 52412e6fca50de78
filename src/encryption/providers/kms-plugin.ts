/** What a plug-in is asked: to unwrap a data key. */
export interface DataKeyRequest {
  readonly kmsName: string;
  readonly version: 'v1' | 'v2';
  readonly ciphertext: Uint8Array;
  /** Of v2; empty for v1. */
  readonly keyID: string;
  readonly annotations: readonly (readonly [string, Uint8Array])[];
}

/** What it answers. The error is the gRPC status as Go prints it: `rpc error: code = Unknown desc = …`. */
export type DataKeyAnswer =
  | { readonly kind: 'key'; readonly key: Uint8Array }
  | { readonly kind: 'error'; readonly message: string }
  /** Nobody asked it (yet): what depends on it is unknown. */
  | { readonly kind: 'not-asked' };

/** A KMS plug-in as the engine sees it: pure look-ups; who talks to a socket asks beforehand and answers from what was told. */
export interface KmsPlugin {
  decrypt(request: DataKeyRequest): DataKeyAnswer;
  /** The key id in use, by which v2 values are judged stale; `undefined`: not known. */
  readonly currentKeyID: string | undefined;
  /** False: nothing listens at its socket. */
  readonly running: boolean;
}

/** Plug-ins by the provider's name. A name that is absent: nobody can say. */
export type KmsPlugins = ReadonlyMap<string, KmsPlugin>;
