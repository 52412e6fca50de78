// Runs a command as a whole process several times and takes its wall time and peak memory.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Median seconds and largest peak memory (MB, `undefined` where /usr/bin/time is absent) over `runs` runs after one that is not counted. */
export function measure(command, words, { runs = 5, timeoutMs = 300_000, warm = true } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-bench-'));
  const note = join(folder, 'time');
  const timed = existsSync('/usr/bin/time');
  const seconds = [];
  let peak = 0;
  let code;
  for (let run = warm ? -1 : 0; run < runs; run++) {
    const started = performance.now();
    const result = timed
      ? spawnSync('/usr/bin/time', ['-f', '%M', '-o', note, command, ...words], { stdio: 'ignore', timeout: timeoutMs })
      : spawnSync(command, words, { stdio: 'ignore', timeout: timeoutMs });
    if (result.error?.code === 'ETIMEDOUT') {
      rmSync(folder, { recursive: true });
      return { timedOut: timeoutMs / 1000 };
    }
    code = result.status;
    if (run < 0) continue;
    seconds.push((performance.now() - started) / 1000);
    if (timed) peak = Math.max(peak, Number(readFileSync(note, 'utf8').trim().split('\n').at(-1)) / 1024);
  }
  rmSync(folder, { recursive: true });
  seconds.sort((a, b) => a - b);
  return {
    seconds: seconds[Math.floor(seconds.length / 2)],
    fastest: seconds[0],
    slowest: seconds.at(-1),
    megabytes: timed ? peak : undefined,
    code,
  };
}

/** The path of a program on PATH or in Go's folder of programs; `undefined` where it is not installed. */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(process.env.HOME ?? '', 'go/bin')];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
