import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** A server, its output captured. */
export interface ServerProcess {
  readonly name: string;
  /** Absent where it could not be started. */
  readonly pid: number | undefined;
  /** Everything it wrote to stdout and stderr so far. */
  log(): string;
  /** Exit code, or `undefined` while it runs. */
  exitCode(): number | undefined;
  /** Kills it (SIGTERM with `graceful`, followed by SIGKILL after ten seconds) and waits for its end. */
  stop(graceful?: boolean): Promise<void>;
  /** Lets this process end before it. */
  leave(): void;
}

/**
 * Kills what a control plane started when the process that started it is gone, however it went: a shell that reads process ids from
 * a pipe, and at its end kills them and removes the folder.
 */
export class Watchdog {
  readonly #shell: ChildProcess;

  constructor(folder: string) {
    const script =
      'trap "" INT TERM HUP; pids=; while read -r pid; do [ "$pid" = leave ] && exit 0; pids="$pids $pid"; done; [ -z "$pids" ] || kill -9 $pids 2>/dev/null; rm -rf "$1"';
    this.#shell = spawn('sh', ['-c', script, 'watchdog', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#shell.unref();
  }

  watch(pid: number): void {
    this.#shell.stdin?.write(`${pid}\n`);
  }

  /** Ends the watch: kills what is still there and removes the folder. */
  release(): Promise<void> {
    return this.#end('');
  }

  /** Ends the watch and leaves processes and folder as they are. */
  leave(): Promise<void> {
    return this.#end('leave\n');
  }

  #end(lastWord: string): Promise<void> {
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#shell.ref();
      this.#shell.once('close', () => resolve());
      this.#shell.stdin?.end(lastWord);
    });
  }
}

/** How a server is started. */
export interface ServerOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly watchdog: Watchdog;
  /** The server gets `env` alone, nothing of this process's environment. */
  readonly ownEnvironment?: boolean;
  /** A file for its output, so that it may outlive this process; without one the output stays in memory. */
  readonly logFile?: string;
}

/** Starts a server under a watchdog. */
export function startServer(name: string, program: string, args: readonly string[], options: ServerOptions): ServerProcess {
  const { logFile } = options;
  const output = logFile === undefined ? undefined : openSync(logFile, 'a', 0o600);
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.ownEnvironment === true ? { ...options.env } : { ...process.env, ...options.env },
    stdio: ['ignore', output ?? 'pipe', output ?? 'pipe'],
    detached: true,
  });
  if (output !== undefined) closeSync(output);
  if (child.pid !== undefined) options.watchdog.watch(child.pid);
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
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
    pid: child.pid,
    log: () => (logFile === undefined ? '' : readFileSync(logFile, 'utf8')) + chunks.join(''),
    exitCode: () => code,
    stop: async (graceful = false) => {
      if (code === undefined) child.kill(graceful ? 'SIGTERM' : 'SIGKILL');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    },
    leave: () => child.unref(),
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
