import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../src/cluster/json.ts';
import { run } from '../../src/cli/program.ts';
import { writePlan } from '../../src/plan/write-plan.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import { findTestbeds } from '../../testbed/find.ts';
import type { HandGroup } from '../apply/hand-plan.ts';
import { collectRoot, handPlan, writeTree } from '../apply/hand-plan.ts';
import { canContain, softManifest, Supervisor, writePki } from './supervisor.ts';

const testbeds = findTestbeds();
const testbed = testbeds.find(({ minor }) => minor === 31) ?? testbeds[0];
const api = { host: 'cp-1', component: 'kube-apiserver' } as const;
const manifestPath = '/etc/kubernetes/manifests/kube-apiserver.yaml';

describe.skipIf(testbed === undefined)('bulwark apply on objects (needs a testbed)', () => {
  let plane: ControlPlane;
  let folder: string;

  beforeAll(async () => {
    if (testbed === undefined) return;
    plane = await startControlPlane(testbed);
  });
  afterAll(() => plane.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulwark-apply-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const quota = (pods: string): JsonObject => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'limits', namespace: 'default' },
    spec: { hard: { pods } },
  });
  const label = { apiVersion: 'v1', kind: 'Namespace', name: 'default' };
  const groups: readonly HandGroup[] = [
    { changes: [{ kind: 'apply-object', object: quota('10') }], before: [{ kind: 'no-object' }] },
    { changes: [{ kind: 'patch-object', object: label, patch: { metadata: { labels: { tier: 'low' } } } }] },
  ];
  const quotaPath = '/api/v1/namespaces/default/resourcequotas/limits';

  async function bulwark(...words: string[]): Promise<{ code: number; out: string; err: string }> {
    return call([
      ...words,
      '--kubeconfig',
      plane.kubeconfig,
      '--state',
      join(folder, 'state'),
      '--root',
      folder,
      '--gate-timeout',
      '20s',
    ]);
  }

  async function planned(own: readonly HandGroup[]): Promise<string> {
    const cluster = await collectRoot(folder);
    const target = join(folder, 'plan');
    await writePlan(cluster, handPlan(cluster, own), target);
    return target;
  }

  it('shows everything and changes nothing with --dry-run', async () => {
    const result = await bulwark('apply', await planned(groups), '--dry-run');
    expect(result).toMatchObject({ code: 0 });
    expect(result.out).toContain('apply ResourceQuota default/limits');
    expect((await plane.request('GET', quotaPath)).status).toBe(404);
  });

  it('deletes nothing in a dry run', async () => {
    await plane.request('POST', '/api/v1/namespaces/default/resourcequotas', quota('5'));
    const object = { apiVersion: 'v1', kind: 'ResourceQuota', name: 'limits', namespace: 'default' };
    const plan = await planned([{ changes: [{ kind: 'delete-object', object }] }]);
    expect(await bulwark('apply', plan, '--dry-run')).toMatchObject({ code: 0 });
    expect((await plane.request('GET', quotaPath)).status).toBe(200);
    expect(await bulwark('apply', plan, '--yes')).toMatchObject({ code: 0 });
    expect((await plane.request('GET', quotaPath)).status).toBe(404);
    expect(await bulwark('rollback', '--yes')).toMatchObject({ code: 0 });
    expect((await plane.request('GET', quotaPath)).status).toBe(200);
    await plane.request('DELETE', quotaPath);
  });

  it('applies objects with its field manager, and takes them back', async () => {
    const before = await plane.request('GET', '/api/v1/namespaces/default');
    const plan = await planned(groups);
    expect(await bulwark('apply', plan)).toMatchObject({ code: 2, err: expect.stringContaining('--yes') as string });
    const result = await bulwark('apply', plan, '--yes');
    expect(result, result.err).toMatchObject({ code: 0 });
    const made = await plane.request('GET', quotaPath);
    expect(JSON.stringify(made.body)).toContain('"manager":"bulwark","operation":"Apply"');
    expect(JSON.stringify((await plane.request('GET', '/api/v1/namespaces/default')).body)).toContain('"tier":"low"');
    const back = await bulwark('rollback', '--yes');
    expect(back, back.err).toMatchObject({ code: 0 });
    expect((await plane.request('GET', quotaPath)).status).toBe(404);
    const after = await plane.request('GET', '/api/v1/namespaces/default');
    expect(labelsOf(after.body)).toEqual(labelsOf(before.body));
    const again = await bulwark('apply', plan, '--yes');
    expect(again, again.err).toMatchObject({ code: 0 });
    const last = await bulwark('rollback', '--yes');
    expect(last, last.err).toMatchObject({ code: 0 });
    expect((await bulwark('rollback', '--list')).out.match(/taken back/g)).toHaveLength(2);
  });

  it('stops at a field that another manager owns, and names it', async () => {
    await plane.request('PATCH', `${quotaPath}?fieldManager=helm`, quota('5'), {
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
    const live = { kind: 'object', object: quota('5') } as const;
    const plan = await planned([{ changes: [{ kind: 'apply-object', object: quota('10') }], before: [live] }]);
    const result = await bulwark('apply', plan, '--yes');
    expect(result.code).toBe(3);
    expect(result.err).toContain('conflict with "helm"');
    expect(result.err).toContain('.spec.hard.pods');
    await plane.request('DELETE', quotaPath);
  });

  it('stops with the difference where an object changed since the plan', async () => {
    await plane.request('POST', '/api/v1/namespaces/default/resourcequotas', quota('7'));
    const plan = await planned([
      {
        changes: [
          {
            kind: 'patch-object',
            object: { apiVersion: 'v1', kind: 'ResourceQuota', name: 'limits', namespace: 'default' },
            patch: { spec: { hard: { pods: '9' } } },
          },
        ],
        before: [{ kind: 'object', object: quota('5') }],
      },
    ]);
    const result = await bulwark('apply', plan, '--yes');
    expect(result.code).toBe(3);
    expect(result.err).toMatch(/-\s+"pods": "5"\n\s*\+\s+"pods": "7"/);
    await plane.request('DELETE', quotaPath);
  });

  it('refuses to take back what somebody changed since', async () => {
    const plan = await planned(groups);
    expect((await bulwark('apply', plan, '--yes')).code).toBe(0);
    await plane.request('PATCH', quotaPath, { spec: { hard: { pods: '3' } } });
    const refused = await bulwark('rollback', '--yes');
    expect(refused.code).toBe(3);
    expect(refused.err).toContain('changed by somebody');
    expect(refused.err).toContain('"pods": "3"');
    await plane.request('PATCH', quotaPath, { spec: { hard: { pods: '10' } } });
    expect((await bulwark('rollback', '--yes')).code).toBe(0);
    expect((await plane.request('GET', quotaPath)).status).toBe(404);
  });

  it('pauses after a group and goes on', async () => {
    const plan = await planned(groups);
    const paused = await bulwark('apply', plan, '--yes', '--pause-after', 'g1');
    expect(paused).toMatchObject({ code: 0, out: expect.stringContaining('paused after g1') as string });
    expect(JSON.stringify((await plane.request('GET', '/api/v1/namespaces/default')).body)).not.toContain('"tier":"low"');
    expect((await bulwark('apply', plan, '--yes', '--resume')).code).toBe(0);
    expect((await bulwark('rollback', '--yes')).code).toBe(0);
  });

  it('does not run beside another run, and explains a lock that was left behind', async () => {
    const plan = await planned(groups);
    expect((await bulwark('apply', plan, '--yes', '--pause-after', 'g1')).code).toBe(0);
    const lock = join(folder, 'state/lock');
    const holder = { pid: process.pid, host: hostname(), since: '2026-11-26T00:00:00Z', command: 'bulwark apply', started: null };
    writeFileSync(lock, JSON.stringify(holder));
    const busy = await bulwark('apply', plan, '--yes', '--resume');
    expect(busy).toMatchObject({ code: 2, err: expect.stringContaining(`process ${process.pid}`) as string });
    writeFileSync(lock, JSON.stringify({ ...holder, pid: 4_000_000 }));
    const stale = await bulwark('apply', plan, '--yes');
    expect(stale).toMatchObject({ code: 2, err: expect.stringContaining(`rm ${lock}`) as string });
    expect((await bulwark('apply', plan, '--yes', '--resume')).code).toBe(0);
    expect((await bulwark('rollback', '--yes')).code).toBe(0);
  });

  it('needs the rights of the plan, and prints the role that has them', async () => {
    const plan = await planned(groups);
    const kubeconfig = plane.kubeconfigFor(plane.credentialFor('applier'), 'applier.kubeconfig');
    const words = ['--kubeconfig', kubeconfig, '--state', join(folder, 'state'), '--root', folder, '--gate-timeout', '20s'];
    const refused = await call(['apply', plan, '--yes', ...words]);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('create resourcequotas in default') as string });
    const role = await bulwark('apply', plan, '--print-rbac');
    const applied = await plane.kubectl(['apply', '-f', '-'], { stdin: role.out });
    expect(applied.code, applied.stderr).toBe(0);
    await plane.kubectl(['create', 'clusterrolebinding', 'bulwark-apply', '--clusterrole=bulwark-apply', '--user=applier']);
    await vi.waitFor(async () => expect((await call(['apply', plan, '--dry-run', ...words])).code).toBe(0), { timeout: 10_000 });
    const result = await call(['apply', plan, '--yes', ...words]);
    expect(result, result.err).toMatchObject({ code: 0 });
    const back = await call(['rollback', '--yes', ...words]);
    expect(back, back.err).toMatchObject({ code: 0 });
  });

  it('says that the server cannot be reached, and changes nothing', async () => {
    const plan = await planned(groups);
    await plane.stopApiserver();
    const result = await bulwark('apply', plan, '--yes');
    expect(result.code).toBe(2);
    expect(result.err).toContain(plane.url);
    await plane.restartApiserver();
  });
});

