import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestAuthority, serviceAccountKeys } from '../../testbed/certificates.ts';
import type { Testbed } from '../../testbed/find.ts';
import type { ServerProcess } from '../../testbed/processes.ts';
import { Watchdog, freePorts, runProgram, startServer } from '../../testbed/processes.ts';
import { failureMessage } from '../../testbed/start-failure.ts';

/** The plug-in that is made to fail after everything else was accepted, so that every start ends within a second. */
const lastFault = 'couldn\'t init admission plugin "EventRateLimit"';

/** Asks API servers whether they accept a configuration file, one start for each. */
export class FileOracle {
  readonly #dir = mkdtempSync(join(tmpdir(), 'bulwark-files-'));
  readonly #watchdog = new Watchdog(this.#dir);
  readonly #testbed: Testbed;
  #etcd: ServerProcess | undefined;
  #etcdUrl = '';
  #count = 0;

  constructor(testbed: Testbed) {
    this.#testbed = testbed;
  }

  /** Starts etcd: newer servers wait for it before they look at some of the files. */
  async start(): Promise<void> {
    const credential = new TestAuthority('test').issue({ commonName: 'localhost', addresses: ['127.0.0.1'] });
    const keys = serviceAccountKeys();
    const files = {
      'server.crt': credential.certificate,
      'server.key': credential.key,
      'sa.key': keys.privateKey,
      'sa.pub': keys.publicKey,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.#dir, name), text);
    const [client = 0, peer = 0] = await freePorts(2);
    this.#etcdUrl = `http://127.0.0.1:${client}`;
    const peerUrl = `http://127.0.0.1:${peer}`;
    const words = [
      `--data-dir=${join(this.#dir, 'etcd')}`,
      `--listen-client-urls=${this.#etcdUrl}`,
      `--advertise-client-urls=${this.#etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      '--unsafe-no-fsync',
    ];
    this.#etcd = startServer('etcd', this.#testbed.etcd, words, { cwd: this.#dir, env: {}, watchdog: this.#watchdog });
  }

  /** Starts a server with `text` as the file of `flag`: the message of its refusal, or `undefined` where it accepts the file. */
  async refusal(flag: string, text: string, words: readonly string[] = []): Promise<string | undefined> {
    const at = (file: string): string => join(this.#dir, file);
    const file = at(`file-${this.#count++}.yaml`);
    writeFileSync(file, text);
    const [port = 0] = await freePorts(1);
    const args = [
      `--etcd-servers=${this.#etcdUrl}`,
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${at('sa.pub')}`,
      `--service-account-signing-key-file=${at('sa.key')}`,
      `--tls-cert-file=${at('server.crt')}`,
      `--tls-private-key-file=${at('server.key')}`,
      '--enable-admission-plugins=EventRateLimit',
      `--${flag}=${file}`,
      ...words,
    ];
    const result = await runProgram(this.#testbed.apiserver, args, { timeout: 60_000 });
    const message = lastMessage(result.stderr).replaceAll(file, 'FILE');
    return message.includes(lastFault) ? undefined : message;
  }

  async stop(): Promise<void> {
    await this.#etcd?.stop();
    await this.#watchdog.release();
  }
}

/** The reason of a refused start; klog prints one of several lines as an indented block. */
function lastMessage(log: string): string {
  const block = /"command failed" err=<\n([\s\S]*?)\n >/g;
  const blocks = [...log.matchAll(block)].map(([, text = '']) => text.replaceAll(/^\t/gm, ''));
  return blocks.at(-1) ?? failureMessage(log);
}
