import type { Action, Journal, JournalRecord, Restart } from './journal.ts';

/** The records of a group's last try: those after it was last taken back whole. */
export function recordsOfGroup(journal: Pick<Journal, 'records'>, group: string): readonly JournalRecord[] {
  const own = journal.records.filter((record) => 'group' in record && record.group === group);
  return own.slice(own.findLastIndex(({ kind }) => kind === 'group-undone') + 1);
}

/** A change that was begun, and whether it was finished or taken back. */
export interface BegunAction {
  readonly id: string;
  readonly action: Action;
  readonly done: boolean;
  readonly after: Extract<JournalRecord, { kind: 'done' }>['after'];
  readonly undone: boolean;
}

/** The changes of a group that were begun, in order. */
export function begunActions(journal: Pick<Journal, 'records'>, group: string): readonly BegunAction[] {
  const records = recordsOfGroup(journal, group);
  const begun = new Map<string, BegunAction>();
  for (const record of records) {
    if (record.kind === 'intent')
      begun.set(record.id, { id: record.id, action: record.action, done: false, after: undefined, undone: false });
    const former = 'id' in record ? begun.get(record.id) : undefined;
    if (former !== undefined && record.kind === 'done') begun.set(record.id, { ...former, done: true, after: record.after });
    if (former !== undefined && record.kind === 'undone') begun.set(record.id, { ...former, undone: true });
  }
  return [...begun.values()];
}

/** How far a group is. */
export type GroupState = 'new' | 'begun' | 'done' | 'undoing';

/** How far a group is by the journal. */
export function stateOfGroup(journal: Pick<Journal, 'records'>, group: string): GroupState {
  const last = recordsOfGroup(journal, group).findLast(
    ({ kind }) => kind === 'group' || kind === 'group-done' || kind === 'undo',
  );
  if (last === undefined) return 'new';
  return last.kind === 'group' ? 'begun' : last.kind === 'undo' ? 'undoing' : 'done';
}

/** Groups that were begun or done and not taken back, in the order in which they were begun. */
export function groupsInJournal(journal: Pick<Journal, 'records'>): readonly string[] {
  const groups = journal.records.flatMap((record) => (record.kind === 'group' ? [record.group] : []));
  return [...new Set(groups)].filter((group) => stateOfGroup(journal, group) !== 'new');
}

/** Every component that the run's groups restart, with the group. */
export function restartsInJournal(journal: Pick<Journal, 'records'>): readonly (Restart & { readonly group: string })[] {
  return journal.records.flatMap((record) =>
    record.kind === 'group' ? record.restarts.map((restart) => ({ ...restart, group: record.group })) : [],
  );
}
