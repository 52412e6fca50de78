// Control characters, line separators and the marks that reorder text on screen: an object's name must not steer a terminal.
// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/g;

/**
 * Makes a text safe to print on one line: line ends and tabs become spaces, other control characters and marks that
 * reorder text are written as `\u001b`.
 */
export function printable(text: string): string {
  return text
    .replaceAll(/[\t\n\r]+/g, ' ')
    .replaceAll(unprintable, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** As `printable`, but keeps line ends: for remedies and other texts of several lines. Tabs become two spaces. */
export function printableLines(text: string): string[] {
  return text
    .replaceAll('\t', '  ')
    .split(/\r\n|\n|\r/)
    .map((line) => printable(line));
}

/** Replaces halves of surrogate pairs that stand alone by U+FFFD: such text can neither be encoded as UTF-8 nor as a URI. */
export function wellFormed(text: string): string {
  return text.replaceAll(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}
