import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Credential } from './certificates.ts';
import { serviceAccountKeys, TestAuthority } from './certificates.ts';
import type { Testbed } from './find.ts';
import type { ProgramResult, ServerProcess } from './processes.ts';
import { freePorts, runProgram, startServer, Watchdog } from './processes.ts';
import type { ApiResponse, Identity } from './request.ts';
import { sendRequest } from './request.ts';
import { failureMessage, StartFailure } from './start-failure.ts';

/** Flags by name without dashes; `null` removes a flag of the base, a list repeats it. `{dir}` stands for the control plane's folder. */
type Flags = Readonly<Record<string, string | readonly string[] | null>>;

export interface ControlPlaneOptions {
  readonly flags?: Flags;
  /** Words that are put at the end of the API server's command line as they are. */
  readonly args?: readonly string[];
  /** Files in the control plane's folder, by relative path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Starts kube-controller-manager too; it is ready when the `default` service account is there. */
  readonly controllerManager?: boolean;
  readonly controllerManagerFlags?: Flags;
  readonly etcdPrefix?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until a server that is not ready counts as failed. */
  readonly timeout?: number;
}

/** What of a control plane a restart may change. */
export type RestartOptions = Pick<ControlPlaneOptions, 'flags' | 'args' | 'files' | 'env'>;

export type RequestAs = 'admin' | Identity;

let authority: TestAuthority | undefined;
let signingKeys: ReturnType<typeof serviceAccountKeys> | undefined;

/** A real etcd and kube-apiserver on loopback, in a folder of their own that goes with them. */
export class ControlPlane {
  readonly testbed: Testbed;
  readonly dir: string;
  readonly port: number;
  readonly etcdPort: number;
  readonly url: string;
  /** Kubeconfig file of a member of system:masters. */
  readonly kubeconfig: string;
  readonly authority: TestAuthority;
  readonly #admin: Credential;
  readonly #watchdog: Watchdog;
  readonly #options: ControlPlaneOptions;
  #etcd: ServerProcess | undefined;
  #apiserver: ServerProcess | undefined;
  #manager: ServerProcess | undefined;

