import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RotateOptions } from '../../src/cli/run-encryption-rotate.ts';
import { rotateCommand } from '../../src/cli/run-encryption-rotate.ts';
import { inventoryOfEtcd } from '../../src/collect/etcd/live-inventory.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';
import { each } from './many-requests.ts';
import { TwoServers } from './two-servers.ts';
import { Workload } from './secret-workload.ts';
import { etcdSnapshot } from './etcd-gateway.ts';

const full = process.env['BULWARK_TEST_FULL'] === '1';
const testbeds = findTestbedsForLongTests();
const secrets = full ? 10_000 : 300;
const oldKey = randomBytes(32).toString('base64');
const configuration = `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - aescbc: {keys: [{name: old, secret: ${oldKey}}]}
  - identity: {}
`;

describe.skipIf(testbeds.length === 0).each(testbeds)(
  'a rotation of $version (needs a testbed)',
  { timeout: 1_500_000 },
  (testbed) => {
    const folder = mkdtempSync(join(tmpdir(), 'rotate-'));
    const backup = join(folder, 'backup.db');
    let servers: TwoServers;
    let rotations = 0;

    const etcdUrl = () => `http://127.0.0.1:${servers.plane.etcdPort}`;
    const optionsOf = (more: Partial<RotateOptions> = {}): RotateOptions => ({
      server: servers.urls.map((url, index) => ({ url, file: servers.files[index as 0 | 1] })),
      hostRoot: [],
      endpoint: [etcdUrl()],
      provider: 'secretbox',
      backup,
      kubeconfig: servers.plane.kubeconfig,
      state: join(folder, 'state'),
      wait: 120_000,
      rate: 2000,
      resume: false,
      dryRun: false,
      ...more,
    });
    const storedPrefixes = async (): Promise<Readonly<Record<string, number>>> => {
      const { rows } = await inventoryOfEtcd({ endpoints: [etcdUrl()] }, '/registry', 'etcd');
      const counts: Record<string, number> = {};
      for (const { resource, prefix, count } of rows) if (resource === 'secrets') counts[prefix] = (counts[prefix] ?? 0) + count;
      return counts;
    };

    function child(
      options: RotateOptions,
      stopAt = 0,
    ): Promise<{ readonly code: number | null; readonly signal: string | null; readonly output: string }> {
      const words = ['--import', 'tsx', 'tests/testbed/rotate-child.ts', String(stopAt), JSON.stringify(options)];
      return new Promise((resolve) => {
        const process_ = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        for (const stream of [process_.stdout, process_.stderr])
          stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
        process_.once('close', (code, signal) => resolve({ code, signal, output }));
      });
    }

    /** The name of today's writer, as etcd shows it. */
    async function onlyKey(): Promise<string> {
      const prefixes = Object.keys(await storedPrefixes());
      expect(prefixes).toHaveLength(1);
      return prefixes[0] ?? '';
    }

    beforeAll(async () => {
      servers = await TwoServers.start(testbed, configuration);
      await Workload.fill(servers, 'kept', secrets);
      servers.follow();
      await etcdSnapshot(etcdUrl(), backup);
    });
    afterAll(() => servers?.stop());

    it('needs a backup that is whole, young and of this etcd', async () => {
      const { backup: _without, ...rest } = optionsOf();
      expect((await child(rest)).output).toContain('no backup is named');
      const torn = join(folder, 'torn.db');
      writeFileSync(torn, readFileSync(backup).subarray(0, 100_000));
      expect((await child(optionsOf({ backup: torn }))).output).toMatch(/damaged|no database|has no checksum/);
      expect((await storedPrefixes())['k8s:enc:aescbc:v1:old:']).toBe(secrets);
    });

    it('prints its steps and changes nothing in a dry run', async () => {
      const before = servers.files.map((file) => readFileSync(file, 'utf8'));
      const { code, output } = await child(optionsOf({ dryRun: true }));
      expect(code, output).toBe(0);
      expect(output).toContain(`rewrite through ${servers.urls[0]}`);
      expect(output).toContain(`${secrets} secrets`);
      expect(servers.files.map((file) => readFileSync(file, 'utf8'))).toEqual(before);
    });

    it('loses nothing and fails no read while others write and read', async () => {
      const workload = new Workload(servers);
      workload.start();
      const { code, output } = await child(optionsOf());
      const seen = await workload.stop();
      rotations++;
      expect(code, output).toBe(0);
      expect(output.match(/on all 2 API servers/g)).toHaveLength(3);
      expect(seen.failedReads).toEqual([]);
      expect(seen.reads).toBeGreaterThan(100);
      expect(seen.writes).toBeGreaterThan(20);
      expect(await workload.lost()).toEqual([]);
      expect(await Workload.missing(servers, 'kept', secrets)).toEqual([]);
      expect(await onlyKey()).toMatch(/^k8s:enc:secretbox:v1:bulwark-/);
      for (const file of servers.files) {
        expect(readFileSync(file, 'utf8')).not.toContain(oldKey);
        expect(statSync(file).mode & 0o777).toBe(0o600);
      }
      for (const key of [oldKey, ...keysIn(servers.files[0])]) expect(output).not.toContain(key);
    });

    it('goes on wherever it was killed', async () => {
      await each(
        Array.from({ length: Math.max(0, secrets - 200) }, (_, index) => index),
        async (index) => {
          await Workload.remove(servers, 'kept', index + 200);
        },
      );
      await etcdSnapshot(etcdUrl(), backup);
      // In the quick run three moments; in the full one, with the newest version, each of them.
      const everyStep = full && testbed === testbeds[0];
      const stops = everyStep ? Array.from({ length: 60 }, (_, index) => index + 1) : [4, 12, 17];
      let ended = false;
      for (const stopAt of stops) {
        const former = await onlyKey();
        const killed = await child(optionsOf({ provider: rotations++ % 2 === 0 ? 'aesgcm' : 'secretbox' }), stopAt);
        ended = killed.signal === null;
        if (ended) expect(killed.code, killed.output).toBe(0);
        else {
          expect(killed.signal).toBe('SIGKILL');
          expect(await Workload.missing(servers, 'kept', 200), `killed at step ${stopAt}`).toEqual([]);
          const resumed = await child(optionsOf({ resume: true }));
          expect(resumed.code, `step ${stopAt}: ${killed.output}${resumed.output}`).toBe(0);
        }
        expect(await Workload.missing(servers, 'kept', 200), `resumed after step ${stopAt}`).toEqual([]);
        expect(await onlyKey()).not.toBe(former);
        if (ended) break;
      }
      expect(ended).toBe(everyStep);
    });

    it('stops where a server does not follow, and goes on once it does', async () => {
      const [first] = servers.urls;
      const former = await onlyKey();
      const alone = optionsOf({ server: [{ url: first, file: servers.files[0] }, { url: servers.urls[1] }], wait: 6000 });
      const stopped = await child(alone);
      expect(stopped.code, stopped.output).toBe(3);
      expect(stopped.output).toContain(`${servers.urls[1]}: it `);
      expect(await onlyKey()).toBe(former);
      const again = await child(alone);
      expect(again.output).toContain('waits in');
      for (const name of ['reader', 'writer', 'final']) {
        writeFileSync(servers.files[1], readFileSync(join(folder, 'state/rotation', `${name}.yaml`)));
        const { code, output } = await child({ ...alone, resume: true, wait: 10_000 });
        expect(code, output).toBe(name === 'final' ? 0 : 3);
      }
      expect(await onlyKey()).not.toBe(former);
      expect(await Workload.missing(servers, 'kept', 200)).toEqual([]);
    });
  },
);

