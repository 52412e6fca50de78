import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';

/** What one run of the program left behind. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  /** A program, with its first words, that starts Bulwark: `setpriv …`. */
  readonly through?: readonly string[];
  /** A copy of the program, where the built one cannot be read. */
  readonly program?: string;
}

export const root = join(import.meta.dirname, '../..');
export const now = '2026-11-26T12:00:00Z';

/** The built program. */
export function bundledProgram(): string {
  return join(inject('bundle'), 'bulwark.js');
}

/** Runs the built program. It sees no kubeconfig and no terminal but what `surroundings` gives. */
export function bulwark(words: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  const [program = process.execPath, ...first] = [
    ...(surroundings.through ?? []),
    process.execPath,
    surroundings.program ?? bundledProgram(),
    ...words,
  ];
  const { NO_COLOR: _no, FORCE_COLOR: _force, KUBECONFIG: _config, ...inherited } = process.env;
  const env = { ...inherited, HOME: '/nonexistent', TZ: 'UTC', ...surroundings.env };
  return new Promise((resolve) => {
    const child = execFile(
      program,
      first,
      { cwd: surroundings.cwd ?? root, env, maxBuffer: 512 * 1024 * 1024, encoding: 'utf8' },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, stdout, stderr }),
    );
    // A program that ends before it has read its input closes the pipe.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(surroundings.input ?? '');
  });
}

/** Makes a folder with these files (path → text) and gives its path and a way to remove it. */
export function folderWith(files: Readonly<Record<string, string | Buffer>>): {
  readonly path: string;
  readonly remove: () => void;
} {
  const path = mkdtempSync(join(tmpdir(), 'bulwark-cli-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
