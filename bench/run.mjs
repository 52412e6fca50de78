// Prints every figure that is promised, beside a peer or a plain implementation in the same run.
//   npm run bench [-- NAME…]    names: example, manifests, live, rbac, audit, rehearse, encryption
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeManifests } from './manifests.mjs';
import { findProgram, measure } from './measure.mjs';

const root = join(import.meta.dirname, '..');
const bulwark = join(root, 'dist/bulwark.js');
const asked = process.argv.slice(2);
const wanted = (name) => asked.length === 0 || asked.includes(name);
const rows = [];

function row(what, result, target) {
  const time =
    result.timedOut === undefined
      ? `${result.seconds.toFixed(2)} s (${result.fastest.toFixed(2)}–${result.slowest.toFixed(2)})`
      : `no answer in ${result.timedOut} s`;
  const memory = result.megabytes === undefined ? '' : `${Math.round(result.megabytes)} MB`;
  rows.push([what, time, memory, target]);
  console.error(`${what}: ${time} ${memory}`);
}

const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);

if (wanted('example')) {
  row('an empty Node program', measure(process.execPath, ['-e', ''], { runs: 7 }), '');
  row(
    'bulwark scan examples/minikube',
    measure(process.execPath, [bulwark, 'scan', join(root, 'examples/minikube')], { runs: 7 }),
    'under 0.7 s',
  );
}

if (wanted('manifests')) {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-manifests-'));
  const { objects, bytes } = writeManifests(folder);
  const name = `${objects.toLocaleString('en')} objects, ${(bytes / 1e6).toFixed(1)} MB of YAML`;
  row(`bulwark scan, ${name}`, measure(process.execPath, [bulwark, 'scan', folder], { runs: 3 }), 'under 4 s, 600 MB');
  row(
    `bulwark scan -o json=…, the same`,
    measure(process.execPath, [bulwark, 'scan', folder, '-o', `json=${join(folder, 'report.out')}`], { runs: 3 }),
    '',
  );
  row(
    'plain: js-yaml reads the same files, no judgement',
    measure(process.execPath, [join(root, 'bench/plain-yaml.mjs'), folder], { runs: 3 }),
    '',
  );
  const out = join(folder, 'plan.out');
  row(
    `bulwark plan, the same`,
    measure('sh', ['-c', `rm -rf '${out}' && '${process.execPath}' '${bulwark}' plan '${folder}' --out '${out}'`], { runs: 3 }),
    'under 5 s',
  );
  const peer = findProgram('kube-score');
  if (peer === undefined)
    rows.push([
      'peer: kube-score',
      'not installed (go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0)',
      '',
      'slower than bulwark',
    ]);
  else
    row(
      'peer: kube-score score, the same files',
      measure('sh', ['-c', `'${peer}' score '${folder}'/*.yaml`], { runs: 1, warm: false, timeoutMs: 120_000 }),
      'slower than bulwark',
    );
  rmSync(folder, { recursive: true });
}

if (wanted('live') && existsSync(join(root, 'bench/live.ts'))) {
  const result = spawnSync(process.execPath, ['--import', 'tsx', 'bench/live.ts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for (const line of (result.stdout ?? '')
    .trim()
    .split('\n')
    .filter((text) => text !== ''))
    rows.push([`live: ${line}`, '', '', 'under 6 s']);
}

// These print their rows themselves: what, time, memory, promised.
for (const name of ['rbac', 'audit', 'rehearse', 'encryption']) {
  if (!wanted(name) || !existsSync(join(root, `bench/${name}.ts`))) continue;
  const result = spawnSync(process.execPath, ['--import', 'tsx', `bench/${name}.ts`], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const line of result.stdout.split('\n').filter((text) => text.includes('\t'))) rows.push(line.split('\t'));
  if (result.status !== 0) rows.push([`${name}: failed`, '', '', '']);
}

const widths = [0, 1, 2].map((column) => Math.max(...rows.map((cells) => cells[column].length)));
console.log('\nmedian (fastest–slowest), peak memory, what is promised');
for (const cells of rows)
  console.log(`${cells[0].padEnd(widths[0])}  ${cells[1].padEnd(widths[1])}  ${cells[2].padStart(widths[2])}  ${cells[3]}`);
