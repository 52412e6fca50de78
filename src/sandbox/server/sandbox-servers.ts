import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SandboxPrograms } from '../find-programs.ts';
import type { Loopback, RebasedServer } from '../rebase/rebased.ts';
import type { Credential } from './certificates.ts';
import { CertificateAuthority, serviceAccountKeys } from './certificates.ts';
import type { ServerProcess } from './processes.ts';
import { freePorts, startServer, Watchdog } from './processes.ts';
import type { ApiResponse } from './request.ts';
import { sendRequest } from './request.ts';
import { failureMessage, StartFailure } from './start-failure.ts';

/** Files that tell how to stop a sandbox that was left running, and how to reach it. */
export const stateFile = 'sandbox.json';
export const kubeconfigFile = 'kubeconfig';

/** One etcd and, one after the other, API servers on loopback, in a folder (0700) that goes with them. */
export class SandboxServers {
  readonly dir: string;
  readonly #programs: SandboxPrograms;
  readonly #watchdog: Watchdog;
  readonly #authority = new CertificateAuthority('bulwark-sandbox-ca');
  readonly #front = new CertificateAuthority('bulwark-sandbox-front-proxy-ca');
  readonly #admin: Credential;
  readonly #server: Credential;
  readonly #signing = serviceAccountKeys();
  readonly #encryptionKey = randomBytes(32).toString('base64');
  readonly #ports: readonly number[];
  readonly #timeout: number;
  #etcd: ServerProcess | undefined;
  #apiserver: ServerProcess | undefined;
  #agent = new Agent({ keepAlive: true, maxSockets: 8 });

