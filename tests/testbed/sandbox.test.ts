import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/cluster/change.ts';
import { plannedCluster } from '../../src/plan/planned-cluster.ts';
import { readQuestion } from '../../src/sandbox/can-i.ts';
import { renderSandbox } from '../../src/sandbox/render-text.ts';
import type { SandboxResult } from '../../src/sandbox/result.ts';
import { runSandbox } from '../../src/sandbox/run-sandbox.ts';
import { stopKept } from '../../src/sandbox/server/stop-kept.ts';
import { findTestbeds, findTestbedsForLongTests } from '../../testbed/find.ts';
import { runProgram } from '../../testbed/processes.ts';
import type { HostOptions } from './sandbox-host.ts';
import { collectHost, host, setFlag, writeFile, writeHost } from './sandbox-host.ts';

const objects = `
apiVersion: v1
kind: Namespace
metadata: {name: web}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: front, namespace: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: front}}
  template:
    metadata: {labels: {app: front}}
    spec:
      hostNetwork: true
      containers:
      - {name: front, image: example.com/front:1, resources: {requests: {cpu: 100m}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: jane, namespace: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}
`;

const encryptionPath = '/etc/kubernetes/enc/config.yaml';
const keyText = Buffer.alloc(32, 7).toString('base64');
const encryption = `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - aescbc: {keys: [{name: key1, secret: ${keyText}}]}
  - identity: {}
`;
const podSecurity = `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  path: pod-security.yaml
`;
const podSecurityDefaults = `apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: {enforce: baseline}
exemptions: {namespaces: [kube-system]}
`;

const dirs: string[] = [];

function leftBehind(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => /^bulwark-sandbox-(?!test-)/.test(name));
}

