import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isObject } from '../cluster/json.ts';
import { ApplyStop, systemMessage } from './apply-stop.ts';

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
  readonly command: string;
  /** Start of the process in clock ticks since boot, where the system shows it: a number that was given again is told apart. */
  readonly started: string | null;
}

/** Gives the lock back. */
export interface Lock {
  release(): void;
}

/**
 * Takes the lock of a state folder: one run at a time.
 *
 * A lock whose process is still there, or was on another host, refuses with who holds it and how to remove it. One that a dead process of
 * this host left is taken over where the caller goes on with what that process began (`takeOver`), else it is explained too.
 * Throws ApplyStop.
 */
export function takeLock(
  state: string,
  command: string,
  at: string,
  options: { readonly takeOver: boolean; readonly say: (line: string) => void },
): Lock {
  const path = join(state, 'lock');
  const own = join(state, `.lock.${process.pid}`);
  const holder: Holder = { pid: process.pid, host: hostname(), since: at, command, started: startOf(process.pid) };
  try {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    writeFileSync(own, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new ApplyStop(`the state folder cannot be used: ${systemMessage(error, state)}`);
  }
  try {
    for (let attempt = 0; ; attempt++) {
      if (linked(own, path)) return { release: () => rmSync(path, { force: true }) };
      const found = readHolder(path);
      if (found === 'gone' && attempt < 10) continue;
      if (found === 'gone' || found === 'unreadable' || !isDead(found) || !options.takeOver)
        throw new ApplyStop(explain(path, found === 'gone' ? 'unreadable' : found));
      // Renamed first: of two that take over at once only one moves this file.
      const aside = join(state, `.lock.stale.${process.pid}`);
      try {
        renameSync(path, aside);
      } catch {
        continue;
      }
      rmSync(aside, { force: true });
      options.say(`taking over from ${found.command} (process ${found.pid}, since ${found.since}), which ended without a word`);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function linked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw new ApplyStop(`the lock cannot be taken: ${systemMessage(error, path)}`);
  }
}

function readHolder(path: string): Holder | 'gone' | 'unreadable' {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return 'gone';
  }
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || typeof value['pid'] !== 'number' || typeof value['host'] !== 'string') return 'unreadable';
    return value as unknown as Holder;
  } catch {
    return 'unreadable';
  }
}

function isDead(holder: Holder): boolean {
  if (holder.host !== hostname()) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
  return holder.started !== null && startOf(holder.pid) !== holder.started;
}

/** Field 22 of /proc/PID/stat (proc(5)). */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function explain(path: string, holder: Holder | 'unreadable'): string {
  if (holder === 'unreadable') return `another run holds the lock ${path}, and it does not say which; when none runs: rm ${path}`;
  const who = `${holder.command}, process ${holder.pid} on ${holder.host}, since ${holder.since}`;
  if (isDead(holder))
    return `a run ended without giving its lock back (${who}): go on with --resume or bulwark rollback, or remove it: rm ${path}`;
  const other = holder.host === hostname() ? '' : ` (when no such process runs on ${holder.host}: rm ${path})`;
  return `another run is at work: ${who}; one runs at a time${other}`;
}
