// plugins.data.json: admission plug-ins in the order of execution, [name, minors compiled in [from, to], minors on by default [from, to] or null].

import { lastMinor, firstMinor } from './flags.mjs';

/** Reads the table "Admission plug-ins" of a catalogue page: rows `| # | Name | ● | ○ | … |`, the head names the minors. */
export function pluginTable(markdown) {
  const lines = markdown.split('\n');
  const head = lines.findIndex((line) => line.startsWith('| # | Plug-in |'));
  const minors = cells(lines[head])
    .slice(2)
    .map((text) => Number(text.replace('1.', '')));
  const rows = [];
  for (const line of lines.slice(head + 2)) {
    const [number, name, ...marks] = cells(line);
    if (!/^\d+$/.test(number ?? '')) break;
    const here = minors.filter((minor, i) => minor >= firstMinor && minor <= lastMinor && (marks[i] ?? '') !== '');
    const on = minors.filter((minor, i) => minor >= firstMinor && minor <= lastMinor && marks[i] === '●');
    if (here.length > 0) rows.push([name, range(here), on.length === 0 ? null : range(on)]);
  }
  return rows;
}

function cells(line) {
  return line
    .split('|')
    .slice(1, -1)
    .map((text) => text.trim());
}

function range(minors) {
  const from = minors[0];
  const to = minors.at(-1);
  if (to - from + 1 !== minors.length) throw new Error(`plug-in with a hole in its minors: ${minors.join(' ')}`);
  return [from, to];
}

/** What a help text says: { on: plug-ins on by default, all: names that the server knows }, both sorted. */
export function pluginsInHelp(help) {
  const text = /--enable-admission-plugins strings\s+([\s\S]*?)\n\s+--/.exec(help)?.[1] ?? '';
  const on = /default enabled ones \(([^)]*)\)/.exec(text)?.[1] ?? '';
  const all = /Comma-delimited list of admission plugins: ([^.]*)\./.exec(text)?.[1] ?? '';
  return { on: on.split(', ').sort(), all: all.split(', ').sort() };
}
