import type { KeptFinding, Plan, PlanGroup } from '../plan.ts';

const mostGroups = 14;

/** One screen about a plan: its groups, what restarts, what stays, and what to do next. Plain text. */
export function planSummary(plan: Plan, folder: string): string {
  const { groups, kept } = plan;
  if (groups.length === 0) return [`Nothing is to be changed; wrote ${folder}/PLAN.md`, ...staysLines(kept), ''].join('\n');
  const changes = groups.reduce((sum, group) => sum + group.changes.length, 0);
  const shown = groups.slice(0, mostGroups);
  const rest = groups.length - shown.length;
  const restarts = new Set(
    groups.flatMap((group) => group.restarts.map(({ host, component }) => (host === '' ? component : `${component} on ${host}`))),
  );
  return [
    `${counted(groups.length, 'group')} with ${counted(changes, 'change')}; wrote ${folder}/PLAN.md`,
    '',
    ...shown.map(groupLine),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    '',
    restarts.size === 0
      ? 'Nothing restarts.'
      : `Restarts: ${[...restarts].slice(0, 6).join(', ')}${restarts.size > 6 ? ` and ${restarts.size - 6} more` : ''}`,
    ...staysLines(kept),
    '',
    `Next: bulwark sandbox ${folder}    does the API server start with it, who is refused?`,
    `      bulwark apply ${folder}      one group at a time, with the way back`,
    '',
  ].join('\n');
}

function groupLine(group: PlanGroup): string {
  const hand = group.byHand === undefined && group.changes.every(({ change }) => change.kind !== 'manual') ? '' : ', by hand';
  return `  ${group.id.padEnd(4)} ${printable(group.title)} (${counted(group.changes.length, 'change')}${hand})`;
}

function staysLines(kept: readonly KeptFinding[]): readonly string[] {
  const count = (kind: KeptFinding['kind']): number => kept.filter((one) => one.kind === kind).length;
  const proposed = [...new Set(kept.filter((one) => one.kind === 'proposed').map((one) => one.control))];
  const lines = [
    ...(count('none') === 0
      ? []
      : [
          `Stays: ${counted(count('none'), 'finding')} without a native change, ${counted(count('stays'), 'finding')} mended in part (PLAN.md says why)`,
        ]),
    ...(count('none') > 0 || count('stays') === 0
      ? []
      : [`Stays: ${counted(count('stays'), 'finding')} mended in part (PLAN.md says why)`]),
    ...(count('waived') === 0 ? [] : [`Waived: ${counted(count('waived'), 'finding')}`]),
    ...(proposed.length === 0
      ? []
      : [
          `An owner decides: ${proposed.slice(0, 4).join(', ')}${proposed.length > 4 ? ` and ${proposed.length - 4} more` : ''} (plan them with --only)`,
        ]),
  ];
  return lines;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
}