describe.skipIf(findTestbeds().length === 0)('sandbox (needs kube-apiserver and etcd)', () => {
  afterEach(() => {
    for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  });

  for (const testbed of findTestbedsForLongTests()) {
    describe(`Kubernetes ${testbed.version}`, () => {
      const { apiserver, etcd, version, minor } = testbed;
      const run = async (
        options: HostOptions,
        changes: readonly Change[] | undefined,
        more: { readonly questions?: readonly string[]; readonly keep?: boolean } = {},
      ): Promise<SandboxResult> => {
        const dir = writeHost(version, options);
        dirs.push(dir);
        const today = await collectHost(dir);
        const questions = (more.questions ?? []).flatMap((text) => {
          const reading = readQuestion(text);
          return reading.kind === 'question' ? [reading.question] : [];
        });
        return runSandbox({
          programs: { apiserver, etcd, version, minor },
          today,
          ...(changes === undefined ? {} : { planned: plannedCluster(today, changes) }),
          questions,
          keep: more.keep ?? false,
          timeout: 120_000,
          toolVersion: '0',
          progress: () => undefined,
        });
      };
      /** Starts with the planned configuration alone. */
      const startOf = async (changes: readonly Change[], options: HostOptions = {}): Promise<SandboxResult['starts'][number]> => {
        const dir = writeHost(version, options);
        dirs.push(dir);
        const cluster = plannedCluster(await collectHost(dir), changes);
        const result = await runSandbox({
          programs: { apiserver, etcd, version, minor },
          today: cluster,
          questions: [],
          keep: false,
          timeout: 120_000,
          toolVersion: '0',
          progress: () => undefined,
        });
        const [start] = result.starts;
        if (start === undefined) throw new Error('nothing was started');
        expect(result.holds).toBe(start.starts);
        return start;
      };

      it('starts a good plan, compares both worlds, and leaves nothing behind', async () => {
        const before = leftBehind();
        const changes: Change[] = [
          writeFile(encryptionPath, encryption),
          setFlag('encryption-provider-config', encryptionPath),
          setFlag('tls-min-version', 'VersionTLS12'),
          setFlag('profiling', 'false'),
          {
            kind: 'delete-object',
            object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', name: 'jane', namespace: 'web' },
          },
        ];
        const result = await run({ objects }, changes, {
          questions: ['jane create deployments -n web', 'system:anonymous get /healthz'],
        });
        expect(result.starts.map(({ world, host: where, starts }) => [world, where, starts])).toEqual([
          ['today', host, true],
          ['planned', host, true],
        ]);
        expect(result.objects.refused).toEqual([]);
        expect(result.holds).toBe(true);
        expect(
          result.questions.map(({ today, planned, changes: differs }) => [today?.allowed, planned?.allowed, differs]),
        ).toEqual([
          [true, false, true],
          [true, true, false],
        ]);
        expect(JSON.stringify(result)).not.toContain(keyText);
        expect(renderSandbox(result)).toContain('jane create deployments -n web: yes → no');
        expect(leftBehind()).toEqual(before);
      });

      it('finds a Pod Security default that refuses a workload', async () => {
        const changes = [
          writeFile('/etc/kubernetes/admission/config.yaml', podSecurity),
          writeFile('/etc/kubernetes/admission/pod-security.yaml', podSecurityDefaults),
          setFlag('admission-control-config-file', '/etc/kubernetes/admission/config.yaml'),
        ];
        const result = await run({ objects }, changes);
        expect(result.starts.every(({ starts }) => starts)).toBe(true);
        expect(result.holds).toBe(false);
        expect(result.objects.refused).toMatchObject([
          { object: 'Pod of Deployment web/front', today: 'accepted', place: { line: 14 } },
        ]);
        expect(result.objects.refused[0]?.message).toContain('violates PodSecurity "baseline:latest": host namespaces');
      });

      it('finds a quota that has no room for all replicas', async () => {
        const quota: Change = {
          kind: 'apply-object',
          object: {
            apiVersion: 'v1',
            kind: 'ResourceQuota',
            metadata: { name: 'compute', namespace: 'web' },
            spec: { hard: { pods: '2', 'requests.cpu': '1' } },
          },
        };
        const result = await run({ objects }, [quota]);
        expect(result.holds).toBe(false);
        expect(result.objects.refused).toMatchObject([{ object: 'Pod of Deployment web/front', today: 'accepted' }]);
        expect(result.objects.refused[0]?.message).toMatch(
          /^pod 3 of 3: .*exceeded quota: compute, requested: pods=1, used: pods=2, limited: pods=2/,
        );
      });

      it('says what a LimitRange changes', async () => {
        const limits: Change = {
          kind: 'apply-object',
          object: {
            apiVersion: 'v1',
            kind: 'LimitRange',
            metadata: { name: 'limits', namespace: 'web' },
            spec: { limits: [{ type: 'Container', default: { memory: '64Mi' } }] },
          },
        };
        const result = await run({ objects }, [limits]);
        expect(result.holds).toBe(true);
        const changed = result.objects.changed.find(({ object }) => object === 'Pod of Deployment web/front');
        expect(changed).toMatchObject({ by: 'admission' });
        expect(changed?.fields).toContainEqual({
          path: 'spec.containers[0].resources.limits',
          after: '{"memory":"64Mi"}',
        });
      });

      it('finds broken YAML, with the line', async () => {
        const start = await startOf([
          writeFile(encryptionPath, `${encryption}   broken: [\n`),
          setFlag('encryption-provider-config', encryptionPath),
        ]);
        expect(start).toMatchObject({ starts: false, seenBy: 'server' });
        expect(start.message).toMatch(/yaml|parse|convert/i);
        expect(start.place?.source).toContain(encryptionPath);
        expect(start.place?.line).toBeGreaterThan(0);
      });

      it('finds a missing mount', async () => {
        const start = await startOf([], {
          flags: ['--audit-policy-file=/srv/audit/policy.yaml', '--audit-log-path=-'],
          files: { '/srv/audit/policy.yaml': 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n' },
        });
        expect(start).toMatchObject({ starts: false, message: expect.stringContaining('/srv/audit/policy.yaml') as string });
        expect(start.message).toContain('no such file or directory');
        expect(start.place).toMatchObject({ line: 32 });
      });

      it('finds a bad cipher, an unknown flag, an unreadable key', async () => {
        const cipher = await startOf([setFlag('tls-cipher-suites', 'TLS_ECDHE_RSA_WITH_NOTHING')]);
        expect(cipher.message).toContain('TLS_ECDHE_RSA_WITH_NOTHING');
        expect(cipher.place?.line).toBeGreaterThan(13);
        const unknown = await startOf([setFlag('no-such-flag', 'x')]);
        expect(unknown.message).toContain('unknown flag: --no-such-flag');
        expect(unknown.place?.line).toBeGreaterThan(13);
        const key = await startOf([writeFile('/etc/kubernetes/pki/apiserver.key', 'this is no key\n')]);
        expect(key.message).toMatch(/failed to find any PEM data in key input|tls:/);
        expect(key.starts).toBe(false);
      });

      it('finds probes that a plan makes fail', async () => {
        const start = await startOf([setFlag('anonymous-auth', 'false')]);
        expect(start).toMatchObject({ starts: false, seenBy: 'manifest' });
        expect(start.message).toBe(
          'livenessProbe GET /livez without credentials is answered 401: the kubelet restarts it again and again',
        );
      });

      it('finds a bad AuthenticationConfiguration', async () => {
        const path = '/etc/kubernetes/authn/config.yaml';
        const apiVersion = `apiserver.config.k8s.io/${minor < 34 ? 'v1beta1' : 'v1'}`;
        const text = `apiVersion: ${apiVersion}\nkind: AuthenticationConfiguration\njwt:\n- issuer:\n    url: http://issuer.example\n    audiences: [a]\n  claimMappings:\n    username: {claim: sub, prefix: ""}\n`;
        const start = await startOf([writeFile(path, text), setFlag('authentication-config', path)]);
        expect(start.starts).toBe(false);
        expect(start.message).toMatch(minor < 29 ? /unknown flag: --authentication-config/ : /URL scheme must be https/);
        if (minor >= 29) expect(start.place).toMatchObject({ source: expect.stringContaining(path) as string, line: 5 });
      });

      it('replaces what cannot work on loopback, and says so', async () => {
        const kms = encryption.replace(/aescbc: .*/, 'kms: {apiVersion: v2, name: vault, endpoint: "unix:///run/kms.sock"}');
        const start = await startOf([writeFile(encryptionPath, kms), setFlag('encryption-provider-config', encryptionPath)], {
          flags: ['--oidc-issuer-url=https://issuer.example/realm', '--oidc-client-id=kubernetes', '--logging-format=json'],
        });
        expect(start.message).toBeUndefined();
        expect(start.starts).toBe(true);
        expect(start.notes.map(({ flag }) => flag)).toEqual(
          expect.arrayContaining(['oidc-issuer-url', 'encryption-provider-config']),
        );
      });

      it('stays with --keep until it is stopped', async () => {
        const { kept } = await run({ objects }, undefined, { keep: true });
        if (kept === undefined) throw new Error('not kept');
        try {
          expect(statSync(kept.dir).mode & 0o777).toBe(0o700);
          expect(statSync(kept.kubeconfig).mode & 0o777).toBe(0o600);
          const words = [
            '--kubeconfig',
            kept.kubeconfig,
            '--cache-dir',
            `${kept.dir}/cache`,
            'get',
            'namespace',
            'web',
            '-o',
            'name',
          ];
          const { stdout, stderr } = await runProgram(testbed.kubectl, words);
          expect(`${stdout}${stderr}`.trim()).toBe('namespace/web');
        } finally {
          const pids = JSON.parse(readFileSync(`${kept.dir}/sandbox.json`, 'utf8')) as { processes: { pid: number }[] };
          expect(await stopKept(kept.dir)).toEqual({ kind: 'stopped' });
          expect(existsSync(kept.dir)).toBe(false);
          for (const { pid } of pids.processes) expect(isRunning(pid)).toBe(false);
        }
        expect((await stopKept(tmpdir())).kind).toBe('refused');
      });
    });
  }

  it('starts the API server of every host that differs', async () => {
    const [testbed] = findTestbeds();
    if (testbed === undefined) throw new Error('no testbed');
    const dir = writeHost(testbed.version);
    dirs.push(dir);
    const [one] = (await collectHost(dir)).components;
    if (one === undefined) throw new Error('no component');
    const cluster = await collectHost(dir);
    const broken = { ...one, host: 'cp-2', commandLine: { arguments: [{ text: '--nothing=1', place: { source: 'm' } }] } };
    const { apiserver, etcd, version, minor } = testbed;
    const result = await runSandbox({
      programs: { apiserver, etcd, version, minor },
      today: { ...cluster, components: [one, broken, { ...one, host: 'cp-3' }] },
      questions: [],
      keep: false,
      timeout: 120_000,
      toolVersion: '0',
      progress: () => undefined,
    });
    expect(result.starts.map(({ host: where, starts }) => [where, starts])).toEqual([
      ['cp-2', false],
      ['cp-1', true],
    ]);
    expect(result.holds).toBe(false);
  });

  it('leaves nothing behind when the program is killed', async () => {
    const dir = writeHost('1.37.2', { objects });
    dirs.push(dir);
    const before = leftBehind();
    const words = ['--import', 'tsx', 'src/cli/main.ts', 'sandbox', `${dir}/objects.yaml`, '--host-root', `${dir}/${host}`];
    const [testbed] = findTestbeds();
    const folder = testbed?.apiserver.replace(/\/[^/]*$/, '') ?? '';
    const child = spawn(process.execPath, [...words, '--assets', folder], { stdio: 'ignore' });
    const own = await until(() => leftBehind().find((name) => !before.includes(name)));
    await until(() => (processesIn(own).length > 1 ? own : undefined));
    child.kill('SIGKILL');
    await until(() => (leftBehind().includes(own) || processesIn(own).length > 0 ? undefined : own));
    expect(leftBehind()).not.toContain(own);
  });

  it('reads the folder of a plan, and says what it cannot use', async () => {
    const [testbed] = findTestbeds();
    if (testbed === undefined) throw new Error('no testbed');
    const dir = writeHost(testbed.version, { objects });
    dirs.push(dir);
    const folder = testbed.apiserver.replace(/\/[^/]*$/, '');
    const program = async (...words: string[]): Promise<readonly [number, string]> => {
      const { code, stdout, stderr } = await runProgram(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...words]);
      return [code, `${stdout}${stderr}`];
    };
    const plan = `${dir}/plan`;
    expect((await program('plan', `${dir}/objects.yaml`, '--host-root', `${dir}/${host}`, '--out', plan))[0]).toBe(0);
    const [code, text] = await program('sandbox', plan, '--assets', folder, '-o', 'json', '--can-i', 'jane list pods -n web');
    const result = JSON.parse(text) as SandboxResult;
    expect(result.starts.map(({ world, starts, message }) => [world, starts, message])).toEqual([
      ['today', true, undefined],
      ['planned', true, undefined],
    ]);
    expect(code).toBe(result.holds ? 0 : 1);
    expect(result.questions).toMatchObject([{ today: { allowed: true } }]);
    expect(await program('sandbox', plan, '--assets', dir)).toMatchObject([2, expect.stringContaining('no kube-apiserver')]);
    expect(await program('sandbox', '--stop', dir)).toMatchObject([2, expect.stringContaining('not the folder of a sandbox')]);
    expect(await program('sandbox', plan, '--assets', folder, '--can-i', 'jane')).toMatchObject([
      2,
      expect.stringContaining('is no question'),
    ]);
  });
});

async function until<T>(look: () => T | undefined): Promise<T> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const seen = look();
    if (seen !== undefined) return seen;
  }
  throw new Error('it did not come to that within a minute');
}

/** Ids of processes whose command line names a folder. */
function processesIn(folder: string): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`/${folder}`);
    } catch {
      return false;
    }
  });
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(
      execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  } catch {
    return false;
  }
}
