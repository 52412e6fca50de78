import type { Attributes } from '../attributes.ts';
import type { PolicyRule } from './rule.ts';
import { ruleAllows } from './rule.ts';

/** One bit for each of verb, group and resource of a request, to be held against the masks of rules. */
export interface RequestBits {
  verb: number;
  apiGroup: number;
  resource: number;
}

const every = -1;
/** What no rule names: a rule with a star alone has this bit. */
const unnamed = 1 << 31;

/** Bits for the words of rules. Words may share a bit: a mask tells what cannot match, never what does. */
export class RuleWords {
  readonly #bits = new Map<string, number>();

  /** The bit of a word that a rule names. */
  add(word: string): number {
    const known = this.#bits.get(word);
    if (known !== undefined) return known;
    const bit = 1 << (this.#bits.size % 31);
    this.#bits.set(word, bit);
    return bit;
  }

  #of(word: string): number {
    return this.#bits.get(word) ?? unnamed;
  }

  /** @param bits is written over, so that a million requests need no million objects */
  ofRequest(attributes: Attributes, bits: RequestBits): void {
    bits.verb = this.#of(attributes.verb);
    if (attributes.kind === 'nonResource') {
      bits.apiGroup = every;
      bits.resource = every;
      return;
    }
    bits.apiGroup = this.#of(attributes.apiGroup);
    const { resource } = attributes;
    bits.resource = this.#of(resource.includes('/') ? headOf(resource) : resource);
  }
}

/** A resource without its subresource. */
function headOf(resource: string): string {
  return resource.split('/', 1)[0] ?? resource;
}

const masksOfRule = 3;

/** The rules of a role, with masks that pass over most of those that do not speak of a request. */
export class RuleTable {
  readonly #rules: readonly PolicyRule[];
  readonly #masks: Int32Array;

  constructor(rules: readonly PolicyRule[], words: RuleWords) {
    this.#rules = rules;
    this.#masks = new Int32Array(rules.length * masksOfRule);
    const maskOf = (names: readonly string[], wordOf: (name: string) => string): number =>
      names.reduce((mask, name) => mask | (wordOf(name) === '*' ? every : words.add(wordOf(name))), 0);
    for (const [index, rule] of rules.entries()) {
      const paths = rule.nonResourceURLs.length > 0;
      this.#masks[index * masksOfRule] = maskOf(rule.verbs, (name) => name);
      this.#masks[index * masksOfRule + 1] = paths ? every : maskOf(rule.apiGroups, (name) => name);
      this.#masks[index * masksOfRule + 2] = paths ? every : maskOf(rule.resources, headOf);
    }
  }

  /** The index of the first rule that allows a request, -1 where none does: what `ruleAllows` says rule by rule. */
  firstThatAllows(attributes: Attributes, bits: RequestBits): number {
    const masks = this.#masks;
    for (let at = 0, index = 0; at < masks.length; at += masksOfRule, index++) {
      if (((masks[at] ?? 0) & bits.verb) === 0) continue;
      if (((masks[at + 1] ?? 0) & bits.apiGroup) === 0 || ((masks[at + 2] ?? 0) & bits.resource) === 0) continue;
      const rule = this.#rules[index];
      if (rule !== undefined && ruleAllows(rule, attributes)) return index;
    }
    return -1;
  }
}
