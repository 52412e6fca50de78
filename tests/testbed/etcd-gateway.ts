import { writeFileSync } from 'node:fs';

/** Writes a value through etcd's JSON gateway: the client of Bulwark cannot write. */
export async function putIntoEtcd(url: string, key: string, value: Uint8Array): Promise<void> {
  const body = JSON.stringify({ key: Buffer.from(key).toString('base64'), value: Buffer.from(value).toString('base64') });
  const answer = await fetch(`${url}/v3/kv/put`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`put: ${answer.status}`);
  await answer.arrayBuffer();
}

/** Saves a snapshot as `etcdctl snapshot save` does: etcd's stream of the database with its checksum behind it. */
export async function etcdSnapshot(url: string, path: string): Promise<void> {
  const answer = await fetch(`${url}/v3/maintenance/snapshot`, { method: 'POST', body: '{}' });
  if (!answer.ok) throw new Error(`snapshot: ${answer.status}`);
  const pieces = (await answer.text())
    .trim()
    .split('\n')
    .map((line) => {
      const { result, error } = JSON.parse(line) as { result?: { blob?: string }; error?: unknown };
      if (error !== undefined) throw new Error(`snapshot: ${JSON.stringify(error)}`);
      return Buffer.from(result?.blob ?? '', 'base64');
    });
  writeFileSync(path, Buffer.concat(pieces));
}
