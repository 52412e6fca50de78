import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/cluster/json.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { ChildOrder } from '../apply/child.ts';
import { FakeApi } from '../apply/fake-api.ts';
import { canContain } from './supervisor.ts';
import { collectRoot, handPlan, writeTree } from '../apply/hand-plan.ts';

const manifest = `# a comment that stays
apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  namespace: kube-system
spec:
  containers:
  - command:
    - kube-apiserver
    - --anonymous-auth=true   # until the plan
    - --audit-policy-file=/etc/kubernetes/audit/policy.yaml
    image: registry.k8s.io/kube-apiserver:v1.31.4
    name: kube-apiserver
    volumeMounts:
    - {mountPath: /etc/kubernetes/audit, name: audit}
  volumes:
  - name: audit
    hostPath: {path: /etc/kubernetes/audit}
`;

const configMap: JsonObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'patched', namespace: 'web' },
  data: { a: '1', b: '2' },
};
const doomed: JsonObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'doomed', namespace: 'web' },
  data: { x: 'y' },
};
const made: JsonObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'made', namespace: 'web' },
  data: { new: 'yes' },
};
const maps = '/api/v1/namespaces/web/configmaps';

interface Scene {
  readonly root: string;
  readonly state: string;
  readonly plan: Plan;
  readonly api: FakeApi;
  readonly kubeconfig: string;
}

let folder: string;
let bundle: string;
const servers: FakeApi[] = [];
let number = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-kill-'));
  bundle = join(folder, 'child.mjs');
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({
    entryPoints: ['tests/apply/child.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    banner,
    minify: true,
    // What is imported on demand stays apart: a child starts quicker.
    splitting: true,
    logLevel: 'error',
  });
});

afterAll(async () => {
  for (const api of servers) await api.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A fresh host tree, state folder and cluster, and the plan for them. */
async function scene(): Promise<Scene> {
  const root = join(folder, `root-${number}`);
  const state = join(folder, `state-${number++}`);
  writeTree(root, {
    '/etc/hostname': ['cp-1\n'],
    '/etc/kubernetes/manifests/kube-apiserver.yaml': [manifest, 0o600],
    '/etc/kubernetes/audit/policy.yaml': ['apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: None\n', 0o640],
  });
  chmodSync(join(root, '/etc/kubernetes/audit/policy.yaml'), 0o640);
  const api = new FakeApi();
  servers.push(api);
  await api.start();
  const kubeconfig = `${state}.kubeconfig`;
  writeFileSync(kubeconfig, kubeconfigFor(api.url));
  api.put(`${maps}/patched`, configMap);
  api.put(`${maps}/doomed`, doomed);
  const host = { host: 'cp-1', component: 'kube-apiserver' } as const;
  const reference = (object: JsonObject): { apiVersion: string; kind: string; name: string; namespace: string } => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: 'web',
    name: (object['metadata'] as { readonly name: string }).name,
  });
  const plan = handPlan(await collectRoot(root), [
    {
      changes: [
        { kind: 'apply-object', object: made },
        { kind: 'patch-object', object: reference(configMap), patch: { data: { a: '9', b: null, c: '3' } } },
        { kind: 'delete-object', object: reference(doomed) },
      ],
      before: [{ kind: 'no-object' }, { kind: 'object', object: configMap }, { kind: 'object', object: doomed }],
    },
    {
      host: 'cp-1',
      changes: [
        { kind: 'set-flag', ...host, flag: 'anonymous-auth', value: 'false' },
        {
          kind: 'write-file',
          ...host,
          path: '/etc/kubernetes/new/key.yaml',
          text: 'secret: c2VjcmV0\n',
          mode: 0o600,
          secret: true,
        },
        {
          kind: 'edit-file',
          ...host,
          path: '/etc/kubernetes/audit/policy.yaml',
          edits: [{ op: 'set', path: ['rules', 0, 'level'], value: 'Metadata' }],
          secret: false,
        },
      ],
    },
    { changes: [{ kind: 'rewrite-objects', apiGroup: '', resource: 'configmaps' }] },
  ]);
  return { root, state, plan, api, kubeconfig };
}

interface ChildEnd {
  readonly killed: boolean;
  readonly end?: { readonly kind: string; readonly group?: string; readonly why?: readonly string[] };
  readonly steps?: number;
}

