/**
 * What Go's `fmt` makes of a text that is used as a format without arguments, as some older servers do with messages that hold names:
 * `%2ft` becomes `%!f(MISSING)t`. Source: Go's `fmt` package, `doPrintf`.
 */
export function formattedWithoutArguments(text: string): string {
  let result = '';
  let at = 0;
  for (;;) {
    const next = text.indexOf('%', at);
    if (next < 0) return result + text.slice(at);
    result += text.slice(at, next);
    const directive = readDirective(text, next + 1);
    result += directive.printed;
    at = directive.end;
  }
}

interface Directive {
  readonly printed: string;
  readonly end: number;
}

/** One directive after its `%`: flags, width, precision, each perhaps with an argument's number in brackets, and the verb. */
function readDirective(text: string, start: number): Directive {
  let at = start;
  let printed = '';
  let goodIndex = true;
  while (at < text.length && '#0+- '.includes(text.charAt(at))) at++;
  const index = (): boolean => {
    const found = readIndex(text, at);
    if (found === undefined) return false;
    // No argument has a number: every index is a bad one.
    goodIndex = false;
    at = found.end;
    return found.ok;
  };
  let afterIndex = index();
  if (text.charAt(at) === '*') {
    at++;
    printed += '%!(BADWIDTH)';
    afterIndex = false;
  } else at = readNumber(text, at).end;
  // A dot that ends the text is a verb.
  if (text.charAt(at) === '.' && at + 1 < text.length) {
    at++;
    afterIndex = index();
    if (text.charAt(at) === '*') {
      at++;
      printed += '%!(BADPREC)';
      afterIndex = false;
    } else at = readNumber(text, at).end;
  }
  if (!afterIndex) index();
  const code = text.codePointAt(at);
  if (code === undefined) return { printed: `${printed}%!(NOVERB)`, end: text.length };
  const verb = String.fromCodePoint(code);
  const end = at + verb.length;
  if (verb === '%') return { printed: `${printed}%`, end };
  return { printed: `${printed}%!${verb}(${goodIndex ? 'MISSING' : 'BADINDEX'})`, end };
}

/** `[3]`: `ok` where it is a number in brackets; a bracket that is not closed is passed over alone. */
function readIndex(text: string, at: number): { readonly ok: boolean; readonly end: number } | undefined {
  if (text.charAt(at) !== '[') return undefined;
  const close = text.length - at < 3 ? -1 : text.indexOf(']', at + 1);
  if (close < 0) return { ok: false, end: at + 1 };
  const number = readNumber(text.slice(0, close), at + 1);
  return { ok: number.isNumber && number.end === close, end: close + 1 };
}

const largest = 1_000_000;

function readNumber(text: string, start: number): { readonly isNumber: boolean; readonly end: number } {
  let at = start;
  let number = 0;
  for (; at < text.length && /[0-9]/.test(text.charAt(at)); at++) {
    if (number > largest) return { isNumber: false, end: text.length };
    number = number * 10 + Number(text.charAt(at));
  }
  return { isNumber: at > start, end: at };
}
