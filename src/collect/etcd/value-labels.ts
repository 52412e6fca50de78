import { storagePathOf } from '../../encryption/storage-path.ts';
import { storedPrefixOf } from '../../etcd/stored-value.ts';

/** What a value is, apart from what stands in it. */
export interface Label {
  readonly resource: string;
  readonly prefix: string;
  readonly keyId?: string;
}

const slash = 0x2f;

/** Prefixes of keys that are tried where none is given: Kubernetes' own, and OpenShift's. */
export const usualPrefixes: readonly string[] = ['/registry', '/kubernetes.io', '/openshift.io'];

/**
 * Gives each kind of stored value a small number: resource, provider and key. A snapshot holds millions of values, so texts are made once
 * for each kind and looked up by short heads afterwards.
 */
export class ValueLabels {
  readonly #prefixes: readonly string[];
  readonly #labels: Label[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #resources = new Map<string, string>();

  constructor(prefixes: readonly string[]) {
    this.#prefixes = prefixes;
  }

  /** The number of a value; numbers begin with 1. */
  numberOf(key: Buffer, value: Buffer): number {
    const resource = this.resourceOf(key);
    const { prefix, keyId } = storedPrefixOf(value);
    const name = keyId === undefined ? `${resource}\n${prefix}` : `${resource}\n${prefix}\n${keyId}`;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#labels.push({ resource, prefix, ...(keyId === undefined ? {} : { keyId }) });
    this.#numbers.set(name, this.#labels.length);
    return this.#labels.length;
  }

  labelOf(number: number): Label {
    const label = this.#labels[number - 1];
    if (label === undefined) throw new RangeError(`there is no label ${number}`);
    return label;
  }

  /** Numbers in use: 1 to this. */
  get count(): number {
    return this.#labels.length;
  }

  /** The resource of an etcd key; empty where it names none that a provider could encrypt. */
  resourceOf(key: Buffer): string {
    // Two parts of a path after the prefix tell the resource: /registry/secrets/, /registry/GROUP/RESOURCE/.
    let end = 0;
    let parts = 0;
    while (end < key.byteLength && parts < 4) if (key[end++] === slash) parts++;
    const folder = key.toString('latin1', 0, end);
    const known = this.#resources.get(folder);
    if (known !== undefined) return known;
    const text = key.toString('utf8');
    const path = this.#prefixes.map((prefix) => storagePathOf(text, prefix)).find((found) => found !== undefined);
    const resource = path?.encryptable === true ? path.resource : '';
    // Namespaces are as many as a cluster likes: what is remembered has an end.
    if (this.#resources.size < 100_000) this.#resources.set(folder, resource);
    return resource;
  }
}
