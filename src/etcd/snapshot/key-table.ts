/**
 * The newest revision of each key, in flat arrays: a snapshot may hold millions of keys. Keys are told apart by 64 bits of hash and their
 * length; the hash is seeded by the caller, so that nobody can prepare two keys that are taken for one.
 */
export class KeyTable {
  #capacity = 1 << 12;
  #count = 0;
  #hashA = new Uint32Array(this.#capacity);
  #hashB = new Uint32Array(this.#capacity);
  /** 0: the slot is free. */
  #length = new Uint32Array(this.#capacity);
  #main = new Float64Array(this.#capacity);
  #sub = new Float64Array(this.#capacity);
  #label = new Uint32Array(this.#capacity);
  #size = new Uint32Array(this.#capacity);
  #offset = new Float64Array(this.#capacity);
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
  }

  /** Keys, tombstoned ones included. */
  get count(): number {
    return this.#count;
  }

  /**
   * Notes a revision of a key: kept where it is newer than what is known.
   *
   * @param label the caller's number for what the value is; `offset` a place in the file, `size` the value's bytes
   */
  note(key: Uint8Array, main: number, sub: number, label: number, size: number, offset: number): void {
    if (this.#count * 2 >= this.#capacity) this.#grow();
    const { a, b } = hashOf(key, this.#seed);
    const slot = this.#slotOf(a, b, key.byteLength + 1);
    const isNew = this.#length[slot] === 0;
    if (!isNew && !isNewer(main, sub, this.#main[slot] ?? 0, this.#sub[slot] ?? 0)) return;
    if (isNew) this.#count++;
    this.#hashA[slot] = a;
    this.#hashB[slot] = b;
    this.#length[slot] = key.byteLength + 1;
    this.#main[slot] = main;
    this.#sub[slot] = sub;
    this.#label[slot] = label;
    this.#size[slot] = size;
    this.#offset[slot] = offset;
  }

  /** Whether this revision of a key is its newest. */
  isNewest(key: Uint8Array, main: number, sub: number): boolean {
    const { a, b } = hashOf(key, this.#seed);
    const slot = this.#slotOf(a, b, key.byteLength + 1);
    return this.#length[slot] !== 0 && this.#main[slot] === main && this.#sub[slot] === sub;
  }

  /** Goes through the newest revisions, in no order. */
  each(visit: (label: number, size: number, offset: number, keyLength: number) => void): void {
    for (let slot = 0; slot < this.#capacity; slot++) {
      const length = this.#length[slot] ?? 0;
      if (length !== 0) visit(this.#label[slot] ?? 0, this.#size[slot] ?? 0, this.#offset[slot] ?? 0, length - 1);
    }
  }

  #slotOf(a: number, b: number, length: number): number {
    const mask = this.#capacity - 1;
    let slot = a & mask;
    while (this.#length[slot] !== 0 && (this.#hashA[slot] !== a || this.#hashB[slot] !== b || this.#length[slot] !== length))
      slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const former = {
      a: this.#hashA,
      b: this.#hashB,
      length: this.#length,
      main: this.#main,
      sub: this.#sub,
      label: this.#label,
      size: this.#size,
      offset: this.#offset,
    };
    this.#capacity *= 2;
    this.#hashA = new Uint32Array(this.#capacity);
    this.#hashB = new Uint32Array(this.#capacity);
    this.#length = new Uint32Array(this.#capacity);
    this.#main = new Float64Array(this.#capacity);
    this.#sub = new Float64Array(this.#capacity);
    this.#label = new Uint32Array(this.#capacity);
    this.#size = new Uint32Array(this.#capacity);
    this.#offset = new Float64Array(this.#capacity);
    for (let index = 0; index < former.length.length; index++) {
      const length = former.length[index] ?? 0;
      if (length === 0) continue;
      const [a, b] = [former.a[index] ?? 0, former.b[index] ?? 0];
      const slot = this.#slotOf(a, b, length);
      this.#hashA[slot] = a;
      this.#hashB[slot] = b;
      this.#length[slot] = length;
      this.#main[slot] = former.main[index] ?? 0;
      this.#sub[slot] = former.sub[index] ?? 0;
      this.#label[slot] = former.label[index] ?? 0;
      this.#size[slot] = former.size[index] ?? 0;
      this.#offset[slot] = former.offset[index] ?? 0;
    }
  }
}

function isNewer(main: number, sub: number, formerMain: number, formerSub: number): boolean {
  return main > formerMain || (main === formerMain && sub >= formerSub);
}

/** Two runs of the 32-bit mixing of MurmurHash3 with different seeds and constants. */
function hashOf(key: Uint8Array, seed: number): { readonly a: number; readonly b: number } {
  let a = seed ^ 0x9747b28c;
  let b = Math.imul(seed, 0x85ebca6b) ^ 0x2545f491;
  for (const byte of key) {
    a = Math.imul(a ^ byte, 0xcc9e2d51);
    a ^= a >>> 15;
    b = Math.imul(b ^ byte, 0x1b873593);
    b = (b << 13) | (b >>> 19);
  }
  a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b);
  return { a: (a ^ (a >>> 16)) >>> 0, b: (b ^ (b >>> 13)) >>> 0 };
}
