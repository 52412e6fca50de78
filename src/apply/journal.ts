import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ObjectReference } from '../cluster/change.ts';
import type { ComponentName } from '../cluster/component.ts';
import type { JsonObject } from '../cluster/json.ts';
import { isObject } from '../cluster/json.ts';
import { ApplyStop, systemMessage } from './apply-stop.ts';
import type { StepHook } from './durable-files.ts';
import type { Baseline } from './gate/gate.ts';
import { replaceFile, stateOfPath, syncFolder } from './durable-files.ts';

/** Version of the journal's format; a newer one is refused. */
export const journalFormatVersion = 1;

/** A file as it was or is: its bytes are kept in the run's folder under `backup`. */
export type FileImage =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'file';
      readonly sha256: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly backup?: string;
    };

/** One change of the outside world, with what is needed to take it back. */
export type Action =
  | { readonly kind: 'file'; readonly path: string; readonly before: FileImage; readonly after: FileImage }
  /** A folder that was made. */
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | {
      readonly kind: 'object';
      readonly operation: 'apply' | 'patch' | 'delete';
      readonly object: ObjectReference;
      readonly before: JsonObject | null;
      /** What an apply or a patch says. */
      readonly wanted: JsonObject | null;
    }
  | { readonly kind: 'rewrite'; readonly apiGroup: string; readonly resource: string }
  | { readonly kind: 'manual'; readonly title: string };

/** A component that a group restarts, and where its static pod manifest lies on its host. */
export interface Restart {
  readonly host: string;
  readonly component: ComponentName;
  readonly manifest: string;
}

/** A line of a journal, in the order in which things happen. */
export type JournalRecord =
  | {
      readonly kind: 'run';
      readonly formatVersion: number;
      readonly run: string;
      readonly plan: string;
      /** Digest of the plan: a run is resumed with the same one. */
      readonly planSha256: string;
      readonly host: string;
      readonly root: string;
      readonly at: string;
      readonly only?: readonly string[];
    }
  /** Begun; `baseline`: how things were before it, for the gate. */
  | {
      readonly kind: 'group';
      readonly group: string;
      readonly at: string;
      readonly baseline: Baseline | null;
      readonly restarts: readonly Restart[];
    }
  /** Written and synced before the change is made. */
  | { readonly kind: 'intent'; readonly group: string; readonly id: string; readonly action: Action }
  /** After it; `after`: the object as the server answered it. */
  | { readonly kind: 'done'; readonly group: string; readonly id: string; readonly after?: JsonObject | null }
  | { readonly kind: 'gate'; readonly group: string; readonly ok: boolean; readonly why: readonly string[]; readonly at: string }
  | { readonly kind: 'group-done'; readonly group: string; readonly at: string }
  /** The group is being taken back: because its gate failed, or because a person asked for it. */
  | { readonly kind: 'undo'; readonly group: string; readonly by: 'gate' | 'rollback'; readonly why: string; readonly at: string }
  /** On the way back a file has this content for a while (encryption: identity writes, the old provider still reads). */
  | { readonly kind: 'passage'; readonly group: string; readonly path: string; readonly sha256: string }
  | { readonly kind: 'undone'; readonly group: string; readonly id: string }
  | { readonly kind: 'group-undone'; readonly group: string; readonly at: string }
  /** Everything that the run was to do is done. */
  | { readonly kind: 'run-done'; readonly at: string }
  /** Everything that it did is taken back. */
  | { readonly kind: 'run-undone'; readonly at: string };

/** A run's folder: `journal.jsonl` and the bytes of former files in `backup/`. */
export class Journal {
  readonly folder: string;
  readonly #records: JournalRecord[];
  readonly #step: StepHook;
  #handle: number;

  /** Use {@link createJournal} or {@link openJournal}. */
  constructor(folder: string, records: JournalRecord[], handle: number, step: StepHook) {
    this.folder = folder;
    this.#records = records;
    this.#handle = handle;
    this.#step = step;
  }

  get records(): readonly JournalRecord[] {
    return this.#records;
  }

  /** The first record: what the run is. */
  get head(): Extract<JournalRecord, { kind: 'run' }> {
    const [head] = this.#records;
    if (head?.kind !== 'run') throw new ApplyStop(`${this.folder}: the journal has no head`);
    return head;
  }

