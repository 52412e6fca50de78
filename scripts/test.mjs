// Runs everything: the checks of `npm run ok`, then the tests, those against the real API server among them.
//
//   node scripts/test.mjs          builds the newest testbed where none is there (needs Go), uses every version that is there
//   node scripts/test.mjs --full   builds and uses all versions, more random cases (BULWARK_TEST_FULL=1)
//
// What cannot be done here is skipped and named in the last lines; the very last line counts: `N passed, N failed, N skipped`.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ensureTestbed, findBuilt, TestbedUnavailable, testbedVersions } from '../testbed/build.mjs';

const root = join(import.meta.dirname, '..');
const full = process.argv.includes('--full') || process.env.BULWARK_TEST_FULL === '1';
const checks = ['format', 'lint', 'types', 'boundaries', 'dead'];
const projects = ['unit', 'laws', 'cli', 'testbed', 'browser', 'packaging'];

const totals = { passed: 0, failed: 0, skipped: 0 };
/** Lines for the end: what failed outside a test, what was skipped and why. */
const failures = [];
const skips = [];

function heading(text) {
  process.stdout.write(`\n== ${text}\n`);
}

function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)));
}

/** Debian packages that some tests use: installed where that is possible without asking. */
function installPackages() {
  const missing = ['chromium', 'openssl', 'jq'].filter((name) => !onPath(name));
  if (missing.length === 0) return;
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const update = spawnSync('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const install = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (update.status !== 0 || install.status !== 0) process.stderr.write(install.stderr ?? '');
  }
  for (const name of missing)
    if (!onPath(name)) skips.push(`tests that need ${name}: it is not installed, and cannot be (apt-get, root)`);
}

/** Makes sure that there is an API server to ask: the newest, or all of them. */
async function prepareTestbeds() {
  const built = findBuilt();
  const wanted = full ? testbedVersions().map(({ version }) => version) : built.length > 0 ? [] : [testbedVersions()[0].version];
  for (const version of wanted) {
    try {
      await ensureTestbed({ version, log: (line) => process.stderr.write(`${line}\n`) });
    } catch (error) {
      if (!(error instanceof TestbedUnavailable)) throw error;
      skips.push(`tests against the real API server ${version}: ${error.message}`);
    }
  }
  const versions = findBuilt().map(({ version }) => version);
  process.stdout.write(versions.length > 0 ? `API servers: ${versions.join(', ')}\n` : 'no API server to ask\n');
  for (const { version, minor } of testbedVersions()) {
    if (!full && !findBuilt().some((testbed) => testbed.minor === minor))
      skips.push(`tests against the real API server ${version}: not built (npm run test:full builds it)`);
  }
}

function runCheck(name) {
  heading(`check:${name}`);
  const { status } = spawnSync('npm', ['run', '--silent', `check:${name}`], { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  totals.failed++;
  failures.push(`npm run check:${name}`);
}

function runProject(name, folder) {
  heading(`tests: ${name}`);
  const output = join(folder, `${name}.json`);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const words = [
    vitest,
    'run',
    '--project',
    name,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${output}`,
    // Tests of servers wait for most of their time: one more of them at once than there are cores.
    ...(name === 'testbed' ? [`--maxWorkers=${availableParallelism() + 1}`] : []),
  ];
  const { status } = spawnSync(process.execPath, words, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...(full ? { BULWARK_TEST_FULL: '1' } : {}) },
  });
  const failedBefore = totals.failed;
  if (existsSync(output)) count(name, JSON.parse(readFileSync(output, 'utf8')));
  if (status !== 0 && totals.failed === failedBefore) {
    totals.failed++;
    failures.push(`vitest of ${name} ended with ${status}`);
  }
}

function count(project, report) {
  const skippedIn = new Map();
  for (const file of report.testResults ?? []) {
    if (file.status === 'failed' && file.assertionResults.length === 0) {
      totals.failed++;
      failures.push(`${file.name} could not be run`);
    }
    for (const test of file.assertionResults) {
      if (test.status === 'passed') totals.passed++;
      else if (test.status === 'failed') {
        totals.failed++;
        failures.push(test.fullName);
      } else {
        totals.skipped++;
        // A group that skips itself says in its name what it needs.
        const group = test.ancestorTitles.find((title) => title.includes('(needs ')) ?? test.ancestorTitles[0] ?? test.title;
        skippedIn.set(group, (skippedIn.get(group) ?? 0) + 1);
      }
    }
  }
  for (const [group, number] of skippedIn) skips.push(`${number} tests of ${project}: ${group}`);
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-test-'));
  try {
    installPackages();
    for (const name of checks) runCheck(name);
    await prepareTestbeds();
    for (const name of projects) runProject(name, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write('\n');
  for (const line of failures) process.stdout.write(`FAILED   ${line}\n`);
  for (const line of skips) process.stdout.write(`SKIPPED  ${line}\n`);
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
  process.exitCode = totals.failed === 0 ? 0 : 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  process.stdout.write(
    `FAILED   the run itself: ${error.message}\n${totals.passed} passed, ${totals.failed + 1} failed, ${totals.skipped} skipped\n`,
  );
  process.exitCode = 1;
}
