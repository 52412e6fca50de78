/** What decides whether a stream gets colour. */
export interface ColorConditions {
  /** `process.env`, or the part of it that counts. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isTTY: boolean;
}

/**
 * Decides whether to write colour: `FORCE_COLOR` (not 0 or false) yes, `FORCE_COLOR=0|false` no, else `NO_COLOR` (not empty)
 * no, else only on a terminal that is not `TERM=dumb`. As Node's own streams do (https://no-color.org, https://force-color.org).
 */
export function wantsColor({ environment, isTTY }: ColorConditions): boolean {
  const force = environment['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  const no = environment['NO_COLOR'];
  if (no !== undefined && no !== '') return false;
  return isTTY && environment['TERM'] !== 'dumb';
}

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'magenta' | 'cyan';

/** Puts a style around a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

const codes: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  magenta: [35, 39],
  cyan: [36, 39],
};

/** Returns the painter for a stream: SGR codes of the 16-colour palette, or nothing at all. */
export function painter(color: boolean): Paint {
  if (!color) return (_style, text) => text;
  return (style, text) => {
    const [on, off] = codes[style];
    return text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
  };
}
