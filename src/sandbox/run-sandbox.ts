import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import type { Component } from '../cluster/component.ts';
import { clusterVersion } from '../cluster/component-version.ts';
import { componentsOf } from '../cluster/components.ts';
import { formatMinor } from '../cluster/version.ts';
import type { Answer, Question } from './can-i.ts';
import { askQuestion } from './can-i.ts';
import type { AskedWorld } from './compare.ts';
import { compareObjects, isNewRefusal } from './compare.ts';
import { placeOfFailure } from './failure-place.ts';
import type { SandboxPrograms } from './find-programs.ts';
import type { HostFault } from './host-faults.ts';
import { hostFaults, probeFault, probesOf } from './host-faults.ts';
import { loadObjects } from './objects/load-objects.ts';
import { objectSets } from './objects/object-sets.ts';
import { hostPathsIn } from './rebase/paths.ts';
import { rebaseServer } from './rebase/rebase-server.ts';
import type { RebasedServer } from './rebase/rebased.ts';
import type { QuestionResult, SandboxResult, StartResult, World } from './result.ts';
import { sandboxFormatVersion } from './result.ts';
import { SandboxServers } from './server/sandbox-servers.ts';
import { StartFailure } from './server/start-failure.ts';

/** What a sandbox is to show. */
export interface SandboxInput {
  readonly programs: SandboxPrograms;
  readonly today: Cluster;
  /** The cluster after the changes of a plan. */
  readonly planned?: Cluster;
  readonly questions: readonly Question[];
  /** Leaves the last server running. */
  readonly keep: boolean;
  /** Milliseconds until a server that is not ready counts as failed. */
  readonly timeout: number;
  readonly toolVersion: string;
  readonly progress: (what: string) => void;
}

interface AskedServer extends AskedWorld {
  readonly answers: readonly Answer[];
}

/**
 * Starts a real API server with the configuration of a cluster, and with a plan a second time with the planned one, lays the objects into
 * it, and says what it refuses, changes and allows. Rejects with StartFailure where etcd does not start; an API server that does not is a
 * result. Nothing stays behind but with `keep`.
 */
export async function runSandbox(input: SandboxInput): Promise<SandboxResult> {
  input.progress('starting etcd');
  const servers = await SandboxServers.start(input.programs, input.timeout);
  let kept = false;
  try {
    const run = new SandboxRun(input, servers);
    const result = await run.result();
    if (!input.keep || !run.isRunning) return result;
    const kubeconfig = await servers.keep();
    kept = true;
    return { ...result, kept: { dir: servers.dir, kubeconfig, stop: `bulwark sandbox --stop ${servers.dir}` } };
  } finally {
    if (!kept) await servers.stop();
  }
}

class SandboxRun {
  readonly #input: SandboxInput;
  readonly #servers: SandboxServers;
  readonly #starts: StartResult[] = [];
  isRunning = false;

  constructor(input: SandboxInput, servers: SandboxServers) {
    this.#input = input;
    this.#servers = servers;
  }

