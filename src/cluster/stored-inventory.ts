/**
 * Where a stored value lies: `current`: the newest revision of its key; `superseded`: an older one, or one of a deleted key, that compaction
 * removes; `free-pages`: bytes of a database file that no revision covers any more, which only defragmentation removes.
 */
export type StoredPlace = 'current' | 'superseded' | 'free-pages';

/** Values that are kept alike: numbers and names, never a byte of a value. */
export interface StoredRow {
  /** As an EncryptionConfiguration names it: `secrets`, `deployments.apps`; empty where the key names no resource that is known. */
  readonly resource: string;
  readonly place: StoredPlace;
  /** How it is kept: `k8s:enc:aescbc:v1:key1:`, `plaintext`, or `unknown` for bytes of no known form. */
  readonly prefix: string;
  /** The key of KMS v2, as the plug-in names it. */
  readonly keyId?: string;
  readonly count: number;
  /** Bytes of the values; of free pages, as far as their length is still to be read. */
  readonly bytes: number;
  /** Up to five keys, of current values alone. */
  readonly examples: readonly string[];
}

/** How one etcd, or one file of it, keeps its values. */
export interface StoredInventory {
  readonly source: string;
  /** `live`: an endpoint, which shows current values alone. */
  readonly kind: 'snapshot' | 'member-db' | 'live';
  /** `--etcd-prefix`. */
  readonly prefix: string;
  readonly revision: number;
  /** The revision up to which it was compacted; absent: never, or not to be seen. */
  readonly compactRevision?: number;
  /** Plaintext first, then by resource, place and prefix. */
  readonly rows: readonly StoredRow[];
  /** Free pages with text whose head was overwritten: whose it was cannot be told. */
  readonly orphanPages: number;
  /** Why the reading is not whole; empty: it is. */
  readonly faults: readonly string[];
}
