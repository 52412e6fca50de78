// Runs `encryption rotate` and kills itself with SIGKILL at its nth step: what a power cut leaves behind. Arguments: the number (0: never), and
// the options as JSON.
import { rotateCommand } from '../../src/cli/run-encryption-rotate.ts';
import type { RotateOptions } from '../../src/cli/run-encryption-rotate.ts';

const [, , stopAt = '0', options = '{}'] = process.argv;
let steps = 0;
process.exitCode = await rotateCommand(JSON.parse(options) as RotateOptions, () => {
  if (++steps === Number(stopAt)) process.kill(process.pid, 'SIGKILL');
}).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 2;
});
