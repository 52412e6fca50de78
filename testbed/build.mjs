#!/usr/bin/env node
// Finds or builds the real kube-apiserver, kube-controller-manager, kubectl and etcd that the tests ask.
//
//   node testbed/build.mjs [1.37|1.31|1.28 …]   build what is missing (the newest where none is named), print the folders
//   node testbed/build.mjs --all | --list
//
// Looked up in this order: $KUBEBUILDER_ASSETS, the cache ($BULWARK_TESTBED_CACHE, else bulwark/testbed in the user's cache folder), Go.

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const here = import.meta.dirname;
const programs = ['kube-apiserver', 'kube-controller-manager', 'kubectl', 'etcd'];
const buildFlags = ['-trimpath', '-gcflags=all=-dwarf=false'];

/** A build that cannot be done here: the message says what is needed. */
export class TestbedUnavailable extends Error {}

/** Versions that have a module file, newest first: { version: '1.37.2', minor: 37, go: '1.26.0', modfile }. */
export function testbedVersions() {
  return readdirSync(here)
    .filter((name) => /^v1\.\d+\.mod$/.test(name))
    .map((modfile) => {
      const text = readFileSync(join(here, modfile), 'utf8');
      const version = /k8s\.io\/kubernetes v(1\.\d+\.\d+)/.exec(text)?.[1];
      const go = /^go (\S+)/m.exec(text)?.[1];
      if (version === undefined || go === undefined) throw new Error(`${modfile} names no version`);
      return { version, minor: Number(version.split('.')[1]), go, modfile };
    })
    .sort((a, b) => b.minor - a.minor);
}

/** Where built testbeds lie, outside the checkout. */
function cacheFolder() {
  const { BULWARK_TESTBED_CACHE, XDG_CACHE_HOME } = process.env;
  return BULWARK_TESTBED_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'bulwark', 'testbed');
}

function folderOf({ version, modfile }) {
  const hash = createHash('sha256');
  for (const name of [modfile, modfile.replace(/mod$/, 'sum'), 'main.go'])
    hash.update(readFileSync(join(here, name))).update('\0');
  hash.update(buildFlags.join(' '));
  return join(cacheFolder(), `${version}-${hash.digest('hex').slice(0, 12)}`);
}