describe.skipIf(testbeds.length === 0 || !full).each(testbeds)(
  'a rotation of $version whose servers reload by themselves (needs a testbed)',
  { timeout: 900_000 },
  (testbed) => {
    // StorageVersionMigrations are on by default from 1.37.
    const migrates = testbed.minor >= 37;

    it('restarts nobody, loses nothing, fails no read', async () => {
      const said = vi.spyOn(process.stdout, 'write');
      const folder = mkdtempSync(join(tmpdir(), 'rotate-'));
      const servers = await TwoServers.start(testbed, configuration, { reload: true, migrates });
      try {
        const endpoint = `http://127.0.0.1:${servers.plane.etcdPort}`;
        await Workload.fill(servers, 'kept', 200);
        await etcdSnapshot(endpoint, join(folder, 'backup.db'));
        const workload = new Workload(servers);
        workload.start();
        const code = await rotateCommand({
          server: servers.urls.map((url, index) => ({ url, file: servers.files[index as 0 | 1] })),
          hostRoot: [],
          endpoint: [endpoint],
          provider: 'secretbox',
          backup: join(folder, 'backup.db'),
          kubeconfig: servers.plane.kubeconfig,
          state: join(folder, 'state'),
          wait: 200_000,
          rate: 500,
          resume: false,
          dryRun: false,
        });
        const seen = await workload.stop();
        expect(code).toBe(0);
        const output = said.mock.calls.map(([text]) => String(text)).join('');
        expect(output).toContain(
          migrates ? 'the cluster stored secrets anew (StorageVersionMigration' : 'secrets are written through the API: ',
        );
        expect(seen.failedReads).toEqual([]);
        expect(await workload.lost()).toEqual([]);
        const { rows } = await inventoryOfEtcd({ endpoints: [endpoint] }, '/registry', 'etcd');
        const prefixes = new Set(rows.filter(({ resource }) => resource === 'secrets').map(({ prefix }) => prefix));
        expect([...prefixes]).toEqual([expect.stringMatching(/^k8s:enc:secretbox:v1:bulwark-/)]);
      } finally {
        said.mockRestore();
        await servers.stop();
      }
    });
  },
);

function keysIn(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/secret: (\S+)/g)].map(([, key = '']) => key);
}
