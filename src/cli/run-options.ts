import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { GateLimits } from '../apply/gate/gate.ts';

/** What apply and rollback share. */
export interface RunOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly root: string;
  readonly state?: string;
  /** Milliseconds. */
  readonly gateTimeout: number;
  readonly yes: boolean;
}

/** The folder of journals: the one named, `/var/lib/bulwark` for root, else the user's own (XDG base directories). */
export function stateFolder({ state }: Pick<RunOptions, 'state'>): string {
  if (state !== undefined) return state;
  if (process.getuid?.() === 0) return '/var/lib/bulwark';
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'bulwark');
}

/** How the gate looks: every second, and all must have been well for three. */
export function gateLimits({ gateTimeout }: Pick<RunOptions, 'gateTimeout'>): GateLimits {
  return { timeoutMs: gateTimeout, intervalMs: 1000, settleMs: 3000 };
}

/** Asks on the terminal; with --yes the answer is yes, and where nobody can be asked it is no. */
export function asker({ yes }: Pick<RunOptions, 'yes'>): (question: string) => Promise<boolean> {
  return async (question) => {
    if (yes) return true;
    if (!process.stdin.isTTY) return false;
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return /^y(?:es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
    } finally {
      terminal.close();
    }
  };
}

/** Steps of a run are points where tests end the process; here nothing happens at them. */
export function noStep(): void {
  return undefined;
}