function hasPrograms(folder, names) {
  try {
    for (const name of names) accessSync(join(folder, name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The testbed in $KUBEBUILDER_ASSETS, whatever its version; it may lack the controller manager. */
function assetsTestbed() {
  const folder = process.env.KUBEBUILDER_ASSETS;
  if (!folder || !hasPrograms(folder, ['kube-apiserver', 'kubectl', 'etcd'])) return undefined;
  const version = /v(\d+\.\d+\.\d+\S*)/.exec(
    execFileSync(join(folder, 'kube-apiserver'), ['--version'], { encoding: 'utf8' }),
  )?.[1];
  if (version === undefined) return undefined;
  return { version, minor: Number(version.split('.')[1]), folder, source: 'KUBEBUILDER_ASSETS' };
}

/** Every testbed that is there without building, newest first: { version, minor, folder, source }. */
export function findBuilt() {
  const assets = assetsTestbed();
  const built = testbedVersions()
    .map((wanted) => ({ version: wanted.version, minor: wanted.minor, folder: folderOf(wanted), source: 'cache' }))
    .filter(({ folder, minor }) => minor !== assets?.minor && hasPrograms(folder, programs));
  return [...(assets === undefined ? [] : [assets]), ...built].sort((a, b) => b.minor - a.minor);
}

/**
 * Returns { version, minor, folder, source } of a version (`1.37`; the newest where none is named), building it where it is not there.
 * Throws TestbedUnavailable where Go is missing or too old, or the build fails. `log` gets lines about the progress.
 */
export async function ensureTestbed({ version, log = () => {} } = {}) {
  const versions = testbedVersions();
  const wanted =
    version === undefined ? versions[0] : versions.find((known) => known.version === version || `1.${known.minor}` === version);
  if (wanted === undefined)
    throw new TestbedUnavailable(`no testbed of ${version}; there are ${versions.map((known) => `1.${known.minor}`).join(', ')}`);
  const found = () => findBuilt().find(({ minor }) => minor === wanted.minor);
  if (found() !== undefined) return found();
  const environment = goFor(wanted);
  const unlock = await lock(join(cacheFolder(), 'build.lock'), log);
  try {
    if (found() === undefined) await build(wanted, environment, log);
  } finally {
    unlock();
  }
  return found();
}

/** The environment in which `go` builds this version, or why it cannot. */
function goFor({ version, go }) {
  let text;
  try {
    text = execFileSync('go', ['version'], { encoding: 'utf8', env: { ...process.env, GOTOOLCHAIN: 'local' } });
  } catch {
    throw new TestbedUnavailable(`building Kubernetes ${version} needs Go ${go} or newer, and there is no go command`);
  }
  const local = /go(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1] ?? '0';
  const environment = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  if (!older(local, go)) return { ...environment, GOTOOLCHAIN: 'local' };
  // From 1.21 on Go can fetch the toolchain it needs; where that is switched off, or it is older, this counts as no Go.
  const switching = older(local, '1.21') ? 'local' : execFileSync('go', ['env', 'GOTOOLCHAIN'], { encoding: 'utf8' }).trim();
  if (switching === 'local')
    throw new TestbedUnavailable(`building Kubernetes ${version} needs Go ${go} or newer, here is ${local}`);
  return { ...environment, GOTOOLCHAIN: `go${/^\d+\.\d+$/.test(go) ? `${go}.0` : go}` };
}

function older(a, b) {
  const [x, y] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) < (y[i] ?? 0);
  return false;
}

/** Holds `path` while building; waits for another builder, takes over the lock of one that is gone. Returns the function that frees it. */
async function lock(path, log) {
  mkdirSync(join(path, '..'), { recursive: true });
  for (let waited = false; ; waited = true) {
    try {
      const file = openSync(path, 'wx');
      writeFileSync(file, String(process.pid));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = Number(readText(path));
    if (!isAlive(owner) && ageOf(path) > 2000) rmSync(path, { force: true });
    else if (!waited) log(`another build is running (process ${owner}): waiting`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function ageOf(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Builds into a temporary folder and renames it: a folder of the final name is whole. */
async function build(wanted, env, log) {
  const { version, minor, modfile } = wanted;
  const stamps = {
    gitVersion: `v${version}`,
    gitMajor: '1',
    gitMinor: String(minor),
    gitTreeState: 'clean',
    gitCommit: '0'.repeat(40),
    buildDate: '1970-01-01T00:00:00Z',
  };
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const ldflags = [
    '-s',
    '-w',
    ...packages.flatMap((name) => Object.entries(stamps).map(([key, value]) => `-X ${name}.${key}=${value}`)),
  ].join(' ');
  log(`building Kubernetes ${version} from its Go module (15 to 30 minutes where nothing is cached)`);
  const total = (await go(['list', '-deps', `-modfile=${modfile}`, '.'], env)).stdout.trim().split('\n').length;
  const final = folderOf(wanted);
  const temporary = `${final}.tmp-${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const progress = progressOf(version, total, log);
  try {
    await go(
      ['build', '-v', `-modfile=${modfile}`, ...buildFlags, '-ldflags', ldflags, '-o', join(temporary, 'testbed'), '.'],
      env,
      progress.line,
    );
    for (const name of programs) symlinkSync('testbed', join(temporary, name));
    if (existsSync(final)) rmSync(final, { recursive: true });
    renameSync(temporary, final);
  } finally {
    progress.end();
    rmSync(temporary, { recursive: true, force: true });
  }
  log(`built Kubernetes ${version} in ${final}`);
}

function progressOf(version, total, log) {
  let count = 0;
  let printed = Date.now();
  const terminal = process.stderr.isTTY === true;
  return {
    line: () => {
      count++;
      if (terminal) process.stderr.write(`\r${version}: ${count} of ${total} packages\u001b[K`);
      else if (Date.now() - printed > 10_000) {
        printed = Date.now();
        log(`${version}: ${count} of ${total} packages`);
      }
    },
    end: () => {
      if (terminal && count > 0) process.stderr.write('\r\u001b[K');
    },
  };
}

function go(args, env, onLine = () => {}) {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd: here, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let rest = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => {
      stderr = (stderr + chunk).slice(-4000);
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) onLine(line);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve({ stdout });
      else reject(new TestbedUnavailable(`go ${args[0]} failed: ${stderr.trim().split('\n').slice(-5).join('\n')}`));
    });
  });
}

async function main(args) {
  const log = (line) => process.stderr.write(`${line}\n`);
  if (args.includes('--list')) {
    const built = findBuilt();
    for (const { version, minor, go } of testbedVersions()) {
      const found = built.find((testbed) => testbed.minor === minor);
      process.stdout.write(
        `${version}\t${found === undefined ? `not built (needs Go ${go})` : `${found.folder} (${found.source})`}\n`,
      );
    }
    return;
  }
  const wanted = args.includes('--all') ? testbedVersions().map(({ version }) => version) : args.length > 0 ? args : [undefined];
  for (const version of wanted) process.stdout.write(`${(await ensureTestbed({ version, log })).folder}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error instanceof TestbedUnavailable ? error.message : error.stack}\n`);
    process.exit(1);
  });
