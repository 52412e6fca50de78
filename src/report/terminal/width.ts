/** How many columns a text takes on a terminal. */
export type Measure = (text: string) => number;

// Characters that take one column wherever they stand: no combining marks, no soft hyphen, nothing East Asian.
const narrow = /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u0482\u2010-\u2027]*$/;

/** Measures narrow text by its length and counts two columns for each other character: never too few. */
export function cautiousWidth(text: string): number {
  if (narrow.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += narrow.test(character) ? 1 : 2;
  return columns;
}

/**
 * Returns the measure for a text: string-width is loaded only where the text holds a character whose width is not 1, because
 * loading it costs a tenth of a scan's start.
 */
export async function measureFor(text: string): Promise<Measure> {
  if (narrow.test(text.replaceAll(/[\n\r\t]/g, ' '))) return (part) => part.length;
  const { default: stringWidth } = await import('string-width');
  return (part) => (narrow.test(part) ? part.length : stringWidth(part));
}
