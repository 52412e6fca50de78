/** A stretch of a YAML stream that can be parsed by itself: whole documents. */
export interface Section {
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts a stream before each `---` line, where no quoted or block text can go on in YAML. Directives stay with their document.
 *
 * Returns offsets that cover the text without a hole; a text without markers is one section. Linear.
 */
export function splitSections(text: string): Section[] {
  const sections: Section[] = [];
  let start = 0;
  let from = 0;
  for (;;) {
    const found = text.indexOf('\n---', from);
    if (found < 0) break;
    from = found + 4;
    if (!endsMarker(text.charCodeAt(from)) || holdsDirective(text, start, found + 1)) continue;
    sections.push({ start, end: found + 1 });
    start = found + 1;
  }
  sections.push({ start, end: text.length });
  return sections;
}

function endsMarker(code: number): boolean {
  return Number.isNaN(code) || code === 32 || code === 9 || code === 10 || code === 13;
}

/** True where the last thing before the marker is a directive (`%YAML 1.2`), which opens the document that follows. */
function holdsDirective(text: string, start: number, end: number): boolean {
  // Lines from the last one upwards: what is neither blank nor a comment decides.
  for (let lineEnd = end - 1; lineEnd >= start;) {
    const lineStart = lineEnd === start ? start : Math.max(start, text.lastIndexOf('\n', lineEnd - 1) + 1);
    const first = text.charCodeAt(lineStart);
    if (first === 37) return true;
    const blank = lineStart >= lineEnd || first === 35 || first === 13 || first === 32;
    const line = blank ? text.slice(lineStart, lineEnd).trim() : 'content';
    if (line !== '' && !line.startsWith('#')) return false;
    lineEnd = lineStart - 1;
  }
  return false;
}
