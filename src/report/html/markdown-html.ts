import { escapeHtml } from './escape.ts';

// The Markdown of a control's page: headings, paragraphs, lists, tables, fenced code; inline code, strong, emphasis, links.
// Everything else stays text: nothing of a page can become markup that is not listed here.

/** Turns a control's page into HTML. `level` is the level of its second-rank headings; its title (`#`) is left out. */
export function markdownToHtml(markdown: string, level: number): string {
  const lines = markdown.split(/\r?\n/);
  const html: string[] = [];
  let at = 0;
  while (at < lines.length) {
    const [block, next] = readBlock(lines, at, level);
    html.push(block);
    at = next;
  }
  return html.join('');
}

type Block = readonly [html: string, next: number];

function readBlock(lines: readonly string[], at: number, level: number): Block {
  const line = lines[at] ?? '';
  const fence = /^\s*(```+|~~~+)/.exec(line)?.[1];
  if (fence !== undefined) return readFence(lines, at, fence);
  const heading = /^(#{1,6})\s+(.*)$/.exec(line);
  if (heading !== null) {
    const depth = (heading[1] ?? '').length;
    const rank = Math.min(6, level + depth - 2);
    return [depth === 1 ? '' : `<h${rank}>${inline(heading[2] ?? '')}</h${rank}>`, at + 1];
  }
  if (line.trim() === '') return ['', at + 1];
  if (/^\s*\|/.test(line) && /^\s*\|[\s:|-]+\|\s*$/.test(lines[at + 1] ?? '')) return readTable(lines, at);
  if (listMark.test(line)) return readList(lines, at);
  return readParagraph(lines, at);
}

function readFence(lines: readonly string[], at: number, fence: string): Block {
  let end = at + 1;
  while (end < lines.length && !(lines[end] ?? '').trim().startsWith(fence)) end += 1;
  return [`<pre tabindex="0"><code>${escapeHtml(lines.slice(at + 1, end).join('\n'))}</code></pre>`, end + 1];
}

const listMark = /^\s*(?:[-*+]|\d+[.)])\s+/;

function readList(lines: readonly string[], at: number): Block {
  const tag = /^\s*\d/.test(lines[at] ?? '') ? 'ol' : 'ul';
  const items: string[] = [];
  let end = at;
  for (; end < lines.length; end += 1) {
    const line = lines[end] ?? '';
    if (listMark.test(line)) items.push(line.replace(listMark, ''));
    else if (/^\s+\S/.test(line)) items.push(`${items.pop() ?? ''} ${line.trim()}`);
    else break;
  }
  return [`<${tag}>${items.map((item) => `<li>${inline(item)}</li>`).join('')}</${tag}>`, end];
}

function readTable(lines: readonly string[], at: number): Block {
  const cells = (line: string): string[] =>
    line
      .trim()
      .replace(/^\||(?<!\\)\|$/g, '')
      .split(/(?<!\\)\|/)
      .map((cell) => inline(cell.trim().replaceAll(String.raw`\|`, '|')));
  const row = (line: string, open: string, close: string): string =>
    `<tr>${cells(line)
      .map((cell) => open + cell + close)
      .join('')}</tr>`;
  let end = at + 2;
  const rows: string[] = [];
  for (; end < lines.length && /^\s*\|/.test(lines[end] ?? ''); end += 1) rows.push(row(lines[end] ?? '', '<td>', '</td>'));
  return [
    `<div class="scroll" tabindex="0"><table><thead>${row(lines[at] ?? '', '<th scope="col">', '</th>')}</thead><tbody>${rows.join('')}</tbody></table></div>`,
    end,
  ];
}

function readParagraph(lines: readonly string[], at: number): Block {
  let end = at + 1;
  const starts = (line: string): boolean =>
    line.trim() === '' || /^#{1,6}\s/.test(line) || /^\s*(?:```|~~~|\|)/.test(line) || listMark.test(line);
  while (end < lines.length && !starts(lines[end] ?? '')) end += 1;
  return [`<p>${inline(lines.slice(at, end).join(' '))}</p>`, end];
}

function inline(text: string): string {
  // Code spans first: nothing inside one is markup.
  return text
    .split(/(`+[^`]+`+)/)
    .map((part) => (/^`+[^`]+`+$/.test(part) ? `<code>${escapeHtml(part.replaceAll('`', '').trim())}</code>` : prose(part)))
    .join('');
}

function prose(text: string): string {
  return escapeHtml(text)
    .replaceAll(/\[([^\]]+)\]\(([^()\s]+)\)/g, (_match, label: string, target: string) =>
      /^https?:\/\//.test(target) ? `<a href="${target}" rel="noreferrer">${label}</a>` : label,
    )
    .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replaceAll(/(?<![\w*])[*_]([^*_]+)[*_](?![\w*])/g, '<em>$1</em>');
}
