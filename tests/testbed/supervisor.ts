import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import type { Json, JsonObject } from '../../src/cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../src/cluster/json.ts';
import { parseDocuments } from '../../src/cluster/yaml/parse.ts';
import { containerOf } from '../../src/plan/flags/pod-container.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import type { ServerProcess } from '../../testbed/processes.ts';
import { startServer, Watchdog } from '../../testbed/processes.ts';

/** The kubelet's part: how quickly it looks, and by how much probes' times are divided. */
export interface SupervisorOptions {
  readonly pollMs?: number;
  readonly probeSpeed?: number;
  /** Which etcd: the testbed's, or the one that the manifest names. */
  readonly etcd?: 'of the testbed' | 'of the manifest';
}

interface Probe {
  readonly path: string;
  readonly delayMs: number;
  readonly periodMs: number;
  readonly failures: number;
}

/** Reports whether this machine lets a test give a process mounts of its own, as a container has them. */
export function canContain(): boolean {
  return spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'ignore' }).status === 0;
}

/** Copies the testbed's certificates and keys to where kubeadm has them below a root. */
export function writePki(plane: ControlPlane, root: string): void {
  const pki = join(root, 'etc/kubernetes/pki');
  mkdirSync(pki, { recursive: true, mode: 0o755 });
  const names = {
    'ca.crt': 'ca.crt',
    'server.crt': 'apiserver.crt',
    'server.key': 'apiserver.key',
    'sa.pub': 'sa.pub',
    'sa.key': 'sa.key',
  };
  for (const [from, to] of Object.entries(names)) cpSync(join(plane.dir, from), join(pki, to));
}

/**
 * Does what a kubelet does for one static pod: starts the API server from the manifest below `root`, in mounts of its own that show nothing
 * but what the manifest mounts; starts it anew when the manifest changes or it ends; asks its startup, liveness and readiness
 * probes without credentials, and starts it anew when the first two fail. etcd and the port are the testbed's, whatever the manifest says.
 */
export class Supervisor {
  readonly #plane: ControlPlane;
  readonly #root: string;
  readonly #manifest: string;
  readonly #options: Required<SupervisorOptions>;
  readonly #watchdog: Watchdog;
  #server: ServerProcess | undefined;
  #logs: string[] = [];
  #stopped = false;
  #loop: Promise<void> | undefined;
  /** How often it was started. */
  starts = 0;
  /** How often probes made it start anew. */
  probeRestarts = 0;
  ready = false;

