// The gate: format, lint, types, boundaries and dead code, two at a time, then the unit tests; the first failure ends it.
import { spawn } from 'node:child_process';

const checks = ['check:format', 'check:lint', 'check:types', 'check:boundaries', 'check:dead'];
const atOnce = 2;

/** Runs an npm script; its output is printed when it ends, so that two do not mix. */
function run(script, live = false) {
  return new Promise((done) => {
    const started = performance.now();
    const child = spawn('npm', ['run', '--silent', script], { stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      if (code !== 0) process.stdout.write(Buffer.concat(chunks));
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${script} (${seconds} s)`);
      done(code === 0);
    });
  });
}

const waiting = [...checks];
let fine = true;
async function worker() {
  for (let script = waiting.shift(); script !== undefined && fine; script = waiting.shift()) fine = (await run(script)) && fine;
}
await Promise.all(Array.from({ length: atOnce }, worker));
if (fine) fine = await run('test:unit', true);
process.exit(fine ? 0 : 1);
