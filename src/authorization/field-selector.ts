/** One term of a field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '==' | '!=';
  readonly value: string;
}

/**
 * Reads a field selector (`metadata.name=a,spec.nodeName!=b`); a text says what the server finds wrong with it.
 *
 * Rule source: k8s.io/apimachinery pkg/fields/selector.go `ParseSelector`; a backslash escapes `\`, `,` and `=` in values.
 */
export function parseFieldSelector(selector: string): readonly FieldRequirement[] | string {
  const requirements: FieldRequirement[] = [];
  for (const term of termsOf(selector)) {
    if (term === '') continue;
    const at = /!=|==|=/.exec(term);
    if (at === null) return `invalid selector: '${selector}'; can't understand '${term}'`;
    const value = unescaped(term.slice(at.index + at[0].length));
    if (value === undefined) return `invalid field selector: invalid escape sequence in '${term}'`;
    requirements.push({ field: term.slice(0, at.index), operator: at[0] as FieldRequirement['operator'], value });
  }
  return requirements;
}

/** The value that a field must have; `undefined` where the selector does not say so (`RequiresExactMatch`). */
export function exactMatch(requirements: readonly FieldRequirement[], field: string): string | undefined {
  return requirements.find((one) => one.field === field && one.operator !== '!=')?.value;
}

/** Splits at commas that no backslash stands before. */
function termsOf(selector: string): readonly string[] {
  const terms: string[] = [];
  let start = 0;
  for (let index = 0; index < selector.length; index++) {
    if (selector[index] === '\\') index++;
    else if (selector[index] === ',') {
      terms.push(selector.slice(start, index));
      start = index + 1;
    }
  }
  return [...terms, selector.slice(start)];
}

function unescaped(value: string): string | undefined {
  let text = '';
  for (let index = 0; index < value.length; index++) {
    const character = value[index] ?? '';
    if (character === '\\') {
      const next = value[++index];
      if (next !== '\\' && next !== ',' && next !== '=') return undefined;
      text += next;
    } else if (character === ',' || character === '=') return undefined;
    else text += character;
  }
  return text;
}
