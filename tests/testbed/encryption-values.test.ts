import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/cluster/json.ts';
import { objectAt } from '../../src/cluster/json.ts';
import { inventoryOfEtcd } from '../../src/collect/etcd/live-inventory.ts';
import type { EncryptionConfiguration } from '../../src/encryption/configuration.ts';
import { loadEncryptionConfiguration } from '../../src/encryption/configuration.ts';
import type { DataKeyAnswer } from '../../src/encryption/providers/kms-plugin.ts';
import type { KmsWriteState } from '../../src/encryption/providers/transformer.ts';
import { ReadabilityJudge, requestKey } from '../../src/encryption/readability.ts';
import { compileTransformers, openValue, sealValue } from '../../src/encryption/transformers.ts';
import { answer as readEngine } from '../../src/eval/encryption-read.ts';
import { EtcdClient } from '../../src/etcd/client.ts';
import { KmsClient, KmsFault } from '../../src/kms/client.ts';
import { devEndpoint, openDevKeys, serveDevPlugin } from '../../src/kms/dev-plugin.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import { findTestbeds } from '../../testbed/find.ts';
import { putIntoEtcd } from './etcd-gateway.ts';
import { Client } from './many-requests.ts';

const testbeds = findTestbeds();
const writers = ['aescbc', 'aesgcm', 'secretbox', 'kms v1', 'kms v2'] as const;
type Writer = (typeof writers)[number];
const each = 12;
/** The first minor that writes KMS v2 with a seed; before, with a data key. */
const seedSince = 29;
const namespace = '/api/v1/namespaces/default/secrets';
const nonceSize: Readonly<Record<Writer, number>> = { aescbc: 16, aesgcm: 12, secretbox: 24, 'kms v1': 12, 'kms v2': 12 };