async function child(
  { root, state, plan, kubeconfig }: Scene,
  mode: ChildOrder['mode'],
  more: Pick<ChildOrder, 'stopAt' | 'failing'> = {},
  mounts?: string,
): Promise<ChildEnd> {
  const order = `${state}.order.json`;
  writeFileSync(order, JSON.stringify({ mode, root, state, kubeconfig, plan, ...more } satisfies ChildOrder));
  const [program, words] =
    mounts === undefined
      ? [process.execPath, [bundle, order]]
      : [
          'unshare',
          [
            '-rm',
            'sh',
            '-c',
            `set -e
${mounts}
exec "$@"`,
            'sh',
            process.execPath,
            bundle,
            order,
          ],
        ];
  const process_ = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  process_.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  process_.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const signal = await new Promise<string | null>((resolve) => process_.once('close', (_, by) => resolve(by)));
  if (signal === 'SIGKILL') return { killed: true };
  if (stdout === '') throw new Error(`the child failed: ${stderr}`);
  return { killed: false, ...(JSON.parse(stdout) as Omit<ChildEnd, 'killed'>) };
}

/** Every file below a root with its mode and bytes, and every object. */
function picture({ root, api }: Scene): unknown {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const stats = statSync(path);
    return [
      path.slice(root.length),
      (stats.mode & 0o7777).toString(8),
      stats.uid,
      entry.isFile() ? readFileSync(path, 'utf8') : '',
    ].join('\0');
  });
  return { files: files.sort(), objects: sortedEntries(api.shown()) };
}

function sortedEntries(objects: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(objects).sort(([a], [b]) => (a < b ? -1 : 1));
}

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: '' } }],
  });
}

/** Does something for each step from 1 on, a few at a time. */
async function atEach(steps: number, look: (stopAt: number) => Promise<void>): Promise<void> {
  expect(steps).toBeGreaterThan(20);
  let next = 1;
  const worker = async (): Promise<void> => {
    while (next <= steps) await look(next++);
  };
  await Promise.all([worker(), worker(), worker()]);
}

const wellEnded = ['done', 'undone'];

describe('a run that is killed', { timeout: 600_000 }, () => {
  it('at any step of applying is resumed to its end, and rolled back to the first byte', async () => {
    const first = await scene();
    const before = picture(first);
    const whole = await child(first, 'apply');
    expect(whole.end).toEqual({ kind: 'done' });
    const after = picture(first);
    expect(after).not.toEqual(before);
    expect((await child(first, 'rollback')).end).toEqual({ kind: 'undone' });
    expect(picture(first)).toEqual(before);
    await atEach(whole.steps ?? 0, async (stopAt) => {
      const now = await scene();
      expect(await child(now, 'apply', { stopAt }), `step ${stopAt}`).toEqual({ killed: true });
      expect((await child(now, 'resume')).end, `resumed after step ${stopAt}`).toEqual({ kind: 'done' });
      expect(picture(now), `after step ${stopAt}`).toEqual(after);
      expect((await child(now, 'rollback')).end, `rolled back after step ${stopAt}`).toEqual({ kind: 'undone' });
      expect(picture(now), `rolled back after step ${stopAt}`).toEqual(before);
    });
  });

  it('at any step of applying is rolled back without being resumed', async () => {
    const first = await scene();
    const before = picture(first);
    const steps = (await child(first, 'apply')).steps ?? 0;
    await atEach(steps, async (stopAt) => {
      const now = await scene();
      await child(now, 'apply', { stopAt });
      expect((await child(now, 'rollback')).end, `step ${stopAt}`).toEqual({ kind: 'undone' });
      expect(picture(now), `step ${stopAt}`).toEqual(before);
    });
  });

  it('at any step of rolling back is rolled back to the first byte', async () => {
    const first = await scene();
    const before = picture(first);
    await child(first, 'apply');
    const steps = (await child(first, 'rollback')).steps ?? 0;
    await atEach(steps, async (stopAt) => {
      const now = await scene();
      await child(now, 'apply');
      expect(await child(now, 'rollback', { stopAt }), `step ${stopAt}`).toEqual({ killed: true });
      expect((await child(now, 'rollback')).end, `step ${stopAt}`).toEqual({ kind: 'undone' });
      expect(picture(now), `step ${stopAt}`).toEqual(before);
    });
  });

  it('at any step of a run whose gate fails leaves the failed group as it was', async () => {
    const first = await scene();
    const whole = await child(first, 'apply', { failing: 'g2' });
    expect(whole.end).toMatchObject({ kind: 'undone', why: ['the test says so'] });
    const after = picture(first);
    await atEach(whole.steps ?? 0, async (stopAt) => {
      const now = await scene();
      await child(now, 'apply', { stopAt, failing: 'g2' });
      const end = (await child(now, 'resume', { failing: 'g2' })).end;
      expect(wellEnded, `step ${stopAt}: ${JSON.stringify(end)}`).toContain(end?.kind);
      expect(picture(now), `step ${stopAt}`).toEqual(after);
    });
  });
});

