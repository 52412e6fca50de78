import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeFile } from './host-files.ts';
import { createJournal } from './journal.ts';
import type { ObjectApi } from './object-api.ts';
import { undoGroup } from './undo-group.ts';
import type { World } from './world.ts';

const manifestPath = '/etc/kubernetes/manifests/kube-apiserver.yaml';
const configPath = '/etc/kubernetes/enc/config.yaml';
const manifest = (flags: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n  - name: kube-apiserver\n    command: [kube-apiserver${flags}]\n    volumeMounts: [{name: enc, mountPath: /etc/kubernetes/enc}]\n  volumes: [{name: enc, hostPath: {path: /etc/kubernetes/enc}}]\n`;
const configuration =
  'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n  - secretbox: {keys: [{name: k1, secret: AAAA}]}\n  - identity: {}\n';

/** A host on which a group has switched encryption on. */
async function encryptedWorld(store: World['store']): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'bulwark-undo-'));
  mkdirSync(join(root, '/etc/kubernetes/manifests'), { recursive: true });
  mkdirSync(join(root, '/etc/kubernetes/enc'), { recursive: true });
  writeFileSync(join(root, manifestPath), manifest(''), { mode: 0o600 });
  const journal = await createJournal(
    join(root, 'state'),
    { run: 'r', plan: '', planSha256: '', host: 'cp-1', root, at: '' },
    () => undefined,
  );
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const world: World = {
    root,
    host: 'cp-1',
    api: {} as ObjectApi,
    gate: {
      baseline: () => Promise.reject(new Error('not asked')),
      check: () => Promise.resolve({ kind: 'passed', notes: [] }),
    },
    journal,
    step: () => undefined,
    say: () => undefined,
    progress: () => undefined,
    confirm: () => Promise.resolve(false),
    now: () => '2026-11-26T00:00:00Z',
    restartUnit: () => Promise.resolve([]),
    manifestPath: () => manifestPath,
    store,
  };
  await journal.append({ kind: 'group', group: 'g1', at: '', baseline: null, restarts: [] });
  const write = (path: string, text: string): Promise<void> =>
    writeFile(world, 'g1', path, { kind: 'write', bytes: Buffer.from(text), mode: 0o600, ...owner });
  await write(configPath, configuration);
  await write(manifestPath, manifest(`, --encryption-provider-config=${configPath}`));
  return world;
}

const restarts = [{ host: 'cp-1', component: 'kube-apiserver' }] as const;

describe('undoGroup', () => {
  it('refuses to take encryption back where etcd cannot be read, and changes nothing', async () => {
    const world = await encryptedWorld({ fault: () => Promise.resolve('no route to etcd'), prefixes: () => Promise.resolve({}) });
    const undoing = undoGroup(world, { group: 'g1', by: 'rollback', why: '', restarts, served: true });
    await expect(undoing).rejects.toThrow(/encryption of secrets would lose .* etcd cannot be read .*: no route to etcd/);
    expect(readFileSync(join(world.root, configPath), 'utf8')).toBe(configuration);
    expect(world.journal.records.some(({ kind }) => kind === 'undo')).toBe(false);
  });

  it('restores at once where no server ran with the configuration', async () => {
    const world = await encryptedWorld({ fault: () => Promise.resolve('no route to etcd'), prefixes: () => Promise.resolve({}) });
    const result = await undoGroup(world, { group: 'g1', by: 'gate', why: '', restarts, served: false });
    expect(result.kind).toBe('passed');
    expect(readFileSync(join(world.root, manifestPath), 'utf8')).toBe(manifest(''));
  });
});
