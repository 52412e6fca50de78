import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import type { Testbed } from '../../testbed/find.ts';
import type { ServerProcess } from '../../testbed/processes.ts';
import { freePorts, startServer, Watchdog } from '../../testbed/processes.ts';
import { sendRequest } from '../../testbed/request.ts';

/** Two real API servers over one etcd, each with an encryption configuration of its own file. */
export class TwoServers {
  readonly plane: ControlPlane;
  readonly files: readonly [string, string];
  readonly urls: readonly [string, string];
  readonly #testbed: Testbed;
  readonly #port: number;
  readonly #watchdog: Watchdog;
  readonly #reload: boolean;
  #second: ServerProcess | undefined;
  #restarting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #loaded: string[] = ['', ''];

  private constructor(testbed: Testbed, plane: ControlPlane, port: number, files: readonly [string, string], reload: boolean) {
    this.#reload = reload;
    this.plane = plane;
    this.#testbed = testbed;
    this.#port = port;
    this.files = files;
    this.urls = [plane.url, `https://127.0.0.1:${port}`];
    this.#watchdog = new Watchdog(plane.dir);
  }

  /** `migrates`: a controller manager, whose lease shows, runs beside them. */
  static async start(testbed: Testbed, configuration: string, { reload = false, migrates = false } = {}): Promise<TwoServers> {
    const plane = await startControlPlane(testbed, {
      ...(migrates ? { controllerManager: true, controllerManagerFlags: { 'leader-elect': 'true' } } : {}),
      flags: {
        'encryption-provider-config': '{dir}/one.yaml',
        'encryption-provider-config-automatic-reload': String(reload),
      },
      files: { 'one.yaml': configuration },
    });
    const [port = 0] = await freePorts(1);
    const second = join(plane.dir, 'two.yaml');
    writeFileSync(second, configuration);
    chmodSync(second, 0o600);
    const servers = new TwoServers(testbed, plane, port, [join(plane.dir, 'one.yaml'), second], reload);
    servers.#loaded = servers.files.map(hashOf);
    await servers.#startSecond();
    return servers;
  }

  /** Restarts a server whenever its file changes, as somebody would who rolls a configuration out; one after the other. */
  follow(): void {
    this.#timer = setInterval(() => {
      this.#restarting ??= this.#restartChanged().finally(() => {
        this.#restarting = undefined;
      });
    }, 50);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#restarting;
    await this.#second?.stop();
    await this.plane.stop();
  }

  async #restartChanged(): Promise<void> {
    for (const index of [0, 1] as const) {
      const hash = hashOf(this.files[index]);
      if (hash === this.#loaded[index]) continue;
      if (index === 0) await this.plane.restartApiserver({ files: {} });
      else {
        await this.#second?.stop();
        await this.#startSecond();
      }
      this.#loaded[index] = hash;
    }
  }

  async #startSecond(): Promise<void> {
    const flags = {
      'secure-port': String(this.#port),
      'encryption-provider-config': this.files[1],
      'encryption-provider-config-automatic-reload': String(this.#reload),
    };
    const words = this.plane.apiserverWords({ flags });
    this.#second = startServer('kube-apiserver', this.#testbed.apiserver, words, {
      cwd: this.plane.dir,
      env: {},
      watchdog: this.#watchdog,
    });
    const deadline = Date.now() + 60_000;
    for (;;) {
      const ready = await sendRequest({
        port: this.#port,
        ca: this.plane.authority.credential.certificate,
        identity: { credential: this.plane.credentialFor('admin', ['system:masters']) },
        method: 'GET',
        path: '/readyz',
      }).catch(() => undefined);
      if (ready?.status === 200) return;
      if (Date.now() > deadline) throw new Error(`the second API server is not ready:\n${this.#second.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