describe.skipIf(testbed === undefined || !canContain())(
  'bulwark apply on a static pod (needs a testbed and mount namespaces)',
  () => {
    let plane: ControlPlane;
    let root: string;
    let folder: string;
    let supervisor: Supervisor;

    beforeAll(async () => {
      if (testbed === undefined) return;
      plane = await startControlPlane(testbed);
      folder = mkdtempSync(join(tmpdir(), 'bulwark-apply-'));
      root = join(folder, 'root');
      writeTree(root, { '/etc/hostname': ['cp-1\n'], [manifestPath]: [softManifest(plane), 0o640] });
      chmodSync(join(root, manifestPath), 0o640);
      writePki(plane, root);
      supervisor = new Supervisor(plane, root);
      await supervisor.start();
    });
    afterAll(async () => {
      await supervisor.stop();
      await plane.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    afterEach(() => {
      for (const name of ['state', 'plan']) rmSync(join(folder, name), { recursive: true, force: true });
    });

    function bulwark(...words: string[]): Promise<{ code: number; out: string; err: string }> {
      return call([
        ...words,
        '--yes',
        '--kubeconfig',
        plane.kubeconfig,
        '--state',
        join(folder, 'state'),
        '--root',
        root,
        '--gate-timeout',
        '60s',
      ]);
    }

    async function planned(groups: readonly HandGroup[]): Promise<string> {
      const cluster = await collectRoot(root);
      await writePlan(cluster, handPlan(cluster, groups), join(folder, 'plan'));
      return join(folder, 'plan');
    }

    const auditing: HandGroup = {
      host: 'cp-1',
      stage: 'api-server',
      changes: [
        { kind: 'set-flag', ...api, flag: 'audit-policy-file', value: '/etc/kubernetes/audit/policy.yaml' },
        { kind: 'set-flag', ...api, flag: 'audit-log-path', value: '/var/log/kubernetes/audit/audit.log' },
        {
          kind: 'write-file',
          ...api,
          path: '/etc/kubernetes/audit/policy.yaml',
          text: 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n',
          mode: 0o600,
          secret: false,
        },
        { kind: 'mount-directory', ...api, path: '/var/log/kubernetes/audit' },
      ],
    };

    it('writes files, sees the server restart with them, and takes them back to the byte', async () => {
      const before = tree(root);
      const starts = supervisor.starts;
      const result = await bulwark('apply', await planned([auditing]));
      expect(result, result.out + result.err).toMatchObject({ code: 0 });
      expect(supervisor.starts).toBe(starts + 1);
      expect(readFileSync(join(root, '/var/log/kubernetes/audit/audit.log'), 'utf8')).toContain('"kind":"Event"');
      const back = await bulwark('rollback');
      expect(back, back.err).toMatchObject({ code: 0 });
      // What the server wrote into its log is evidence, and stays.
      expect(tree(root).filter((line) => !line.startsWith('/var'))).toEqual(before.filter((line) => !line.startsWith('/var')));
    });

    it.each([
      ['a bad cipher', [{ kind: 'set-flag', ...api, flag: 'tls-cipher-suites', value: 'NO_SUCH_CIPHER' }]],
      ['a file that is not mounted', [{ kind: 'set-flag', ...api, flag: 'audit-policy-file', value: '/nowhere/policy.yaml' }]],
    ] as const)('undoes %s within the limit, and the manifest is byte-identical', async (_, changes) => {
      const before = tree(root);
      const plan = await planned([{ host: 'cp-1', changes }]);
      const result = await call([
        'apply',
        plan,
        '--yes',
        '--kubeconfig',
        plane.kubeconfig,
        '--state',
        join(folder, 'state'),
        '--root',
        root,
        '--gate-timeout',
        '25s',
      ]);
      expect(result.code, result.out + result.err).toBe(3);
      expect(result.err).toContain('g1 was undone');
      expect(tree(root)).toEqual(before);
      expect((await plane.request('GET', '/readyz')).status).toBe(200);
    });

    it('undoes what would make the probes fail', async () => {
      const before = tree(root);
      const plan = await planned([
        { host: 'cp-1', changes: [{ kind: 'set-flag', ...api, flag: 'anonymous-auth', value: 'false' }] },
      ]);
      const result = await call([
        'apply',
        plan,
        '--yes',
        '--kubeconfig',
        plane.kubeconfig,
        '--state',
        join(folder, 'state'),
        '--root',
        root,
        '--gate-timeout',
        '25s',
      ]);
      expect(result.code, result.out + result.err).toBe(3);
      expect(result.err).toMatch(/livenessProbe asks \/livez without a credential and gets 401/);
      expect(tree(root)).toEqual(before);
    });

    it('takes encryption back without losing a Secret', async () => {
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'early', namespace: 'default' },
        stringData: { word: 'open sesame' },
      };
      await plane.request('POST', '/api/v1/namespaces/default/secrets', secret);
      const before = tree(root);
      const path = '/etc/kubernetes/encryption/config.yaml';
      const key = Buffer.alloc(32, 7).toString('base64');
      const text = `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n  - secretbox: {keys: [{name: k1, secret: ${key}}]}\n  - identity: {}\n`;
      const plan = await planned([
        {
          host: 'cp-1',
          changes: [
            { kind: 'set-flag', ...api, flag: 'encryption-provider-config', value: path },
            { kind: 'write-file', ...api, path, text, mode: 0o600, secret: true },
          ],
        },
        { changes: [{ kind: 'rewrite-objects', apiGroup: '', resource: 'secrets' }] },
      ]);
      const result = await bulwark('apply', plan);
      expect(result, result.out + result.err).toMatchObject({ code: 0 });
      expect(statSync(join(root, path)).mode & 0o7777).toBe(0o600);
      await plane.request('POST', '/api/v1/namespaces/default/secrets', {
        ...secret,
        metadata: { name: 'late', namespace: 'default' },
      });
      const back = await bulwark('rollback');
      expect(back, back.out + back.err).toMatchObject({ code: 0 });
      expect(back.out).toContain('etcd holds no value of secrets that the former configuration cannot read');
      expect(tree(root)).toEqual(before);
      for (const name of ['early', 'late']) {
        const read = await plane.request('GET', `/api/v1/namespaces/default/secrets/${name}`);
        expect(read.status).toBe(200);
        expect(JSON.stringify(read.body)).toContain(Buffer.from('open sesame').toString('base64'));
      }
      for (const file of ['journal.jsonl']) {
        const run_ = readdirSync(join(folder, 'state/runs'))[0] ?? '';
        expect(readFileSync(join(folder, 'state/runs', run_, file), 'utf8')).not.toContain(key);
      }
    });

    it('stops with the difference where a file changed since the plan', async () => {
      const plan = await planned([auditing]);
      const path = join(root, manifestPath);
      const former = readFileSync(path, 'utf8');
      const { starts } = supervisor;
      writeFileSync(path, former.replace('# written by hand', '# changed by hand'));
      // The change starts the server anew, and apply needs one that answers.
      await supervisor.untilStartedAgain(starts);
      const result = await bulwark('apply', plan);
      expect(result.code).toBe(3);
      expect(result.err).toContain('-# written by hand, and to be kept so');
      expect(result.err).toContain('+# changed by hand, and to be kept so');
      const startsNow = supervisor.starts;
      writeFileSync(path, former);
      await supervisor.untilStartedAgain(startsNow);
    });
  },
);

/** Every file and folder below a root: path, mode, owner, bytes. */
function tree(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const stats = statSync(path);
      return [
        path.slice(root.length),
        (stats.mode & 0o7777).toString(8),
        stats.uid,
        stats.gid,
        entry.isFile() ? readFileSync(path, 'base64') : '',
      ].join(' ');
    })
    .sort();
}

function labelsOf(body: unknown): unknown {
  return (body as { metadata: { labels: unknown } }).metadata.labels;
}

/** Runs the program in this process and keeps what it prints. */
async function call(words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const catchOut = vi.spyOn(process.stdout, 'write').mockImplementation((text) => (out.push(String(text)), true));
  const catchErr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => (err.push(String(text)), true));
  try {
    process.exitCode = undefined;
    const code = await run(words);
    return { code, out: out.join(''), err: err.join('') };
  } finally {
    catchOut.mockRestore();
    catchErr.mockRestore();
    process.exitCode = undefined;
  }
}