  /** Use {@link startControlPlane}. */
  constructor(testbed: Testbed, options: ControlPlaneOptions, ports: readonly [number, number]) {
    this.testbed = testbed;
    this.#options = options;
    [this.port, this.etcdPort] = ports;
    this.url = `https://127.0.0.1:${this.port}`;
    this.dir = mkdtempSync(join(tmpdir(), 'bulwark-testbed-'));
    this.#watchdog = new Watchdog(this.dir);
    this.authority = authority ??= new TestAuthority('testbed-ca');
    this.#admin = this.authority.issue({ commonName: 'admin', organizations: ['system:masters'] });
    this.#writeCredentials();
    this.kubeconfig = this.kubeconfigFor(this.#admin, 'admin.kubeconfig');
  }

  /** Starts etcd, the API server and, where it is asked for, the controller manager. Throws StartFailure. */
  async start(peerPort: number): Promise<void> {
    const client = `http://127.0.0.1:${this.etcdPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    const flags = {
      'data-dir': join(this.dir, 'etcd'),
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `default=${peer}`,
      'unsafe-no-fsync': 'true',
    };
    this.#etcd = this.#spawn('etcd', this.testbed.etcd, wordsOf(flags, this.dir), {});
    await this.#startApiserver(this.#options);
    if (this.#options.controllerManager === true) await this.#startManager();
  }

  /** Stops the API server and starts it with other flags on the same port; etcd keeps running. What is not given stays as at the start. */
  async restartApiserver(options: RestartOptions = {}): Promise<void> {
    await this.#apiserver?.stop();
    await this.#startApiserver({ ...this.#options, ...options });
  }

  /** Stops the API server alone. */
  async stopApiserver(): Promise<void> {
    await this.#apiserver?.stop();
  }

  /** Stops everything and removes the folder; safe to call twice. */
  async stop(): Promise<void> {
    for (const server of [this.#manager, this.#apiserver, this.#etcd]) await server?.stop();
    await this.#watchdog.release();
    planes.delete(this);
  }

  /** What a server printed so far. */
  log(server: 'etcd' | 'kube-apiserver' | 'kube-controller-manager'): string {
    return { etcd: this.#etcd, 'kube-apiserver': this.#apiserver, 'kube-controller-manager': this.#manager }[server]?.log() ?? '';
  }

  /** Issues a client certificate. */
  credentialFor(user: string, groups: readonly string[] = []): Credential {
    return this.authority.issue({ commonName: user, organizations: groups });
  }

  /** Writes a kubeconfig for a credential or a token and returns its path. */
  kubeconfigFor(identity: Credential | { readonly token: string }, name: string): string {
    const user =
      'token' in identity
        ? { token: identity.token }
        : { 'client-certificate-data': base64(identity.certificate), 'client-key-data': base64(identity.key) };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'testbed',
          cluster: { server: this.url, 'certificate-authority-data': base64(this.authority.credential.certificate) },
        },
      ],
      users: [{ name: 'user', user }],
      contexts: [{ name: 'testbed', context: { cluster: 'testbed', user: 'user' } }],
      'current-context': 'testbed',
    };
    return this.#write(name, JSON.stringify(config));
  }

  /** Sends a request; `as` is the administrator unless given. */
  request(
    method: string,
    path: string,
    body?: unknown,
    options: { readonly as?: RequestAs; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<ApiResponse> {
    const as = options.as ?? 'admin';
    return sendRequest({
      port: this.port,
      ca: this.authority.credential.certificate,
      identity: as === 'admin' ? { credential: this.#admin } : as,
      method,
      path,
      ...(body === undefined ? {} : { body }),
      ...(options.headers === undefined ? {} : { headers: options.headers }),
    });
  }

  /** Runs kubectl as the administrator, or with another kubeconfig. */
  kubectl(
    args: readonly string[],
    options: { readonly stdin?: string; readonly kubeconfig?: string } = {},
  ): Promise<ProgramResult> {
    const words = [
      '--kubeconfig',
      options.kubeconfig ?? this.kubeconfig,
      '--cache-dir',
      join(this.dir, 'kubectl-cache'),
      ...args,
    ];
    return runProgram(this.testbed.kubectl, words, {
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
      cwd: this.dir,
    });
  }

  /** The API server's command line, without the program. */
  apiserverWords(options: Pick<ControlPlaneOptions, 'flags' | 'args'> = this.#options): readonly string[] {
    const base: Flags = {
      'etcd-servers': `http://127.0.0.1:${this.etcdPort}`,
      'etcd-prefix': this.#options.etcdPrefix ?? null,
      'bind-address': '127.0.0.1',
      'secure-port': String(this.port),
      'service-cluster-ip-range': '10.0.0.0/24',
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': '{dir}/sa.pub',
      'service-account-signing-key-file': '{dir}/sa.key',
      'client-ca-file': '{dir}/ca.crt',
      'tls-cert-file': '{dir}/server.crt',
      'tls-private-key-file': '{dir}/server.key',
      'authorization-mode': 'Node,RBAC',
      'endpoint-reconciler-type': 'none',
    };
    return [
      ...wordsOf({ ...base, ...options.flags }, this.dir),
      ...(options.args ?? []).map((word) => word.replaceAll('{dir}', this.dir)),
    ];
  }