describe.skipIf(testbeds.length === 0).each(testbeds)('stored values of $version (needs a testbed)', (testbed) => {
  const { minor } = testbed;
  const folder = mkdtempSync(join(tmpdir(), 'kms-'));
  // 1.28 sends the path as the name of a host, which Node refuses.
  const socket = minor < 29 ? `@bulwark-kms-${process.pid}` : join(folder, 'kms.sock');
  const endpoint = devEndpoint(socket);
  const providers: Readonly<Record<Writer, JsonObject>> = {
    aescbc: { aescbc: { keys: [{ name: 'c 1', secret: randomBytes(24).toString('base64') }] } },
    aesgcm: { aesgcm: { keys: [{ name: 'g1', secret: randomBytes(16).toString('base64') }] } },
    secretbox: { secretbox: { keys: [{ name: 's1', secret: randomBytes(32).toString('base64') }] } },
    'kms v1': { kms: { apiVersion: 'v1', name: 'one', endpoint, cachesize: 100, timeout: '3s' } },
    'kms v2': { kms: { apiVersion: 'v2', name: 'two', endpoint, timeout: '3s' } },
  };
  let plane: ControlPlane;
  let client: Client;
  let etcd: EtcdClient;
  let plugin: Awaited<ReturnType<typeof serveDevPlugin>>;
  const clients = { v1: new KmsClient(endpoint, 'v1'), v2: new KmsClient(endpoint, 'v2') };

  const textWith = (writer: Writer): string => {
    const others = writers.filter((other) => other !== writer).map((other) => providers[other]);
    const entry = { resources: ['secrets'], providers: [providers[writer], ...others, { identity: {} }] };
    return JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources: [entry] });
  };
  const configurationWith = (writer: Writer): EncryptionConfiguration => {
    const loaded = loadEncryptionConfiguration(textWith(writer), { path: 'x', minor, gates: () => true });
    if (loaded.kind === 'refused') throw new Error(loaded.message);
    return loaded.configuration;
  };
  const serverWith = (writer: Writer) => ({
    flags: {
      'encryption-provider-config': '{dir}/encryption.json',
      ...(minor >= 28 ? { 'feature-gates': 'KMSv1=true' } : {}),
    },
    files: { 'encryption.json': textWith(writer) },
  });
  const secret = (name: string): JsonObject => ({
    metadata: { name, namespace: 'default' },
    data: { value: randomBytes(40).toString('base64') },
  });
  const etcdKey = (name: string): string => `/registry/secrets/default/${name}`;
  const storedValue = async (name: string): Promise<Uint8Array> =>
    (await etcd.range({ key: Buffer.from(etcdKey(name)) })).kvs[0]?.value ?? Buffer.alloc(0);

  /** Judges values; what the plug-in has to be asked is asked. */
  async function judgeFor(writer: Writer, values: ReadonlyMap<string, Uint8Array>): Promise<ReadabilityJudge> {
    const judge = new ReadabilityJudge(configurationWith(writer), '/registry', minor);
    const { keyID } = await clients.v2.status();
    const answers = { one: new Map<string, DataKeyAnswer>(), two: new Map<string, DataKeyAnswer>() };
    const tell = () => {
      judge.tell('one', { currentKeyID: undefined, answers: answers.one });
      judge.tell('two', { currentKeyID: keyID, answers: answers.two });
    };
    tell();
    for (const [key, value] of values)
      for (const request of judge.questions(key, value))
        answers[request.kmsName === 'one' ? 'one' : 'two'].set(
          requestKey(request),
          await clients[request.version].decrypt(request),
        );
    tell();
    return judge;
  }

  async function writeState(writer: Writer, type: 0 | 1): Promise<KmsWriteState | undefined> {
    const source = randomBytes(32);
    if (writer === 'kms v1') {
      const { ciphertext } = await clients.v1.encrypt(source);
      return { version: 'v1', dataEncryptionKey: source, encryptedDEK: ciphertext };
    }
    if (writer !== 'kms v2') return undefined;
    const { ciphertext, keyID, annotations } = await clients.v2.encrypt(source);
    return {
      version: 'v2',
      keyID,
      encryptedDEKSource: ciphertext,
      annotations,
      source: type === 0 ? { type, dataEncryptionKey: source } : { type, seed: source, info: randomBytes(32) },
    };
  }

  beforeAll(async () => {
    openDevKeys(join(folder, 'keys.json'), false);
    plugin = await serveDevPlugin(socket, join(folder, 'keys.json'));
    plane = await startControlPlane(testbed, { ...serverWith('aescbc'), timeout: 30000 });
    client = new Client(plane);
    etcd = new EtcdClient({ endpoints: [`http://127.0.0.1:${plane.etcdPort}`] });
  });
  afterAll(async () => {
    for (const one of Object.values(clients)) one.close();
    etcd?.close();
    client?.close();
    await plane?.stop();
    await plugin?.close();
  });

  it.each(writers)('%s: what the server writes is read here, what is written here the server reads', async (writer) => {
    if (writer !== 'aescbc') await plane.restartApiserver(serverWith(writer));
    const id = writer.replace(' ', '-');
    const names = Array.from({ length: each }, (_, index) => `${id}-${index}`);
    for (const name of names) await client.made('POST', namespace, secret(name));
    const values = new Map<string, Uint8Array>();
    for (const name of names) values.set(etcdKey(name), await storedValue(name));
    const judge = await judgeFor(writer, values);
    for (const [key, value] of values)
      expect(judge.judge(key, value)).toEqual({ kind: 'readable', resource: 'secrets', stale: false });

    // A plaintext of the server, under another name, sealed here.
    const bare = `${id}-bare`;
    const transformers = compileTransformers(configurationWith(writer), new Map(), minor);
    const types = writer === 'kms v2' ? ([0, 1] as const) : ([1] as const);
    for (const type of types) {
      const name = `${bare}-${type}`;
      const kms = await writeState(writer, type);
      const plaintext = Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', ...secret(name), type: 'made/here' }));
      const random = { nonce: randomBytes(nonceSize[writer]), ...(kms === undefined ? {} : { kms }) };
      const sealed = sealValue(transformers, 'secrets', etcdKey(name), plaintext, random);
      await putIntoEtcd(`http://127.0.0.1:${plane.etcdPort}`, etcdKey(name), sealed);
      const read = objectAt(await client.made('GET', `${namespace}/${name}`));
      expect(read['type']).toBe('made/here');
      expect(read['data']).toEqual(objectAt(JSON.parse(plaintext.toString('utf8')) as Json)['data']);
      // Staleness, as the server shows it by writing: a put of the unchanged object.
      const judged = (await judgeFor(writer, new Map([[etcdKey(name), sealed]]))).judge(etcdKey(name), sealed);
      const before = await etcd.range({ key: Buffer.from(etcdKey(name)) });
      await client.made('PUT', `${namespace}/${name}`, read);
      const after = await etcd.range({ key: Buffer.from(etcdKey(name)) });
      const wasStale = writer === 'kms v2' && type !== (minor >= seedSince ? 1 : 0);
      expect(judged).toEqual({ kind: 'readable', resource: 'secrets', stale: wasStale });
      // JSON is written anew as protobuf whatever the provider; so the second put tells.
      expect(after.kvs[0]?.modRevision).not.toBe(before.kvs[0]?.modRevision);
      await client.made('PUT', `${namespace}/${name}`, objectAt(await client.made('GET', `${namespace}/${name}`)));
      expect((await etcd.range({ key: Buffer.from(etcdKey(name)) })).kvs[0]?.modRevision).toBe(after.kvs[0]?.modRevision);
    }
  });

  it('counts every value by the provider that wrote it', async () => {
    const { rows } = await inventoryOfEtcd({ endpoints: [`http://127.0.0.1:${plane.etcdPort}`] }, '/registry', 'etcd');
    const secrets = rows.filter(({ resource }) => resource === 'secrets');
    expect(secrets.map(({ prefix, count }) => [prefix, count])).toEqual([
      ['k8s:enc:aescbc:v1:c 1:', each + 1],
      ['k8s:enc:aesgcm:v1:g1:', each + 1],
      ['k8s:enc:kms:v1:one:', each + 1],
      ['k8s:enc:kms:v2:two:', each + 2],
      ['k8s:enc:secretbox:v1:s1:', each + 1],
    ]);
  });

  it('tells a value that was sealed for another key from one that can be read, as the server does', async () => {
    const moved = await storedValue('kms-v2-1');
    await putIntoEtcd(`http://127.0.0.1:${plane.etcdPort}`, etcdKey('moved'), Buffer.from(moved));
    const answer = await client.send({ method: 'GET', path: `${namespace}/moved`, as: client.admin });
    expect(answer.status).toBe(500);
    const judge = await judgeFor('kms v2', new Map([[etcdKey('moved'), moved]]));
    const { current, keys } = openDevKeys(join(folder, 'keys.json'), false);
    const evalPlugin = { keyEncryptionKeys: keys, currentKeyID: current };
    const judged = judge.judge(etcdKey('moved'), moved);
    expect(judged.kind).toBe('unreadable');
    const evaluated = readEngine(
      {
        config: textWith('kms v2'),
        etcdKey: etcdKey('moved'),
        valueB64: Buffer.from(moved).toString('base64'),
        kms: { two: evalPlugin },
      },
      minor,
    );
    expect(evaluated).toMatchObject({ result: { readable: false, message: objectAt(answer.body)['message'] } });
    expect(objectAt(answer.body)['message']).toContain(judged.kind === 'unreadable' ? judged.why : '-');
  });

  it('says so where no plug-in listens, or it does not know the key', async () => {
    const nobody = new KmsClient(`unix://${join(folder, 'nobody.sock')}`, 'v2', 500);
    await expect(nobody.status()).rejects.toThrow(KmsFault);
    nobody.close();
    const request = { kmsName: 'two', version: 'v2', ciphertext: randomBytes(60), keyID: 'key-99', annotations: [] } as const;
    expect(await clients.v2.decrypt(request)).toEqual({
      kind: 'error',
      message: 'rpc error: code = Unknown desc = unknown key id key-99',
    });
    expect(openValue(compileTransformers(undefined, new Map(), minor), 'secrets', 'x', Buffer.from('k8s:enc:x')).kind).toBe(
      'error',
    );
  });
});
