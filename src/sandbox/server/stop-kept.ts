import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isObject, listAt } from '../../cluster/json.ts';
import type { Json } from '../../cluster/json.ts';
import { stateFile } from './sandbox-servers.ts';

export type StoppedSandbox = { readonly kind: 'stopped' } | { readonly kind: 'refused'; readonly message: string };

/**
 * Stops a sandbox that was left running and removes its folder with the keys. Only processes that still carry the folder in their command
 * line are ended: a number that another program has by now is left alone. Refused for a folder that is no sandbox's.
 */
export async function stopKept(folder: string): Promise<StoppedSandbox> {
  const dir = resolve(folder);
  const pids = processesOf(dir);
  if (pids === undefined) return { kind: 'refused', message: `${folder}: not the folder of a sandbox that was left running` };
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const pid of pids.filter((candidate) => isOurs(candidate, dir))) tryKill(pid, signal);
    const deadline = Date.now() + 10_000;
    while (pids.some((pid) => isOurs(pid, dir)) && Date.now() < deadline) await new Promise((wake) => setTimeout(wake, 100));
  }
  if (pids.some((pid) => isOurs(pid, dir))) return { kind: 'refused', message: `${folder}: its processes cannot be ended` };
  rmSync(dir, { recursive: true, force: true });
  return { kind: 'stopped' };
}

function processesOf(dir: string): readonly number[] | undefined {
  try {
    const state = JSON.parse(readFileSync(join(dir, stateFile), 'utf8')) as Json;
    if (!isObject(state) || state['kind'] !== 'bulwark-sandbox' || state['formatVersion'] !== 1) return undefined;
    return listAt(state['processes']).flatMap((entry) => {
      const pid = isObject(entry) ? entry['pid'] : undefined;
      return typeof pid === 'number' && Number.isInteger(pid) && pid > 1 ? [pid] : [];
    });
  } catch {
    return undefined;
  }
}

function isOurs(pid: number, dir: string): boolean {
  return commandLineOf(pid).includes(`${dir}/`);
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // Systems without /proc.
  }
  try {
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}