  constructor(plane: ControlPlane, root: string, options: SupervisorOptions = {}) {
    this.#plane = plane;
    this.#root = root;
    this.#manifest = join(root, 'etc/kubernetes/manifests/kube-apiserver.yaml');
    this.#options = {
      pollMs: options.pollMs ?? 200,
      probeSpeed: options.probeSpeed ?? 10,
      etcd: options.etcd ?? 'of the testbed',
    };
    this.#watchdog = new Watchdog(mkdtempSync(join(plane.dir, 'supervisor-')));
  }

  /** Stops the testbed's own API server and begins; resolves when the supervised one is ready. */
  async start(): Promise<void> {
    await this.#plane.stopApiserver();
    this.#loop = this.#run();
    await this.untilReady();
  }

  /** Waits until the server answers /readyz to the administrator. */
  async untilReady(timeoutMs = 120_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const answer = await this.#plane.request('GET', '/readyz').catch(() => undefined);
      if (answer?.status === 200) return;
      if (Date.now() > deadline) throw new Error(`the supervised API server is not ready: ${this.log().slice(-3000)}`);
      await pause(100);
    }
  }

  /** Waits until the server was started again after its number of starts was this, and is ready. */
  async untilStartedAgain(starts: number, timeoutMs = 120_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (this.starts <= starts) {
      if (Date.now() > deadline) throw new Error('the supervised API server was not started again');
      await pause(50);
    }
    await this.untilReady(timeoutMs);
  }

  /** Everything that the server printed over all its starts. */
  log(): string {
    return [...this.#logs, this.#server?.log() ?? ''].join('');
  }

  /** Ends the server. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    await this.#watchdog.release();
  }

  async #run(): Promise<void> {
    let text: string | undefined;
    let began = 0;
    let probes: ProbeState | undefined;
    while (!this.#stopped) {
      const now = existsSync(this.#manifest) ? readFileSync(this.#manifest, 'utf8') : undefined;
      const changed = now !== text;
      const ended = this.#server?.exitCode() !== undefined && Date.now() - began > 1000;
      if (changed || ended || probes?.failed === true) {
        if (probes?.failed === true && !changed) this.probeRestarts++;
        await this.#end();
        text = now;
        began = Date.now();
        probes = now === undefined ? undefined : this.#begin(now);
      }
      await probes?.look();
      this.ready = probes?.ready ?? false;
      await pause(this.#options.pollMs);
    }
    await this.#end();
  }

  async #end(): Promise<void> {
    if (this.#server === undefined) return;
    await this.#server.stop(true);
    this.#logs.push(this.#server.log());
    this.#server = undefined;
  }

  #begin(text: string): ProbeState | undefined {
    const value = parseDocuments(text, this.#manifest).documents[0]?.value;
    const found = value === undefined ? undefined : containerOf(value, 'kube-apiserver');
    if (found === undefined) return undefined;
    this.starts++;
    const words = this.#rebased(found.words);
    const script = containerScript(this.#root, this.#plane.testbed.apiserver, found.podSpec, found.container);
    const folder = mkdtempSync(join(this.#plane.dir, 'container-'));
    this.#server = startServer('kube-apiserver', 'unshare', ['-rm', 'sh', '-c', script, 'container', folder, ...words], {
      cwd: this.#plane.dir,
      env: {},
      watchdog: this.#watchdog,
    });
    return new ProbeState(this.#plane.port, found.container, this.#options.probeSpeed);
  }

  /** The manifest's words, but for where etcd and the server itself listen. */
  #rebased(words: readonly string[]): readonly string[] {
    const plainEtcd = {
      'etcd-servers': `http://127.0.0.1:${this.#plane.etcdPort}`,
      'etcd-cafile': undefined,
      'etcd-certfile': undefined,
      'etcd-keyfile': undefined,
    };
    const own: Readonly<Record<string, string | undefined>> = {
      ...(this.#options.etcd === 'of the manifest' ? {} : plainEtcd),
      'secure-port': String(this.#plane.port),
      'bind-address': '127.0.0.1',
      'endpoint-reconciler-type': 'none',
      'advertise-address': undefined,
    };
    const kept = words.filter((word) => !Object.hasOwn(own, /^--?([^=]+)/.exec(word)?.[1] ?? ''));
    return [...kept, ...Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]))];
  }
}

/** A script that makes an empty root with the pod's mounts in it, and starts the server there: `$1` is the folder for it. */
function containerScript(root: string, program: string, podSpec: JsonObject, container: JsonObject): string {
  const lines = [
    'set -e',
    'root=$1; shift',
    'mount -t tmpfs none "$root"',
    'mkdir -p "$root/usr/local/bin" "$root/tmp" "$root/dev" "$root/proc"',
  ];
  const bind = (source: string, target: string, readOnly: boolean): void => {
    const inside = `"$root"${quoted(target)}`;
    lines.push(
      `if [ -d ${quoted(source)} ]; then mkdir -p ${inside}; else mkdir -p "$root"${quoted(dirname(target))}; : > ${inside}; fi`,
      `mount --rbind ${quoted(source)} ${inside}`,
      ...(readOnly ? [`mount -o remount,bind,ro ${inside} 2>/dev/null || true`] : []),
    );
  };
  bind(program, '/usr/local/bin/kube-apiserver', true);
  bind('/dev', '/dev', false);
  // Where the server reads when its process began, which its metrics tell.
  bind('/proc', '/proc', false);
  const mounts = listAt(container['volumeMounts'])
    .filter(isObject)
    .toSorted((a, b) => mountPath(a).length - mountPath(b).length);
  for (const mount of mounts) {
    const volume = listAt(podSpec['volumes'])
      .filter(isObject)
      .find(({ name }) => name === mount['name']);
    const hostPath = objectAt(volume?.['hostPath']);
    const path = stringAt(hostPath['path']);
    if (path === undefined) continue;
    const source = join(root, path);
    if (stringAt(hostPath['type']) === 'DirectoryOrCreate') mkdirSync(source, { recursive: true });
    if (stringAt(hostPath['type']) === 'FileOrCreate' && !existsSync(source)) writeFileSync(source, '');
    // The kubelet refuses a pod whose volume is not there.
    if (!existsSync(source)) lines.push(`echo ${quoted(`hostPath ${path} does not exist`)} >&2; exit 1`);
    else bind(source, mountPath(mount), mount['readOnly'] === true);
  }
  lines.push('exec chroot "$root" /usr/local/bin/kube-apiserver "$@"');
  return lines.join('\n');
}

