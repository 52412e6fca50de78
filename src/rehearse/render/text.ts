import { printable } from '../../report/printable.ts';
import { wrap } from '../../report/terminal/layout.ts';
import { cautiousWidth } from '../../report/terminal/width.ts';
import type { Difference, Rehearsal } from '../rehearsal.ts';
import { limitsOf, outcomeWords, percent, plural, span, whoText } from './words.ts';

const width = 80;
/** Lists are cut to this many entries; `-o json` and `-o html` have all. */
const mostEntries = 20;

/** A text behind `first`, its further lines behind `indent`. */
function block(first: string, text: string, indent = ' '.repeat(first.length)): readonly string[] {
  // What stands before the text counts as its first word.
  const head = first.trimStart();
  const start = first.slice(0, first.length - head.length);
  const shown = printable(text);
  if (indent.length >= first.length)
    return wrap(shown, width - indent.length, cautiousWidth).map((line, at) => (at === 0 ? first : indent) + line);
  const [line = '', ...rest] = wrap(`${head}${shown}`, width - indent.length, cautiousWidth);
  return [`${start}${line}`, ...rest.map((one) => `${indent}${one}`)];
}

/** Prints a rehearsal for a terminal of 80 columns. Pure. `next`: the command to type next. */
export function renderText(rehearsal: Rehearsal, next: string): string {
  const { coverage, differences, accesses, plan } = rehearsal;
  const broken = differences.filter(({ kind }) => kind !== 'opened');
  const lines = [
    `bulwark ${rehearsal.tool.version}   Kubernetes ${plan.version ?? 'of unknown version'}   plan: ${plural(plan.groups, 'group')}, ${plural(plan.changes, 'change')}`,
    ...block('log    ', `${plural(coverage.requests, 'request')} ${span(coverage.first, coverage.last)}`),
    ...calibrationLines(rehearsal),
    `rehearsed ${plural(accesses, 'distinct access', 'distinct accesses')} in both worlds`,
    ...section('WOULD BREAK', broken, differenceLines, 'nothing that the log or the workloads show'),
    ...(broken.length === differences.length
      ? []
      : section(
          'WOULD OPEN',
          differences.filter(({ kind }) => kind === 'opened'),
          differenceLines,
        )),
    ...(rehearsal.unsettled.length === 0
      ? []
      : section('NOT KNOWN', rehearsal.unsettled, ({ why, requests, accesses: many, sample }) => [
          ...block('  ', why),
          ...block('    ', `${plural(requests, 'request')}, ${plural(many, 'access', 'accesses')}: ${sample}`),
        ])),
    ...(rehearsal.sideEffects.length === 0
      ? []
      : section('SIDE EFFECTS', rehearsal.sideEffects, ({ name, text, seen }) => [
          ...block('  ', `${name}: ${text}`, '    '),
          ...(seen.length === 0
            ? ['    in the log: nothing']
            : seen.flatMap((line) => block('    in the log: ', line, '      '))),
        ])),
    ...coverageLines(rehearsal),
    '',
    verdict(rehearsal),
    ...block('next: ', next),
  ];
  return `${lines.join('\n')}\n`;
}

function calibrationLines({ calibration }: Rehearsal): readonly string[] {
  const { requests, reproduced, undecidable, followed, disagreements } = calibration;
  if (requests === 0) return block('calibrated: ', 'the log shows no decision that could be compared');
  const how = followed === 0 ? '' : `, with ${plural(followed, 'write')} of RBAC followed in time`;
  return [
    ...block(
      'calibrated: ',
      `today's world gives ${percent(reproduced, requests)} of ${plural(requests, 'recorded decision')}${how}`,
      '  ',
    ),
    ...(undecidable === 0
      ? []
      : block('  ', `${plural(undecidable, 'request')} that only a webhook, or what was not collected, decides`)),
    ...disagreements.flatMap(({ cause, requests: many, samples }) => [
      ...block('  ', `${plural(many, 'request')} otherwise: ${cause}`),
      ...samples
        .slice(0, 1)
        .flatMap(({ who, what, recorded, today }) =>
          block('    ', `${whoText(who)}: ${what}; ${recorded} in the log, ${today} today`),
        ),
    ]),
  ];
}

function differenceLines({ id, kind, who, what, requests, first, last, userAgents, planned, causes, exception }: Difference) {
  const count = kind === 'object' ? '' : `   ${requests} ×`;
  return [
    `  ${id}  ${outcomeWords[kind]}${count}`,
    ...block('    who   ', `${whoText(who)}${userAgents[0] === undefined ? '' : `, ${userAgents[0]}`}`),
    ...block('    what  ', what),
    ...(first === '' ? [] : [`    when  ${span(first, last)}`]),
    ...(planned === '' ? [] : block('    says  ', planned)),
    ...causes
      .slice(0, 3)
      .flatMap(({ change, text, controls }) => block('    by    ', `${change} ${text} (${controls.join(', ')})`)),
    ...block('    keep  ', exception),
  ];
}

function section<T>(
  title: string,
  entries: readonly T[],
  linesOf: (entry: T) => readonly string[],
  none = 'nothing',
): readonly string[] {
  if (entries.length === 0) return ['', title, `  ${none}`];
  const more = entries.length > mostEntries ? [`  and ${entries.length - mostEntries} more: -o html or -o json shows all`] : [];
  return ['', `${title} (${entries.length})`, ...entries.slice(0, mostEntries).flatMap(linesOf), ...more];
}

function coverageLines(rehearsal: Rehearsal): readonly string[] {
  const { blind, never } = rehearsal.coverage;
  return [
    '',
    'WHAT IT CANNOT SEE',
    ...limitsOf(rehearsal).flatMap((text) => block('  - ', text)),
    ...(blind.length === 0 ? [] : block('  - not written, by the audit policy of today: ', listed(blind), '    ')),
    ...never.flatMap((text) => block('  - never in a log: ', text, '    ')),
  ];
}

/** A list cut to what a screen holds. */
function listed(texts: readonly string[]): string {
  const most = 12;
  const more = texts.length > most ? [`and ${texts.length - most} more kinds of objects`] : [];
  return [...texts.slice(0, most), ...more].join('; ');
}

function verdict({ differences, unsettled }: Rehearsal): string {
  const count = (...kinds: readonly Difference['kind'][]): number =>
    differences.filter(({ kind }) => kinds.includes(kind)).length;
  const open = unsettled.reduce((sum, { accesses }) => sum + accesses, 0);
  return `${count('refused')} refused  ${count('turned away')} turned away  ${count('object')} pods  ${count('opened')} opened  ${open} not known`;
}
