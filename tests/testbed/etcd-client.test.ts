import { request } from 'node:https';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EtcdClient } from '../../src/etcd/client.ts';
import type { EtcdFault } from '../../src/etcd/etcd-fault.ts';
import { allKeysUnder } from '../../src/etcd/stored-keys.ts';
import { TestAuthority } from '../../testbed/certificates.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { findTestbeds } from '../../testbed/find.ts';
import { freePorts } from '../../testbed/processes.ts';
import type { TlsEtcd } from './tls-etcd.ts';
import { startTlsEtcd } from './tls-etcd.ts';

const testbeds = findTestbeds();

interface Tls {
  readonly authorities: string;
  readonly certificate: string;
  readonly key: string;
}

/** Writes a value through etcd's JSON gateway: the client itself cannot write. */
function put(url: string, tls: Tls, key: string, value: Buffer): Promise<void> {
  const body = JSON.stringify({ key: Buffer.from(key).toString('base64'), value: value.toString('base64') });
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}/v3/kv/put`,
      { method: 'POST', ca: tls.authorities, cert: tls.certificate, key: tls.key },
      (answer) => {
        answer.resume();
        answer.once('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`put: ${answer.statusCode}`))));
      },
    );
    asked.once('error', reject);
    asked.end(body);
  });
}

describe.skipIf(testbeds.length === 0)('the etcd client (needs a testbed)', () => {
  describe.each(testbeds)('against the etcd of $version', (testbed) => {
    let plane: ControlPlane;
    let client: EtcdClient;

    beforeAll(async () => {
      plane = await startControlPlane(testbed);
      client = new EtcdClient({ endpoints: [`http://127.0.0.1:${plane.etcdPort}`] });
    });
    afterAll(async () => {
      client?.close();
      await plane?.stop();
    });

    test('tells the version', async () => {
      const status = await client.status();
      expect(status.version).toMatch(/^3\.[4-7]\.\d+/);
      expect(status.revision).toBeGreaterThan(1n);
    });

    test('reads pages of many and of large values at one revision', async () => {
      const body = (name: string, size: number): object => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name },
        data: { text: 'x'.repeat(size) },
      });
      for (let index = 0; index < 130; index++) {
        const answer = await plane.request(
          'POST',
          '/api/v1/namespaces/default/configmaps',
          body(`c${index}`, index % 10 === 0 ? 900_000 : 10),
        );
        expect(answer.status).toBe(201);
      }
      const counts = await allKeysUnder(client, '/registry/configmaps/default/');
      expect(counts.byPrefix['plaintext']).toBe(counts.total);
      expect(counts.total).toBeGreaterThanOrEqual(130);
      const first = await client.range({
        key: Buffer.from('/registry/configmaps/'),
        end: Buffer.from('/registry/configmaps0'),
        limit: 3,
      });
      expect(first).toMatchObject({ more: true });
      expect(first.kvs).toHaveLength(3);
      expect(Number(first.count)).toBeGreaterThanOrEqual(130);
    });

    test('passes on to an endpoint that answers', async () => {
      const [closed = 0] = await freePorts(1);
      const second = new EtcdClient({ endpoints: [`http://127.0.0.1:${closed}`, `http://127.0.0.1:${plane.etcdPort}`] });
      expect((await second.status()).version).toMatch(/^3\./);
      second.close();
    });
  });

  describe.each(testbeds)('with TLS, etcd of $version', (testbed) => {
    const other = new TestAuthority('other-ca');
    let etcd: TlsEtcd;
    let url = '';
    let ca = '';
    let good: TlsEtcd['client'];

    beforeAll(async () => {
      etcd = await startTlsEtcd(testbed);
      url = etcd.url;
      good = etcd.client;
      ca = good.authorities;
    });
    afterAll(async () => {
      await etcd?.stop();
    });

    const fault = async (settings: ConstructorParameters<typeof EtcdClient>[0]): Promise<EtcdFault> => {
      const asked = new EtcdClient(settings);
      try {
        await asked.status();
      } catch (error) {
        return error as EtcdFault;
      } finally {
        asked.close();
      }
      throw new Error('it answered');
    };

    test('reads with its certificate', async () => {
      const asked = new EtcdClient({ endpoints: [url], ...good });
      expect((await asked.status()).version).toMatch(/^3\./);
      expect((await allKeysUnder(asked, '/registry/pods/')).total).toBe(0);
      asked.close();
    });

    test('reads values of 8 MB, and counts them by how they are kept', async () => {
      const sealed = Buffer.concat([Buffer.from('k8s:enc:secretbox:v1:key1:'), Buffer.alloc(8 * 1024 * 1024, 7)]);
      for (const name of ['a', 'b', 'c']) await put(url, good, `/registry/secrets/big/${name}`, sealed);
      await put(url, good, '/registry/secrets/big/plain', Buffer.from('k8s\0...'));
      const asked = new EtcdClient({ endpoints: [url], ...good });
      const counts = await allKeysUnder(asked, '/registry/secrets/');
      asked.close();
      expect(counts).toMatchObject({ total: 4, byPrefix: { 'k8s:enc:secretbox:v1:key1:': 3, plaintext: 1 }, keyIds: [] });
      expect(counts.examples['plaintext']).toEqual(['/registry/secrets/big/plain']);
    });

    test('says that the client certificate is missing, or of another authority', async () => {
      expect(await fault({ endpoints: [url], authorities: ca })).toMatchObject({ failure: 'certificate' });
      const stranger = other.issue({ commonName: 'stranger' });
      expect(
        await fault({ endpoints: [url], authorities: ca, certificate: stranger.certificate, key: stranger.key }),
      ).toMatchObject({ failure: 'certificate' });
    });

    test("says that etcd's certificate is not trusted, or is for other names", async () => {
      const { certificate, key } = good;
      expect(await fault({ endpoints: [url], authorities: other.credential.certificate, certificate, key })).toMatchObject({
        failure: 'certificate',
        message: expect.stringContaining('not trusted') as string,
      });
      expect(await fault({ endpoints: [url.replace('127.0.0.1', 'localhost')], ...good })).toMatchObject({
        failure: 'certificate',
      });
    });

    test('says that nobody listens, that the host is not known, that nothing answers', async () => {
      const [port = 0] = await freePorts(1);
      expect(await fault({ endpoints: [`https://127.0.0.1:${port}`], ...good })).toMatchObject({ failure: 'refused' });
      expect(await fault({ endpoints: ['https://etcd.invalid:2379'], ...good })).toMatchObject({ failure: 'unknown-host' });
      const silent = createServer(() => undefined);
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const address = silent.address();
      const silentPort = typeof address === 'object' && address !== null ? address.port : 0;
      expect(await fault({ endpoints: [`https://127.0.0.1:${silentPort}`], ...good })).toMatchObject({ failure: 'timeout' });
      silent.close();
    });

    test('never prints a key', async () => {
      const found = await fault({ endpoints: [url], ...good, key: etcd.serverKey }).catch(String);
      expect(JSON.stringify(found) + String(found)).not.toContain('PRIVATE KEY');
    });
  });
});
