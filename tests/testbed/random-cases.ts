/** The seed of a run: the same cases each time, unless BULWARK_SEED says another number or `random`. */
export function seedOfRun(): number {
  const asked = process.env['BULWARK_SEED'];
  if (asked === 'random') return Date.now() % 0x7fff_ffff;
  return asked === undefined ? 20_261_126 : Number(asked);
}

/** Random choices that a seed repeats (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, not including, the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }

  /** Between `least` and `most` different members, in random order; fewer where the list has fewer. */
  some<T>(list: readonly T[], least: number, most: number): readonly T[] {
    const rest = [...list];
    const wanted = least + this.below(most - least + 1);
    const chosen: T[] = [];
    while (chosen.length < wanted && rest.length > 0) chosen.push(...rest.splice(this.below(rest.length), 1));
    return chosen;
  }
}
