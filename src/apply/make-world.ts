import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Cluster } from '../cluster/cluster.ts';
import type { ComponentName } from '../cluster/component.ts';
import { ApiClient } from '../collect/live/api-client.ts';
import { connect } from '../collect/live/collect-live.ts';
import type { StepHook } from './durable-files.ts';
import { etcdStore } from './etcd-store.ts';
import { LiveGate } from './gate/gate.ts';
import type { GateLimits } from './gate/gate.ts';
import type { Journal } from './journal.ts';
import { ObjectApi } from './object-api.ts';
import { manifestPathOf } from './restart.ts';
import { restartsInJournal } from './run-records.ts';
import type { World } from './world.ts';

/** What a command line says of the world that a run acts on. */
export interface WorldOptions {
  readonly root: string;
  readonly host: string | undefined;
  readonly gate: GateLimits;
  readonly step: StepHook;
  readonly say: (line: string) => void;
  readonly progress: World['progress'];
  readonly confirm: World['confirm'];
  readonly cluster?: Cluster;
}

/** Connects to the API server that kubectl would use. Throws LiveFault. */
export async function openClient(options: { readonly kubeconfig?: string; readonly context?: string }): Promise<ApiClient> {
  const connection = await connect(options, process.env, []);
  // The gate asks again and again itself, and must not hang on one answer.
  return new ApiClient(connection, process.env, {
    connectMs: 5000,
    answerMs: 20_000,
    retries: 2,
    pauseMs: 250,
    longestPauseMs: 5000,
    connections: 2,
  });
}

/** Puts together what a run acts on: this host's files below `root`, the API server of `client`, systemd where `root` is this machine. */
export function makeWorld(client: ApiClient, journal: Journal, options: WorldOptions): World {
  const { root, host, cluster } = options;
  const manifestPath = (wantedHost: string, component: ComponentName): string =>
    restartsInJournal(journal).find((restart) => restart.host === wantedHost && restart.component === component)?.manifest ??
    manifestPathOf(cluster, wantedHost, component);
  return {
    root,
    host,
    api: new ObjectApi(client),
    gate: new LiveGate(client, options.gate, (what) => options.progress(what)),
    journal,
    step: options.step,
    say: options.say,
    progress: options.progress,
    confirm: options.confirm,
    now: () => new Date().toISOString(),
    restartUnit: (component) => restartUnit(root, component),
    store: etcdStore({ root, host, manifestPath }),
    manifestPath,
    ...(cluster === undefined ? {} : { cluster }),
  };
}

async function restartUnit(root: string, component: ComponentName): Promise<readonly string[]> {
  const commands = ['systemctl daemon-reload', `systemctl restart ${component}`];
  // Elsewhere than on the machine itself, or where systemd does not run, a person knows how it is started.
  if (root !== '/' || !existsSync('/run/systemd/system')) return commands;
  try {
    for (const command of commands) await promisify(execFile)('systemctl', command.split(' ').slice(1));
    return [];
  } catch {
    return commands;
  }
}