function mountPath(mount: JsonObject): string {
  return stringAt(mount['mountPath']) ?? '';
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

class ProbeState {
  readonly #port: number;
  readonly #probes: Readonly<Record<'startup' | 'liveness' | 'readiness', Probe | undefined>>;
  readonly #began = Date.now();
  readonly #last: Record<string, number> = {};
  readonly #failures: Record<string, number> = {};
  #started: boolean;
  failed = false;
  ready = false;

  constructor(port: number, container: JsonObject, speed: number) {
    this.#port = port;
    this.#probes = {
      startup: probeOf(container['startupProbe'], speed),
      liveness: probeOf(container['livenessProbe'], speed),
      readiness: probeOf(container['readinessProbe'], speed),
    };
    this.#started = this.#probes.startup === undefined;
    this.ready = this.#probes.readiness === undefined;
  }

  /** Runs the probes that are due. */
  async look(): Promise<void> {
    if (!this.#started) {
      const result = await this.#ask('startup');
      if (result === true) this.#started = true;
      return;
    }
    await this.#ask('liveness');
    const ready = await this.#ask('readiness');
    if (ready !== undefined) this.ready = ready;
  }

  async #ask(name: 'startup' | 'liveness' | 'readiness'): Promise<boolean | undefined> {
    const probe = this.#probes[name];
    const now = Date.now();
    if (probe === undefined || now - this.#began < probe.delayMs || now - (this.#last[name] ?? 0) < probe.periodMs)
      return undefined;
    this.#last[name] = now;
    const status = await anonymousStatus(this.#port, probe.path);
    const well = status >= 200 && status < 400;
    this.#failures[name] = well ? 0 : (this.#failures[name] ?? 0) + 1;
    if ((this.#failures[name] ?? 0) >= probe.failures && name !== 'readiness') this.failed = true;
    return well;
  }
}

function probeOf(value: Json | undefined, speed: number): Probe | undefined {
  const probe = objectAt(value);
  const path = stringAt(objectAt(probe['httpGet'])['path']);
  const number = (name: string, fallback: number): number => (typeof probe[name] === 'number' ? probe[name] : fallback);
  if (path === undefined) return undefined;
  return {
    path,
    delayMs: (number('initialDelaySeconds', 0) * 1000) / speed,
    periodMs: (number('periodSeconds', 10) * 1000) / speed,
    // A test machine is slower than the probes are quickened.
    failures: Math.max(number('failureThreshold', 3), 1) * (value === undefined ? 1 : 4),
  };
}

function anonymousStatus(port: number, path: string): Promise<number> {
  return new Promise((resolve) => {
    const ask = request({ host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false, timeout: 5000 }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    ask.on('timeout', () => ask.destroy());
    ask.on('error', () => resolve(0));
    ask.end();
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A kubeadm-like manifest of an API server with these flags and nothing mounted but its certificates. */
export function softManifest(plane: ControlPlane, flags: readonly string[] = []): string {
  const pki = '/etc/kubernetes/pki';
  const words = [
    `--etcd-servers=http://127.0.0.1:${plane.etcdPort}`,
    `--secure-port=${plane.port}`,
    '--bind-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    `--client-ca-file=${pki}/ca.crt`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    '--authorization-mode=Node,RBAC',
    ...flags,
  ];
  const probe = (name: string, path: string, threshold: number): string[] => [
    `    ${name}:`,
    `      failureThreshold: ${threshold}`,
    '      httpGet:',
    '        host: 127.0.0.1',
    `        path: ${path}`,
    `        port: ${plane.port}`,
    '        scheme: HTTPS',
    '      periodSeconds: 10',
  ];
  return [
    '# written by hand, and to be kept so',
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    '  labels:',
    '    component: kube-apiserver',
    '    tier: control-plane',
    '  name: kube-apiserver',
    '  namespace: kube-system',
    'spec:',
    '  containers:',
    '  - command:',
    '    - kube-apiserver',
    ...words.map((word) => `    - ${word}`),
    `    image: registry.k8s.io/kube-apiserver:v${plane.testbed.version}`,
    '    name: kube-apiserver',
    ...probe('livenessProbe', '/livez', 8),
    ...probe('readinessProbe', '/readyz', 3),
    ...probe('startupProbe', '/livez', 24),
    '    volumeMounts:',
    `    - mountPath: ${pki}`,
    '      name: k8s-certs',
    '      readOnly: true',
    '  hostNetwork: true',
    '  volumes:',
    '  - hostPath:',
    `      path: ${pki}`,
    '      type: DirectoryOrCreate',
    '    name: k8s-certs',
    '',
  ].join('\n');
}
