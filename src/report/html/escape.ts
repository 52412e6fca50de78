import { wellFormed } from '../printable.ts';

/** Escapes a text for HTML, inside elements and quoted attributes. */
export function escapeHtml(text: string): string {
  return wellFormed(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** JSON for a `script` element: `<` can neither end the element nor open a comment. */
export function embedJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`);
}