  async #startApiserver(options: ControlPlaneOptions): Promise<void> {
    for (const [name, text] of Object.entries(options.files ?? {})) this.#write(name, text.replaceAll('{dir}', this.dir));
    this.#apiserver = this.#spawn('kube-apiserver', this.testbed.apiserver, this.apiserverWords(options), options.env ?? {});
    await this.#until(async () => {
      const response = await this.request('GET', '/readyz');
      return response.status === 200;
    });
  }

  async #startManager(): Promise<void> {
    const program = this.testbed.controllerManager;
    if (program === undefined) throw new Error(`the testbed of ${this.testbed.version} has no kube-controller-manager`);
    const [port = 0] = await freePorts(1);
    const flags: Flags = {
      kubeconfig: this.kubeconfig,
      'service-account-private-key-file': '{dir}/sa.key',
      'root-ca-file': '{dir}/ca.crt',
      'cluster-signing-cert-file': '{dir}/ca.crt',
      'cluster-signing-key-file': '{dir}/ca.key',
      'use-service-account-credentials': 'true',
      'leader-elect': 'false',
      'bind-address': '127.0.0.1',
      'secure-port': String(port),
      'cert-dir': '{dir}/manager',
      ...this.#options.controllerManagerFlags,
    };
    this.#manager = this.#spawn('kube-controller-manager', program, wordsOf(flags, this.dir), {});
    await this.#until(async () => {
      const response = await this.request('GET', '/api/v1/namespaces/default/serviceaccounts/default');
      return response.status === 200;
    });
  }

  #spawn(name: string, program: string, args: readonly string[], env: Readonly<Record<string, string>>): ServerProcess {
    return startServer(name, program, args, { cwd: this.dir, env, watchdog: this.#watchdog });
  }

  /** Asks until the answer is yes; a server that has ended, or takes too long, is a StartFailure. */
  async #until(isReady: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + (this.#options.timeout ?? 120_000);
    for (;;) {
      for (const server of [this.#etcd, this.#apiserver, this.#manager]) {
        if (server?.exitCode() === undefined) continue;
        throw new StartFailure(failureMessage(server.log()), server.log());
      }
      if (await isReady().catch(() => false)) return;
      if (Date.now() > deadline)
        throw new StartFailure(`not ready in time`, `${this.log('etcd')}\n${this.log('kube-apiserver')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #writeCredentials(): void {
    const server = this.authority.issue({
      commonName: 'kube-apiserver',
      addresses: ['127.0.0.1', '10.0.0.1'],
      names: ['localhost', 'kubernetes.default.svc'],
    });
    signingKeys ??= serviceAccountKeys();
    const files = {
      'ca.crt': this.authority.credential.certificate,
      'ca.key': this.authority.credential.key,
      'server.crt': server.certificate,
      'server.key': server.key,
      'admin.crt': this.#admin.certificate,
      'admin.key': this.#admin.key,
      'sa.key': signingKeys.privateKey,
      'sa.pub': signingKeys.publicKey,
    };
    for (const [name, text] of Object.entries(files)) this.#write(name, text);
  }

  #write(name: string, text: string): string {
    const path = join(this.dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    chmodSync(path, 0o600);
    return path;
  }
}

const planes = new Set<ControlPlane>();

/**
 * Starts a control plane of a version on free loopback ports. Throws StartFailure with the server's own message; nothing stays behind,
 * neither then nor when this process ends, is interrupted or killed. Ready within a few seconds on an idle machine.
 */
export async function startControlPlane(testbed: Testbed, options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  for (let attempt = 1; ; attempt++) {
    const [port = 0, etcdPort = 0, peerPort = 0] = await freePorts(3);
    const plane = new ControlPlane(testbed, options, [port, etcdPort]);
    planes.add(plane);
    try {
      await plane.start(peerPort);
      return plane;
    } catch (error) {
      await plane.stop();
      // Somebody took a port between asking for it and using it.
      if (!(error instanceof StartFailure) || attempt === 3 || !error.log.includes('address already in use')) throw error;
    }
  }
}

function wordsOf(flags: Flags, dir: string): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    if (value === null) return [];
    const values = typeof value === 'string' ? [value] : value;
    return values.map((text) => `--${name}=${text.replaceAll('{dir}', dir)}`);
  });
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
