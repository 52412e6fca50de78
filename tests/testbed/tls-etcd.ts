import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdClient } from '../../src/etcd/client.ts';
import { TestAuthority } from '../../testbed/certificates.ts';
import type { Testbed } from '../../testbed/find.ts';
import { freePorts, startServer, Watchdog } from '../../testbed/processes.ts';

/** An etcd that demands client certificates of its own authority. */
export interface TlsEtcd {
  readonly url: string;
  readonly authority: TestAuthority;
  /** What a client needs. */
  readonly client: { readonly authorities: string; readonly certificate: string; readonly key: string };
  readonly serverKey: string;
  stop(): Promise<void>;
}

/** Starts it on a free port of loopback; ready when it answers. */
export async function startTlsEtcd(testbed: Testbed): Promise<TlsEtcd> {
  const authority = new TestAuthority('etcd-ca');
  const server = authority.issue({ commonName: 'etcd', addresses: ['127.0.0.1'] });
  const own = authority.issue({ commonName: 'kube-apiserver-etcd-client' });
  const ca = authority.credential.certificate;
  const client = { authorities: ca, certificate: own.certificate, key: own.key };
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-etcd-'));
  const [port = 0, peer = 0] = await freePorts(2);
  const url = `https://127.0.0.1:${port}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const files = { 'ca.crt': ca, 'server.crt': server.certificate, 'server.key': server.key };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text, { mode: 0o600 });
  const watchdog = new Watchdog(dir);
  const words = [
    `--data-dir=${dir}/data`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    `--cert-file=${dir}/server.crt`,
    `--key-file=${dir}/server.key`,
    `--trusted-ca-file=${dir}/ca.crt`,
    '--client-cert-auth=true',
    '--max-request-bytes=20000000',
    '--unsafe-no-fsync',
  ];
  const etcd = startServer('etcd', testbed.etcd, words, { cwd: dir, env: {}, watchdog });
  const stop = async (): Promise<void> => {
    await etcd.stop();
    await watchdog.release();
  };
  for (let attempt = 0; attempt < 150; attempt++) {
    const asked = new EtcdClient({ endpoints: [url], ...client });
    const ready = await asked.status().then(
      () => true,
      () => false,
    );
    asked.close();
    if (ready) return { url, authority, client, serverKey: server.key, stop };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const log = etcd.log();
  await stop();
  throw new Error(log);
}
