import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** A server of the testbed, its output captured. */
export interface ServerProcess {
  readonly name: string;
  /** Everything it wrote to stdout and stderr so far. */
  log(): string;
  /** Exit code, or `undefined` while it runs. */
  exitCode(): number | undefined;
  /** Kills it (SIGTERM with `graceful`, followed by SIGKILL after ten seconds) and waits for its end. */
  stop(graceful?: boolean): Promise<void>;
}

/**
 * Kills what a control plane started when the process that started it is gone, however it went: a shell that reads process ids from
 * a pipe, and at its end kills them and removes the folder.
 */
export class Watchdog {
  readonly #shell: ChildProcess;

  constructor(folder: string) {
    const script =
      'trap "" INT TERM HUP; pids=; while read -r pid; do pids="$pids $pid"; done; [ -z "$pids" ] || kill -9 $pids 2>/dev/null; rm -rf "$1"';
    this.#shell = spawn('sh', ['-c', script, 'watchdog', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#shell.unref();
  }

  watch(pid: number): void {
    this.#shell.stdin?.write(`${pid}\n`);
  }

  /** Ends the watch: kills what is still there and removes the folder. */
  release(): Promise<void> {
    return new Promise((resolve) => {
      this.#shell.once('close', () => resolve());
      this.#shell.stdin?.end();
    });
  }
}

/** Starts a server under a watchdog. */
export function startServer(
  name: string,
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly watchdog: Watchdog },
): ServerProcess {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid !== undefined) options.watchdog.watch(child.pid);
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  let code: number | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      chunks.push(`${error.message}\n`);
      code = 127;
      resolve();
    });
    child.once('close', (status, signal) => {
      code = status ?? (signal === null ? 1 : 128);
      resolve();
    });
  });
  return {
    name,
    log: () => chunks.join(''),
    exitCode: () => code,
    stop: async (graceful = false) => {
      if (code === undefined) child.kill(graceful ? 'SIGTERM' : 'SIGKILL');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Asks the system for ports on loopback that nobody uses; they are distinct. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** What a program printed before it ended. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; killed after `timeout` milliseconds (code 124). Never rejects for a program that failed. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: {
    readonly stdin?: string;
    readonly timeout?: number;
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
  } = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let stdout = '';
    let stderr = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, options.timeout ?? 60_000);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.stdin.on('error', () => undefined).end(options.stdin ?? '');
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: late ? 124 : (code ?? 128), stdout, stderr });
    });
  });
}
