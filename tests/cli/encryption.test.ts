import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bulwark, folderWith, root } from './bulwark.ts';

const golden = join(root, 'tests/golden/etcd-snapshot');
const unpacked = (name: string): Buffer => gunzipSync(readFileSync(join(golden, `${name}.db.gz`)));
/** Stands in every Secret of the recordings. */
const marker = 'PLAINMARK';

interface Recording {
  readonly id: string;
  readonly input: { readonly config: string };
}

let folder: ReturnType<typeof folderWith>;
const outputs: string[] = [];
const encryption = async (...words: readonly string[]): ReturnType<typeof bulwark> => {
  const outcome = await bulwark(['encryption', ...words], { cwd: folder.path });
  outputs.push(outcome.stdout, outcome.stderr);
  return outcome;
};

beforeAll(() => {
  const recordings = readFileSync(join(golden, 'snapshots.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Recording);
  const config = recordings.find(({ id }) => id.includes('p3-deleted'))?.input.config ?? '';
  folder = folderWith({
    'p3.db': unpacked('etcd34-k131-p3-deleted'),
    'p5.db': unpacked('etcd35-k136-p5-compacted'),
    'encryption.yaml': config,
    'torn.db': unpacked('etcd34-k131-p3-deleted').subarray(0, 300_000),
    'nothing.db': Buffer.alloc(8192),
    'bad.yaml': config.replace('kind: EncryptionConfiguration', 'kind: Encryption'),
  });
});
afterAll(() => folder.remove());

describe('bulwark encryption status', () => {
  it('counts what is stored, and names plaintext that compaction and defragmentation remove', async () => {
    const p3 = await encryption('status', '--snapshot', 'p3.db');
    expect(p3.code).toBe(0);
    expect(p3.stdout).toMatch(/^ +50 +37 316 +current +plaintext +secrets$/m);
    expect(p3.stdout).toMatch(/^ +250 +205 762 +superseded +plaintext +secrets$/m);
    expect(p3.stdout).toMatch(/^ +54 +48 138 +current +aescbc +key1 +secrets$/m);
    expect(p3.stdout).toContain('etcdctl compact');
    const p5 = await encryption('status', '--snapshot', 'p5.db');
    expect(p5.stdout).toMatch(/^ +300 +243 078 +free pages +plaintext +secrets$/m);
    expect(p5.stdout).toContain('etcdctl defrag');
    for (const line of [...p3.stdout.split('\n'), ...p5.stdout.split('\n')]) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('says what is damaged, counts the rest, and refuses what is no database', async () => {
    const torn = await encryption('status', '--snapshot', 'torn.db');
    expect(torn.code).toBe(1);
    expect(torn.stdout).toMatch(/damaged: .*cut off/);
    expect(await encryption('status', '--snapshot', 'nothing.db')).toMatchObject({ code: 2, stdout: '' });
    expect(await encryption('status', '--snapshot', 'absent.db')).toMatchObject({ code: 2 });
    expect((await encryption('status', '--host-root', '.')).stderr).toContain('--snapshot FILE');
    const refused = await encryption('status', '--endpoint', 'http://127.0.0.1:1');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('127.0.0.1:1');
  });
});

describe('bulwark encryption verify', () => {
  it('reads what the configuration reads; what a plug-in would have to open is unknown, not well', async () => {
    const { code, stdout } = await encryption('verify', '--snapshot', 'p3.db', '--config', 'encryption.yaml', '-o', 'json');
    expect(code).toBe(1);
    const { rows } = JSON.parse(stdout) as {
      rows: readonly { verdict: string; prefix: string; resource: string; count: number }[];
    };
    const secrets = rows.filter(({ resource }) => resource === 'secrets');
    expect(secrets.filter(({ verdict }) => verdict === 'unreadable')).toEqual([]);
    expect(secrets).toContainEqual(expect.objectContaining({ verdict: 'unknown', prefix: 'k8s:enc:kms:v2:kms-a:', count: 58 }));
    expect(secrets).toContainEqual(expect.objectContaining({ verdict: 'stale', prefix: 'k8s:enc:aescbc:v1:key1:', count: 54 }));
    expect(secrets).toContainEqual(expect.objectContaining({ verdict: 'stale', prefix: 'plaintext', count: 50 }));
  });

  it('names the values that another configuration would lose', async () => {
    await encryption('config', '--out', 'other.yaml');
    const { code, stdout } = await encryption('verify', '--snapshot', 'p3.db', '--config', 'other.yaml');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^UNREADABLE +54 +secrets +k8s:enc:aescbc:v1:key1:\n {4}no matching prefix found\n {4}\/registry\/secrets\//m,
    );
    expect(stdout).toContain('with other.yaml 220 values would be unreadable, 0 unknown');
  });

  it('refuses a configuration that no server loads, in the words of the server', async () => {
    const { code, stderr } = await encryption('verify', '--snapshot', 'p3.db', '--config', 'bad.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('no kind "Encryption" is registered');
  });
});

describe('bulwark encryption explain', () => {
  it('covers each byte of a value, and says who opens it', async () => {
    const { rows } = JSON.parse((await encryption('status', '--snapshot', 'p3.db', '-o', 'json')).stdout) as {
      rows: readonly { resource: string; prefix: string; examples: readonly string[] }[];
    };
    for (const { resource, prefix, examples } of rows.filter((row) => row.resource === 'secrets' && row.examples.length > 0)) {
      const [key = ''] = examples;
      const outcome = await encryption('explain', key, '--snapshot', 'p3.db', '--config', 'encryption.yaml', '-o', 'json');
      const { bytes, parts, opened } = JSON.parse(outcome.stdout) as {
        bytes: number;
        parts: readonly { from: number; to: number }[];
        opened: { readable: boolean; text: string };
      };
      expect(parts.map(({ from }) => from)).toEqual([0, ...parts.slice(0, -1).map(({ to }) => to)]);
      expect(parts.at(-1)?.to, `${resource} ${prefix}`).toBe(bytes);
      const kms = prefix.includes(':kms:');
      expect(opened.readable).toBe(!kms);
      expect(outcome.code).toBe(kms ? 1 : 0);
      if (!kms) expect(opened.text).toContain(`v1 Secret ${key.replace('/registry/secrets/', '')}`);
    }
  });

  it('takes base64, bytes and the JSON of etcdctl; what it is given it does not repeat', async () => {
    const value = Buffer.concat([Buffer.from('k8s:enc:secretbox:v1:a:'), randomBytes(60)]);
    expect((await encryption('explain', value.toString('base64'))).stdout).toMatch(/^23-46 +nonce$/m);
    const kvs = [{ key: Buffer.from('/registry/secrets/a/b').toString('base64'), value: value.toString('base64') }];
    const piped = await bulwark(['encryption', 'explain', '-'], { input: JSON.stringify({ kvs }) });
    expect(piped.stdout).toMatch(/^\/registry\/secrets\/a\/b\n83 bytes\n/);
    const wrong = await encryption('explain', 'my secret!');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).not.toContain('my secret!');
  });
});

describe('bulwark encryption config', () => {
  it('writes a new key that writes, keeps the others, for the owner alone, and never over a file', async () => {
    const first = await encryption('config', '--config', 'encryption.yaml', '--provider', 'aesgcm', '--out', 'new.yaml');
    expect(first.code).toBe(0);
    const path = join(folder.path, 'new.yaml');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    expect(text.indexOf('aesgcm')).toBeLessThan(text.indexOf('kms'));
    for (const kept of ['name: sb1', 'name: key1', 'name: key2', 'name: kms-a', 'identity: {}']) expect(text).toContain(kept);
    expect(await encryption('config', '--out', 'new.yaml')).toMatchObject({ code: 2, stdout: '' });
    expect(readFileSync(path, 'utf8')).toBe(text);
    const [secret = ''] = /(?<=secret: )\S+/.exec(text) ?? [];
    expect(outputs.join('')).not.toContain(secret);
  });

  it('writes the key as reader first, and takes a KMS plug-in', async () => {
    await encryption(
      'config',
      '--config',
      'encryption.yaml',
      '--reader',
      '--provider',
      'kms',
      '--kms-name',
      'vault',
      '--kms-endpoint',
      'unix:///run/v.sock',
      '--out',
      'reader.yaml',
    );
    const text = readFileSync(join(folder.path, 'reader.yaml'), 'utf8');
    expect(text.indexOf('name: kms-a')).toBeLessThan(text.indexOf('name: vault'));
    expect(await encryption('config', '--provider', 'kms', '--out', 'x.yaml')).toMatchObject({ code: 2 });
    const tcp = await encryption(
      'config',
      '--provider',
      'kms',
      '--kms-name',
      'v',
      '--kms-endpoint',
      'tcp://h:1',
      '--out',
      'x.yaml',
    );
    expect(tcp.stderr).toContain('no API server would load it');
  });
});

describe('bulwark encryption kms-dev-plugin', () => {
  it('makes keys for the owner alone, and says which is in use', async () => {
    expect((await encryption('kms-dev-plugin', '--socket', 's', '--keys', 'keys.json', '--rotate')).stdout).toContain('key-1');
    expect((await encryption('kms-dev-plugin', '--socket', 's', '--keys', 'keys.json', '--rotate')).stdout).toContain('key-2');
    const path = join(folder.path, 'keys.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { keys } = JSON.parse(readFileSync(path, 'utf8')) as { keys: Readonly<Record<string, string>> };
    expect(Object.keys(keys)).toEqual(['key-1', 'key-2']);
    for (const key of Object.values(keys)) expect(outputs.join('')).not.toContain(key);
    writeFileSync(path, '{"current":"a","keys":{}}');
    expect(await encryption('kms-dev-plugin', '--socket', 's', '--keys', 'keys.json')).toMatchObject({ code: 2 });
  });
});

describe('no output', () => {
  it('holds what a Secret or a key says', () => {
    const text = outputs.join('');
    expect(text.length).toBeGreaterThan(10_000);
    expect(text).not.toContain(marker);
    expect(text).not.toContain(Buffer.from(marker).toString('base64').slice(0, 10));
    for (const [, secret = ''] of readFileSync(join(folder.path, 'encryption.yaml'), 'utf8').matchAll(
      /secret: "?([\w+/=]{16,})/g,
    ))
      expect(text).not.toContain(secret);
    expect(
      execFileSync('grep', ['-c', marker, join(folder.path, 'p3.db')])
        .toString()
        .trim(),
    ).not.toBe('0');
  });
});
