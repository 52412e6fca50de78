import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

// Each file has a folder of its own for temporary files: two files run at once, and some look for what was left behind.
const former = process.env['TMPDIR'];
const own = mkdtempSync(join(tmpdir(), 'bulwark-tests-'));
process.env['TMPDIR'] = own;

afterAll(() => {
  if (former === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = former;
  rmSync(own, { recursive: true, force: true });
});
