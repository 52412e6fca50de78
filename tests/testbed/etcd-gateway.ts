/** Writes a value through etcd's JSON gateway: the client of Bulwark cannot write. */
export async function putIntoEtcd(url: string, key: string, value: Uint8Array): Promise<void> {
  const body = JSON.stringify({ key: Buffer.from(key).toString('base64'), value: Buffer.from(value).toString('base64') });
  const answer = await fetch(`${url}/v3/kv/put`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`put: ${answer.status}`);
  await answer.arrayBuffer();
}