  async result(): Promise<SandboxResult> {
    const { today, planned, programs } = this.#input;
    const former = planned === undefined ? undefined : await this.#world('today', today);
    const last = await this.#world(planned === undefined ? 'today' : 'planned', planned ?? today);
    const version = clusterVersion(today);
    const objects =
      last === undefined
        ? { asked: 0, accepted: 0, refused: [], unknown: [], mended: [], changed: [], warned: [], skipped: [], standIns: [] }
        : compareObjects(former, last);
    const judged = this.#starts.filter(({ world }) => planned === undefined || world === 'planned');
    return {
      formatVersion: sandboxFormatVersion,
      tool: { name: 'bulwark', version: this.#input.toolVersion },
      server: programs.version,
      cluster: version === undefined ? null : formatMinor(version),
      warnings: this.#warnings(version?.minor),
      starts: this.#starts,
      objects,
      questions: this.#questions(former?.answers, last?.answers),
      holds: judged.every(({ starts }) => starts) && !objects.refused.some(isNewRefusal),
    };
  }

  /** Starts every API server of a world that differs from the others; the first host's is the last, and is asked. */
  async #world(world: World, cluster: Cluster): Promise<AskedServer | undefined> {
    const seen = componentsOf(cluster, 'kube-apiserver').filter(({ component }) => component !== undefined);
    const [first, ...others] = seen;
    const known = new Set([this.#words(first?.component, world)]);
    for (const [index, { host, component }] of others.entries()) {
      const words = this.#words(component, world);
      if (!known.has(words)) await this.#start(world, `${world}-${index + 2}`, host, component);
      known.add(words);
    }
    this.isRunning = await this.#start(world, world, first?.host ?? '', first?.component);
    if (!this.isRunning) return undefined;
    try {
      return await this.#asked(world, cluster);
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error;
      this.isRunning = false;
      const last = this.#starts.pop();
      const message = `it ended while it was asked: ${hostPathsIn(error.message, join(this.#servers.dir, world))}`;
      if (last !== undefined) this.#starts.push({ ...last, starts: false, message, seenBy: 'server' });
      return undefined;
    }
  }

  async #asked(world: World, cluster: Cluster): Promise<AskedServer> {
    const sets = objectSets(cluster);
    this.#input.progress(`${world}: asking about ${sets.stored.length + sets.tried.length} objects`);
    const ask = this.#servers.request.bind(this.#servers);
    const outcomes = await loadObjects(ask, sets);
    const answers: Answer[] = [];
    for (const question of this.#input.questions) answers.push(await askQuestion(ask, question));
    return { sets, outcomes, answers };
  }

  #today(host: string): Component | undefined {
    const seen = componentsOf(this.#input.today, 'kube-apiserver');
    return (seen.find((entry) => entry.host === host) ?? seen[0])?.component;
  }

  #words(component: Component | undefined, world: string): string {
    return JSON.stringify(rebaseServer(component, component, this.#servers.loopback(world)));
  }

  async #start(world: World, folder: string, host: string, component: Component | undefined): Promise<boolean> {
    this.#input.progress(`${world}: starting kube-apiserver ${this.#input.programs.version}`);
    const rebased = rebaseServer(component, this.#today(host), this.#servers.loopback(folder));
    const failure = await this.#tryStart(folder, rebased);
    const { minor } = this.#input.programs;
    const fault = component === undefined || failure !== undefined ? undefined : await this.#hostFault(component);
    const result: StartResult = { world, host, starts: failure === undefined && fault === undefined, notes: rebased.notes };
    if (failure !== undefined) {
      const message = hostPathsIn(failure, join(this.#servers.dir, folder));
      const place = component === undefined ? undefined : placeOfFailure(message, component, minor);
      this.#starts.push({ ...result, message, seenBy: 'server', ...(place === undefined ? {} : { place }) });
    } else this.#starts.push({ ...result, ...fault, ...(fault === undefined ? {} : { seenBy: 'manifest' as const }) });
    return failure === undefined;
  }

  /** What would stop a server on its host that starts here: the manifest says it, or a probe without credentials. */
  async #hostFault(component: Component): Promise<HostFault | undefined> {
    const [fault] = hostFaults(component, this.#input.programs.minor);
    if (fault !== undefined) return fault;
    for (const probe of probesOf(component)) {
      const failed = probeFault(probe, await this.#servers.anonymousStatus(probe.path));
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  async #tryStart(folder: string, rebased: RebasedServer): Promise<string | undefined> {
    try {
      await this.#servers.startApiserver(folder, rebased);
      return undefined;
    } catch (error) {
      if (error instanceof StartFailure) return error.message;
      throw error;
    }
  }

  #questions(today: readonly Answer[] | undefined, last: readonly Answer[] | undefined): readonly QuestionResult[] {
    const hasPlan = this.#input.planned !== undefined;
    return this.#input.questions.map(({ text }, index) => {
      const before = (hasPlan ? today : last)?.[index];
      const after = hasPlan ? last?.[index] : undefined;
      return {
        question: text,
        ...(before === undefined ? {} : { today: before }),
        ...(after === undefined ? {} : { planned: after }),
        changes: before !== undefined && after !== undefined && before.allowed !== after.allowed,
      };
    });
  }

  #warnings(minor: number | undefined): readonly string[] {
    const { programs, today, planned } = this.#input;
    const server = `1.${programs.minor}`;
    const version =
      minor === undefined
        ? [`the cluster's version is not known; the sandbox's server is ${programs.version}`]
        : minor === programs.minor
          ? []
          : [`the cluster runs 1.${minor}, the sandbox's server is ${server}: flags, defaults and rules of the two may differ`];
    const seen = componentsOf(planned ?? today, 'kube-apiserver');
    const lacking = seen.filter(({ component, host }) => component === undefined && host !== '').map(({ host }) => host);
    const none = seen.every(({ component }) => component === undefined);
    return [
      ...version,
      ...(none
        ? ["no API server's configuration was collected: upstream's defaults with --authorization-mode=Node,RBAC stand in"]
        : []),
      ...(none || lacking.length === 0 ? [] : [`the API server of ${lacking.join(', ')} was not collected and not started`]),
      'no pods run here: there is no kubelet, no scheduler and no controller; webhooks and other servers were not asked',
    ];
  }
}
