import type { Difference, Rehearsal, Who } from '../rehearsal.ts';

/** `1 request`, `12 345 requests`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

/** A share, cut and not rounded: what is not all never reads as 100 %. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${String(Math.floor((part / whole) * 10_000) / 100)} %`;
}

/** From when to when. */
export function span(first: string, last: string): string {
  if (first === '') return '';
  const short = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)}`;
  return first.slice(0, 10) === last.slice(0, 10) && first !== last
    ? `${short(first)} to ${last.slice(11, 16)} UTC`
    : first === last
      ? `${short(first)} UTC`
      : `${short(first)} to ${short(last)} UTC`;
}

/** Who, with the kind of caller where the name does not tell. */
export function whoText({ user, as, kind, pod }: Who): string {
  const name = user === '' ? 'nobody' : user;
  const kindly =
    kind === 'person' ? ' (a person)' : kind === 'system component' && !user.startsWith('system:') ? ' (system)' : '';
  return `${name}${kindly}${as === undefined ? '' : ` as ${as}`}${pod === undefined ? '' : `, pod ${pod}`}`;
}

/** What becomes of a request or a pod. */
export const outcomeWords: Readonly<Record<Difference['kind'], string>> = {
  refused: 'refused (403)',
  'turned away': 'turned away (401)',
  object: 'does not start again',
  opened: 'opened: allowed where it is refused today',
};

/** What this log and this cluster leave open, a line each. */
export function limitsOf({ coverage, assumptions }: Rehearsal): readonly string[] {
  const { truncated, openWatches, silence, namesGroups, recordsDecisions, sources } = coverage;
  return [
    ...assumptions,
    ...(recordsDecisions ? [] : ['the log does not name decisions: they are read from its status codes']),
    ...(namesGroups ? [] : ['the log names no groups of its users: what a group allows is not seen']),
    ...(truncated > 0 ? [`${plural(truncated, 'event')} lost their bodies for their size`] : []),
    ...(openWatches > 0 ? [`${plural(openWatches, 'watch', 'watches')} had not ended when the log does`] : []),
    ...(silence === undefined ? [] : [`no event at all ${span(silence.from, silence.to)}`]),
    ...sources.flatMap(({ source, unreadable, lacks }) => [
      ...(unreadable > 0 ? [`${source}: ${plural(unreadable, 'piece')} could not be read`] : []),
      ...(lacks.length > 0 ? [`${source} lacks ${lacks.join(', ')}`] : []),
    ]),
  ];
}