  private constructor(programs: SandboxPrograms, ports: readonly number[], timeout: number) {
    this.#programs = programs;
    this.#ports = ports;
    this.#timeout = timeout;
    this.dir = mkdtempSync(join(tmpdir(), 'bulwark-sandbox-'));
    this.#watchdog = new Watchdog(this.dir);
    this.#admin = this.#authority.issue({ commonName: 'bulwark-sandbox', organizations: ['system:masters'] });
    this.#server = this.#authority.issue({
      commonName: 'kube-apiserver',
      addresses: ['127.0.0.1'],
      names: ['localhost', 'kubernetes.default.svc'],
    });
  }

  /**
   * Starts etcd on free loopback ports. `timeout`: milliseconds until a server that is not ready counts as failed. Throws StartFailure;
   * nothing stays behind then, nor when this process ends, is interrupted or killed.
   */
  static async start(programs: SandboxPrograms, timeout: number): Promise<SandboxServers> {
    for (let attempt = 1; ; attempt++) {
      const servers = new SandboxServers(programs, await freePorts(4), timeout);
      try {
        await servers.#startEtcd();
        return servers;
      } catch (error) {
        await servers.stop();
        // Somebody took a port between asking for it and using it.
        if (!(error instanceof StartFailure) || attempt === 3 || !error.log.includes('address already in use')) throw error;
      }
    }
  }

  /** What an API server of one world is given; `world` names its folder and its part of etcd. */
  loopback(world: string): Loopback {
    const [port = 0, etcd = 0, etcdTls = 0] = this.#ports;
    return {
      root: join(this.dir, world),
      minor: this.#programs.minor,
      port,
      etcdUrl: `http://127.0.0.1:${etcd}`,
      etcdTlsUrl: `https://127.0.0.1:${etcdTls}`,
      etcdPrefix: `/${world}`,
      authority: this.#authority.credential.certificate,
      frontAuthority: this.#front.credential.certificate,
      certificate: this.#server.certificate,
      key: this.#server.key,
      signingKey: this.#signing.privateKey,
      publicKey: this.#signing.publicKey,
      encryptionKey: this.#encryptionKey,
    };
  }

  /** Starts an API server and waits until it is ready; one that runs is stopped first. Throws StartFailure with the server's own message. */
  async startApiserver(world: string, rebased: RebasedServer): Promise<void> {
    await this.#apiserver?.stop();
    this.#agent.destroy();
    this.#agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const root = join(this.dir, world);
    mkdirSync(root, { recursive: true, mode: 0o700 });
    for (const { path, text } of rebased.files) this.#write(path, text);
    this.#apiserver = this.#spawn('kube-apiserver', this.#programs.apiserver, rebased.words, root, `${world}.log`);
    await this.#until(this.#apiserver, async () => {
      const { status } = await this.request('GET', '/readyz');
      return status === 200;
    });
  }

  /**
   * Sends a request as a member of system:masters. Rejects where no answer came: with StartFailure where the server has ended meanwhile.
   */
  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiResponse> {
    try {
      return await sendRequest({
        port: this.#ports[0] ?? 0,
        ca: this.#authority.credential.certificate,
        identity: { credential: this.#admin },
        method,
        path,
        headers,
        agent: this.#agent,
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const log = this.#apiserver?.exitCode() === undefined ? undefined : this.#apiserver.log();
      throw log === undefined ? error : new StartFailure(failureMessage(log), log);
    }
  }

  /** The status that a GET without credentials is answered with, as the kubelet's probes are. */
  async anonymousStatus(path: string): Promise<number> {
    const ca = this.#authority.credential.certificate;
    const { status } = await sendRequest({ port: this.#ports[0] ?? 0, ca, identity: 'anonymous', method: 'GET', path });
    return status;
  }

  /** Stops everything and removes the folder; safe to call twice. */
  async stop(): Promise<void> {
    this.#agent.destroy();
    for (const server of [this.#apiserver, this.#etcd]) await server?.stop();
    await this.#watchdog.release();
  }

  /** Leaves the servers running after this process; returns the kubeconfig's path. */
  async keep(): Promise<string> {
    const servers = [this.#etcd, this.#apiserver].filter((server) => server !== undefined);
    const processes = servers.map(({ name, pid }) => ({ name, pid }));
    this.#write(join(this.dir, stateFile), `${JSON.stringify({ formatVersion: 1, kind: 'bulwark-sandbox', processes })}\n`);
    const kubeconfig = join(this.dir, kubeconfigFile);
    this.#write(kubeconfig, this.#kubeconfig());
    this.#agent.destroy();
    for (const server of servers) server.leave();
    await this.#watchdog.leave();
    return kubeconfig;
  }

  async #startEtcd(): Promise<void> {
    const { etcdUrl, etcdTlsUrl } = this.loopback('');
    const peer = `http://127.0.0.1:${this.#ports[3] ?? 0}`;
    const [certificate, key] = [join(this.dir, 'etcd.crt'), join(this.dir, 'etcd.key')];
    this.#write(certificate, this.#server.certificate);
    this.#write(key, this.#server.key);
    const words = [
      `--data-dir=${join(this.dir, 'etcd')}`,
      `--listen-client-urls=${etcdUrl},${etcdTlsUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      `--cert-file=${certificate}`,
      `--key-file=${key}`,
      '--unsafe-no-fsync',
    ];
    this.#etcd = this.#spawn('etcd', this.#programs.etcd, words, this.dir, 'etcd.log');
    const etcd = this.#etcd;
    await this.#until(etcd, async () => {
      const response = await fetch(`${etcdUrl}/health`);
      return response.ok;
    });
  }

  #spawn(name: string, program: string, words: readonly string[], cwd: string, log: string): ServerProcess {
    return startServer(name, program, words, {
      cwd,
      env: { PATH: process.env['PATH'] ?? '', HOME: this.dir, TMPDIR: this.dir },
      ownEnvironment: true,
      watchdog: this.#watchdog,
      logFile: join(this.dir, log),
    });
  }

  /** Asks until the answer is yes; a server that has ended, or takes too long, is a StartFailure. */
  async #until(server: ServerProcess, isReady: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + this.#timeout;
    for (;;) {
      if (server.exitCode() !== undefined) throw new StartFailure(failureMessage(server.log()), server.log());
      if (await isReady().catch(() => false)) return;
      if (Date.now() > deadline) {
        const message = await this.#whyNotReady();
        throw new StartFailure(`not ready within ${Math.round(this.#timeout / 1000)} s${message}`, server.log());
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #whyNotReady(): Promise<string> {
    try {
      const { body } = await this.request('GET', '/readyz?verbose');
      const failing = String(body)
        .split('\n')
        .filter((line) => line.startsWith('[-]'))
        .map((line) => line.slice(3).replace(/ failed: .*/, ''));
      return failing.length === 0 ? '' : `: ${failing.join(', ')}`;
    } catch {
      return '';
    }
  }

  #kubeconfig(): string {
    const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
    const cluster = {
      server: `https://127.0.0.1:${this.#ports[0] ?? 0}`,
      'certificate-authority-data': base64(this.#authority.credential.certificate),
    };
    const user = {
      'client-certificate-data': base64(this.#admin.certificate),
      'client-key-data': base64(this.#admin.key),
    };
    const name = 'bulwark-sandbox';
    return `${JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    })}\n`;
  }

  #write(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600 });
    chmodSync(path, 0o600);
  }
}
