// The gate: format, types, boundaries, dead code, lint and the unit tests, two at a time (the format takes as long as the others);
// after a failure nothing new is begun.
import { spawn } from 'node:child_process';

const checks = ['check:format', 'check:types', 'check:boundaries', 'check:dead', 'check:lint', 'test:unit'];
const atOnce = 2;

/** Runs an npm script; its output is printed when it ends, so that two do not mix. */
function run(script) {
  return new Promise((done) => {
    const started = performance.now();
    const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const output = Buffer.concat(chunks).toString();
      if (code !== 0) process.stdout.write(output);
      else if (script === 'test:unit') console.log(output.trimEnd().split('\n').slice(-4).join('\n'));
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
process.exit(fine ? 0 : 1);