describe.skipIf(!canContain())('a run that meets a fault of the host (needs mount namespaces)', { timeout: 60_000 }, () => {
  const host = { host: 'cp-1', component: 'kube-apiserver' } as const;
  const big = 'x: '.padEnd(65_536, 'y');

  /** The scene with one group that writes a file into a folder that is there, and a flag. */
  async function fileScene(text: string): Promise<Scene> {
    const now = await scene();
    writeTree(now.root, { '/etc/kubernetes/new/.keep': [''] });
    const plan = handPlan(await collectRoot(now.root), [
      {
        host: 'cp-1',
        changes: [
          { kind: 'write-file', ...host, path: '/etc/kubernetes/new/big.yaml', text, mode: 0o600, secret: false },
          { kind: 'set-flag', ...host, flag: 'anonymous-auth', value: 'false' },
        ],
      },
    ]);
    return { ...now, plan };
  }

  it('takes the group back where the disk is full', async () => {
    const now = await fileScene(big);
    const before = picture(now);
    const end = await child(now, 'apply', {}, `mount -t tmpfs -o size=16k none ${now.root}/etc/kubernetes/new`);
    expect(end.end).toMatchObject({ kind: 'undone', group: 'g1' });
    expect(end.end?.why?.join()).toContain('no space is left on the device');
    expect(picture(now)).toEqual(before);
  });

  it('takes the group back where a folder is read-only', async () => {
    const now = await fileScene('x: 1\n');
    const before = picture(now);
    const manifests = `${now.root}/etc/kubernetes/manifests`;
    const end = await child(now, 'apply', {}, `mount --bind ${manifests} ${manifests}\nmount -o remount,bind,ro ${manifests}`);
    expect(end.end).toMatchObject({ kind: 'undone', group: 'g1' });
    expect(end.end?.why?.join()).toContain('the file system is read-only');
    expect(picture(now)).toEqual(before);
  });

  it('changes nothing where the former file cannot be kept', async () => {
    const now = await fileScene('x: 1\n');
    writeTree(now.root, { '/etc/kubernetes/new/big.yaml': [big] });
    const plan = handPlan(await collectRoot(now.root), [
      { host: 'cp-1', changes: [{ kind: 'set-flag', ...host, flag: 'anonymous-auth', value: 'false' }] },
    ]);
    const before = picture(now);
    const end = await child({ ...now, plan }, 'apply', {}, `mkdir -p ${now.state}\nmount -t tmpfs -o size=8k none ${now.state}`);
    expect(end.end).toMatchObject({ kind: 'waiting', group: 'g1' });
    expect(end.end?.why?.join()).toContain('nothing was changed');
    expect(picture(now)).toEqual(before);
  });
});

describe('a run that loses the connection', { timeout: 60_000 }, () => {
  it.each(['before', 'after'] as const)('%s the server has made a change goes on when it is resumed', async (when) => {
    const whole = await scene();
    await child(whole, 'apply');
    const now = await scene();
    const before = picture(now);
    now.api.cut = (method, url) =>
      method === 'PATCH' && url.pathname.endsWith('/patched') && !url.searchParams.has('dryRun') ? when : undefined;
    const end = await child(now, 'apply');
    expect(end.end).toMatchObject({ kind: 'waiting', group: 'g1' });
    expect(end.end?.why?.join()).toContain('no answer came');
    now.api.cut = () => undefined;
    expect((await child(now, 'resume')).end).toEqual({ kind: 'done' });
    expect(picture(now)).toEqual(picture(whole));
    expect((await child(now, 'rollback')).end).toEqual({ kind: 'undone' });
    expect(picture(now)).toEqual(before);
  });
});
