// Measures the inventory of a snapshot of 1 GiB, beside sha256sum over the same file.
// node --import tsx bench/encryption.ts   prints rows: what, time, memory, promised; by tabs
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure } from './measure.mjs';
import { writeSnapshot } from './snapshot-file.ts';

const program = fileURLToPath(new URL('../dist/bulwark.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bulwark-snapshot-bench-'));
try {
  const path = join(folder, 'snapshot.db');
  const { bytes, revisions } = writeSnapshot(path, 1 << 30);
  const what = `${Math.round(bytes / (1 << 20))} MiB, ${revisions.toLocaleString('en')} revisions`;
  const row = (name: string, result: ReturnType<typeof measure>, target: string): void => {
    const { seconds = NaN, megabytes } = result;
    const speed = `${Math.round(bytes / 1e6 / seconds)} MB/s`;
    console.log(
      [name, `${seconds.toFixed(2)} s, ${speed}`, megabytes === undefined ? '' : `${Math.round(megabytes)} MB`, target].join(
        '\t',
      ),
    );
  };
  const plain = measure('sha256sum', [path], { runs: 3 });
  const own = measure(process.execPath, [program, 'encryption', 'status', '--snapshot', path], { runs: 3 });
  if (own.code !== 0) throw new Error(`encryption status ended with ${own.code ?? 'nothing'}`);
  row(`plain: sha256sum, ${what}`, plain, '');
  const times = ((own.seconds ?? NaN) / (plain.seconds ?? NaN)).toFixed(2);
  row(`bulwark encryption status, the same (${times} times as long)`, own, 'half the speed, under 300 MB');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
