import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateStorage } from '../../src/apply/migrate-storage.ts';
import { ObjectApi } from '../../src/apply/object-api.ts';
import { inventoryOfEtcd } from '../../src/collect/etcd/live-inventory.ts';
import { ApiClient } from '../../src/collect/live/api-client.ts';
import { connect } from '../../src/collect/live/collect-live.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import type { Testbed } from '../../testbed/find.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';
import { Client, each } from './many-requests.ts';

const count = 150;
const secretbox = (name: string): string =>
  `  - secretbox: {keys: [{name: ${name}, secret: ${Buffer.alloc(32, name).toString('base64')}}]}\n`;
const configuration = (...keys: string[]): string =>
  `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n${keys.map(secretbox).join('')}`;

/** 1.28 has no migrator of its own; before 1.37 it is switched on by hand. */
const testbeds = findTestbedsForLongTests().filter(({ minor }) => minor >= 30);

describe.skipIf(testbeds.length === 0).each(testbeds)(
  'a StorageVersionMigration of $version (needs a testbed)',
  (testbed: Testbed) => {
    let plane: ControlPlane;
    let api: ObjectApi;
    const gates = testbed.minor >= 37 ? {} : { 'feature-gates': 'StorageVersionMigrator=true,InformerResourceVersion=true' };
    const served = testbed.minor >= 37 ? {} : { 'runtime-config': 'storagemigration.k8s.io/v1alpha1=true' };
    const encrypted = (text: string) => ({
      flags: { 'encryption-provider-config': '{dir}/encryption.yaml', ...gates, ...served },
      files: { 'encryption.yaml': text },
    });

    beforeAll(async () => {
      plane = await startControlPlane(testbed, {
        ...encrypted(configuration('old')),
        controllerManager: true,
        // It goes on while the API server restarts.
        controllerManagerFlags: {
          'leader-elect': 'true',
          'leader-elect-lease-duration': '60s',
          'leader-elect-renew-deadline': '50s',
          ...gates,
        },
      });
      const client = new Client(plane);
      await each(
        Array.from({ length: count }, (_, index) => index),
        async (index) => {
          const body = { metadata: { name: `s-${index}` }, stringData: { k: `v-${index}` } };
          await client.made('POST', '/api/v1/namespaces/default/secrets', body);
        },
      );
      client.close();
      api = new ObjectApi(new ApiClient(await connect({ kubeconfig: plane.kubeconfig }, {}, []), {}));
    });
    afterAll(async () => {
      await api?.client.close();
      await plane?.stop();
    });

    async function prefixes(): Promise<Readonly<Record<string, number>>> {
      const { rows } = await inventoryOfEtcd({ endpoints: [`http://127.0.0.1:${plane.etcdPort}`] }, '/registry', 'etcd');
      return Object.fromEntries(rows.filter(({ resource }) => resource === 'secrets').map((row) => [row.prefix, row.count]));
    }

    const secrets = { apiGroup: '', resource: 'secrets', version: 'v1' };

    it('stores every object anew, and is taken away', async () => {
      expect(await prefixes()).toEqual({ 'k8s:enc:secretbox:v1:old:': count });
      await plane.restartApiserver(encrypted(configuration('new', 'old')));
      expect(await migrateStorage(api, secrets, { name: 'bulwark-test', waitMs: 200_000 })).toEqual({ kind: 'migrated' });
      expect(await prefixes()).toEqual({ 'k8s:enc:secretbox:v1:new:': count });
      const { body } = await plane.request(
        'GET',
        `/apis/storagemigration.k8s.io/${testbed.minor >= 37 ? 'v1' : 'v1alpha1'}/storageversionmigrations`,
      );
      expect(body).toMatchObject({ items: [] });
    });

    it('is not waited for where nobody would carry it out', async () => {
      const later = Date.now() + 3_600_000;
      const answer = await migrateStorage(api, secrets, { name: 'bulwark-test', waitMs: 200_000, now: () => later });
      expect(answer).toEqual({ kind: 'none', why: 'no controller manager holds its lease' });
      const { flags, files } = encrypted(configuration('new', 'old'));
      const { 'runtime-config': _, ...rest } = flags as Readonly<Record<string, string>>;
      const unserved = testbed.minor >= 37 ? { 'runtime-config': 'storagemigration.k8s.io/v1=false' } : {};
      await plane.restartApiserver({ flags: { ...rest, ...unserved }, files });
      expect(await migrateStorage(api, secrets, { name: 'bulwark-test', waitMs: 200_000 })).toEqual({
        kind: 'none',
        why: 'the cluster serves no StorageVersionMigration',
      });
    });
  },
);
