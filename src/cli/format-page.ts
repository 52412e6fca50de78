import type { Control } from '../controls/control.ts';
import { wrap } from '../report/terminal/layout.ts';

const width = 80;
const measure = (text: string): number => text.length;

/** A control's page for the terminal: a head of facts, then the page, wrapped at 80 columns; code blocks stay as they are. */
export function formatPage(control: Control, page: string): string {
  const { references } = control;
  const facts: readonly (readonly [string, string])[] = [
    ['severity', `${control.severity}${control.essential ? ', essential' : ''}`],
    ['area', control.area],
    [
      'remedy',
      control.remedy.kind === 'native'
        ? 'native: Bulwark can change it'
        : control.remedy.kind === 'owner'
          ? 'owner: a person decides'
          : 'none native',
    ],
    [
      'parameters',
      Object.entries(control.parameters)
        .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
        .join('; '),
    ],
    ['CIS', references.cis],
    ['NSA-CISA', references.nsa],
    ['OWASP', references.owasp],
    ['MITRE', references.mitre],
    ['PSS', references.pss],
    ['Kubernetes', references.doc === '' ? '' : `https://kubernetes.io${references.doc}`],
  ];
  const head = facts.filter(([, value]) => value !== '').flatMap(([name, value]) => hang(`${name.padEnd(11)}  `, value));
  return [control.id, control.title, '', ...head, '', ...pageLines(page)].join('\n').trimEnd().concat('\n');
}

function hang(label: string, text: string): string[] {
  return wrap(text, width - label.length, measure).map(
    (line, index) => `${index === 0 ? label : ' '.repeat(label.length)}${line}`,
  );
}

/** Wraps paragraphs and list items; the page's own title is left out, it stands in the head. */
function pageLines(page: string): string[] {
  const lines: string[] = [];
  let paragraph = '';
  let inCode = false;
  const flush = (): void => {
    const [, mark = '', text = ''] = /^(\s*(?:[-*]|\d+\.) )?(.*)$/s.exec(paragraph) ?? [];
    if (paragraph !== '') lines.push(...(mark === '' ? wrap(text, width, measure) : hang(mark, text)));
    paragraph = '';
  };
  for (const line of page.split('\n')) {
    if (line.startsWith('```')) {
      flush();
      inCode = !inCode;
    } else if (inCode) lines.push(`    ${line}`);
    else if (line.startsWith('# ')) continue;
    else if (line.trim() === '' || line.startsWith('#')) {
      flush();
      if (line.startsWith('#')) lines.push(line.replace(/^#+ /, '').toUpperCase());
      else if (lines.at(-1) !== '') lines.push('');
    } else if (/^\s*(?:[-*]|\d+\.) /.test(line)) {
      flush();
      paragraph = line;
    } else paragraph = paragraph === '' ? line : `${paragraph} ${line.trim()}`;
  }
  flush();
  while (lines[0] === '') lines.shift();
  return lines;
}