  /** Appends a record and syncs it. Throws ApplyStop where it cannot be kept: then nothing may be changed either. */
  async append(record: JournalRecord): Promise<void> {
    const length = fstatSync(this.#handle).size;
    try {
      const bytes = Buffer.from(`${JSON.stringify(record)}\n`, 'utf8');
      for (let done = 0; done < bytes.length;) done += writeSync(this.#handle, bytes, done);
      fsyncSync(this.#handle);
    } catch (error) {
      try {
        ftruncateSync(this.#handle, length);
      } catch {
        // A torn last line is passed over when the journal is read.
      }
      throw new ApplyStop(`the journal cannot be written: ${systemMessage(error, join(this.folder, 'journal.jsonl'))}`);
    }
    this.#records.push(record);
    await this.#step(`after journal ${record.kind}`);
  }

  /** Keeps bytes in the run's folder (0600, synced) and returns the name to find them by. */
  async keep(id: string, bytes: Buffer): Promise<string> {
    const name = `backup/${id}`;
    const path = join(this.folder, name);
    try {
      const uid = process.getuid?.() ?? 0;
      const gid = process.getgid?.() ?? 0;
      await replaceFile(path, { bytes, mode: 0o600, uid, gid }, this.#step);
    } catch (error) {
      throw new ApplyStop(`the former file cannot be kept, so nothing was changed: ${systemMessage(error, path)}`);
    }
    return name;
  }

  /** The bytes that were kept. */
  kept(name: string): Buffer {
    const state = stateOfPath(join(this.folder, name));
    if (state.kind !== 'file') throw new ApplyStop(`${join(this.folder, name)} is not there: the former file cannot be restored`);
    return state.bytes;
  }

  close(): void {
    closeSync(this.#handle);
    this.#handle = -1;
  }
}

/** Something that knows what a run has done; a dry run has done nothing. */
export interface Recorded {
  readonly journal: { readonly records: readonly JournalRecord[] };
}

/** Starts the journal of a new run in `state`/runs/`run`. */
export async function createJournal(
  state: string,
  head: Omit<Extract<JournalRecord, { kind: 'run' }>, 'kind' | 'formatVersion'>,
  step: StepHook,
): Promise<Journal> {
  const folder = join(state, 'runs', head.run);
  try {
    mkdirSync(join(folder, 'backup'), { recursive: true, mode: 0o700 });
    const handle = openSync(join(folder, 'journal.jsonl'), 'ax', 0o600);
    for (const path of [folder, join(state, 'runs'), state]) syncFolder(path);
    const journal = new Journal(folder, [], handle, step);
    await journal.append({ kind: 'run', formatVersion: journalFormatVersion, ...head });
    return journal;
  } catch (error) {
    if (error instanceof ApplyStop) throw error;
    throw new ApplyStop(`the journal cannot be made: ${systemMessage(error, folder)}`);
  }
}

/**
 * Opens a run's journal to go on. A last line that was cut off by a crash is dropped: what it would have announced was not begun.
 * Throws ApplyStop for a journal of a newer format or one that is damaged elsewhere.
 */
export function openJournal(state: string, run: string, step: StepHook): Journal {
  const folder = join(state, 'runs', run);
  const path = join(folder, 'journal.jsonl');
  const { records, length } = readRecords(path);
  const handle = openSync(path, 'a+', 0o600);
  if (fstatSync(handle).size > length) ftruncateSync(handle, length);
  return new Journal(folder, records, handle, step);
}

function readRecords(path: string): { readonly records: JournalRecord[]; readonly length: number } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ApplyStop(`the journal cannot be read: ${systemMessage(error, path)}`);
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const records = whole
    .split('\n')
    .slice(0, -1)
    .map((line, index): JournalRecord => {
      const value = parsed(line);
      if (!isObject(value) || typeof value['kind'] !== 'string')
        throw new ApplyStop(`${path}:${index + 1}: the journal is damaged`);
      return value as unknown as JournalRecord;
    });
  const [head] = records;
  if (head !== undefined && head.kind !== 'run') throw new ApplyStop(`${path}: not a journal of Bulwark`);
  if (head !== undefined && head.formatVersion > journalFormatVersion)
    throw new ApplyStop(
      `${path} has format version ${head.formatVersion}, this program reads up to ${journalFormatVersion}: use a newer Bulwark`,
    );
  return { records, length: Buffer.byteLength(whole, 'utf8') };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

/** What became of a run. `empty`: it changed nothing. */
export type RunState = 'empty' | 'done' | 'unfinished' | 'rolling-back' | 'undone';

/** The runs of a state folder, oldest first; those whose head was never written are left out: they did nothing. */
export function listRuns(
  state: string,
): readonly { readonly run: string; readonly state: RunState; readonly records: readonly JournalRecord[] }[] {
  const folder = join(state, 'runs');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((run) => {
      const path = join(folder, run, 'journal.jsonl');
      if (!existsSync(path)) return [];
      const { records } = readRecords(path);
      return records.length === 0 ? [] : [{ run, state: stateOfRun(records), records }];
    });
}

function stateOfRun(records: readonly JournalRecord[]): RunState {
  const last = records.findLast((record) => record.kind === 'run-done' || record.kind === 'run-undone' || isRollback(record));
  if (last?.kind === 'run-done') return 'done';
  if (last?.kind === 'run-undone') return 'undone';
  if (last !== undefined) return 'rolling-back';
  return records.some(({ kind }) => kind === 'group') ? 'unfinished' : 'empty';
}

function isRollback(record: JournalRecord): boolean {
  return record.kind === 'undo' && record.by === 'rollback';
}
