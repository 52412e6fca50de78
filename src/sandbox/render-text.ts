import type { Place } from '../cluster/place.ts';
import { formatPlace } from '../cluster/place.ts';
import { printable, printableLines } from '../report/printable.ts';
import { isNewRefusal } from './compare.ts';
import type { ChangedObject, QuestionResult, RefusedObject, SandboxResult, StartResult } from './result.ts';

/** Lists are cut to this many entries; `-o json` has all. */
const mostEntries = 50;

/** Prints a sandbox's result for a terminal: what starts, what is refused or changed, what may be done, what was not proved. Pure. */
export function renderSandbox(result: SandboxResult): string {
  const { objects } = result;
  const broken = objects.refused.filter(isNewRefusal);
  const already = objects.refused.filter((object) => !isNewRefusal(object));
  const lines = [
    `Sandbox: kube-apiserver ${printable(result.server)} with etcd on loopback`,
    ...result.warnings.map((warning) => `  note: ${printable(warning)}`),
    '',
    'Starts',
    ...result.starts.flatMap(startLines),
    ...(objects.asked === 0 ? [] : ['', `Objects: ${objects.accepted} of ${objects.asked} accepted`]),
    ...section(isCompared(result) ? 'refused, though accepted today or made by the plan' : 'refused', broken, refusedLines),
    ...section('refused today already', already, refusedLines),
    ...section('not known: the sandbox cannot ask', objects.unknown, refusedLines),
    ...section('refused today, accepted by the planned server', objects.mended, (name) => [`    ${printable(name)}`]),
    ...section('changed', objects.changed, changedLines),
    ...section('warned about', objects.warned, ({ object, warning }) => [`    ${printable(object)}: ${printable(warning)}`]),
    ...section('not asked about', objects.skipped, ({ kind, count, why }) => [`    ${count} ${printable(kind)}: ${why}`]),
    ...(objects.standIns.length === 0
      ? []
      : [`  stand-ins for objects that nobody collected: ${listed(objects.standIns.map((name) => printable(name)))}`]),
    ...(result.questions.length === 0 ? [] : ['', 'Questions', ...result.questions.map(questionLine)]),
    ...noteLines(result),
    ...keptLines(result),
    '',
    verdict(result, broken.length),
  ];
  return `${lines.join('\n')}\n`;
}

function isCompared({ starts }: SandboxResult): boolean {
  return starts.some(({ world }) => world === 'planned');
}

function startLines({ world, host, starts, message, place, seenBy }: StartResult): string[] {
  const head = `  ${world === 'today' ? 'today  ' : 'planned'}${host === '' ? '' : `  ${printable(host)}`}  ${starts ? 'starts' : 'does not start'}`;
  if (message === undefined) return [head];
  const who = seenBy === 'manifest' ? 'on the host' : 'it says';
  const [first = '', ...rest] = printableLines(message);
  return [head, `    ${who}: ${first}`, ...rest.map((line) => `      ${line}`), ...placeLines(place)];
}

function placeLines(place: Place | undefined): string[] {
  return place === undefined ? [] : [`    at ${printable(formatPlace(place))}`];
}

function section<T>(title: string, entries: readonly T[], linesOf: (entry: T) => readonly string[]): string[] {
  if (entries.length === 0) return [];
  const more = entries.length > mostEntries ? [`    and ${entries.length - mostEntries} more`] : [];
  return [`  ${title} (${entries.length})`, ...entries.slice(0, mostEntries).flatMap(linesOf), ...more];
}

function refusedLines({ object, place, message }: RefusedObject): string[] {
  const where = place === undefined ? '' : `  ${printable(formatPlace(place))}`;
  return [`    ${printable(object)}${where}`, `      ${printable(message)}`];
}

function changedLines({ object, by, fields, more }: ChangedObject): string[] {
  return [
    `    ${printable(object)}, by ${by === 'plan' ? 'the plan' : 'the planned server'}`,
    ...fields.map(({ path, before, after }) => {
      const change = `${before ?? '(absent)'} → ${after ?? '(absent)'}`;
      return `      ${printable(path)}: ${printable(change)}`;
    }),
    ...(more === 0 ? [] : [`      and ${more} more fields`]),
  ];
}

function questionLine({ question, today, planned, changes }: QuestionResult): string {
  const word = (answer: QuestionResult['today']): string => (answer === undefined ? 'not known' : answer.allowed ? 'yes' : 'no');
  const answers = planned === undefined && !changes ? word(today) : `${word(today)} → ${word(planned)}`;
  const reason = (planned ?? today)?.reason ?? '';
  return `  ${changes ? '! ' : '  '}${printable(question)}: ${answers}${reason === '' ? '' : `  (${printable(reason)})`}`;
}

function noteLines({ starts }: SandboxResult): string[] {
  const last = starts.at(-1);
  if (last === undefined || last.notes.length === 0) return [];
  return ['', 'Not as on the host', ...last.notes.map(({ flag, note }) => `  --${printable(flag)}: ${printable(note)}`)];
}

function keptLines({ kept }: SandboxResult): string[] {
  if (kept === undefined) return [];
  return ['', 'Left running', `  kubectl --kubeconfig ${kept.kubeconfig} get namespaces`, `  stop it: ${kept.stop}`];
}

function verdict({ holds, starts }: SandboxResult, broken: number): string {
  if (holds) return 'It starts, and refuses nothing that was accepted.';
  const fails = starts.some(
    (start) => !start.starts && (start.world === 'planned' || !starts.some(({ world }) => world === 'planned')),
  );
  const refusals = broken === 0 ? '' : `${broken} ${broken === 1 ? 'object is' : 'objects are'} refused.`;
  return `${fails ? 'The API server does not start. ' : ''}${refusals}`.trim();
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
