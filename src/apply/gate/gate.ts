import type { ComponentName } from '../../cluster/component.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import type { ApiClient } from '../../collect/live/api-client.ts';
import { LiveFault } from '../../collect/live/live-fault.ts';
import { containerOf } from '../../plan/flags/pod-container.ts';
import type { Right } from '../rights.ts';
import type { FailureShare } from './audit-tail.ts';
import { failuresIn, moreFailures } from './audit-tail.ts';
import type { Health } from './health.ts';
import { healthOf, missingRights, worseThan } from './health.ts';
import { probePaths, refusedProbes } from './probes.ts';
import type { ServerSight } from './server-sight.ts';
import { faultOfSight, seeServer } from './server-sight.ts';

/** A component that a group restarts. */
export interface RestartedServer {
  readonly host: string;
  readonly component: ComponentName;
  /** The manifest's text as it now stands on the host; absent for a unit, or on another host. */
  readonly manifest?: string;
}

/** What a group must leave well. */
export interface GateQuestion {
  readonly servers: readonly RestartedServer[];
  /** Rights that the rest of the plan needs. */
  readonly rights: readonly Right[];
  /** Audit log on this host, by its real path. */
  readonly auditLog?: string;
}

/** How things were before a group. Plain data: the journal keeps it, so that a resumed run knows it. */
export interface Baseline {
  readonly at: string;
  readonly health: Health;
  readonly servers: readonly { readonly host: string; readonly component: ComponentName; readonly sight: ServerSight }[];
  readonly failures: FailureShare | null;
}

/** `served`: a restarted server answered with the new configuration at least once, so it may have stored something with it. */
export type GateResult =
  | { readonly kind: 'passed'; readonly notes: readonly string[] }
  | { readonly kind: 'failed'; readonly why: readonly string[]; readonly served: boolean };

/** Looks before and after a group of changes. */
export interface Gate {
  baseline(question: GateQuestion): Promise<Baseline>;
  check(question: GateQuestion, baseline: Baseline): Promise<GateResult>;
}

/** How long the gate waits. */
export interface GateLimits {
  readonly timeoutMs: number;
  readonly intervalMs: number;
  /** How long everything must have been well without a break. */
  readonly settleMs: number;
}

/** The gate that asks a live API server. Server faults are reasons, not errors. */
export class LiveGate implements Gate {
  readonly #client: ApiClient;
  readonly #limits: GateLimits;
  readonly #progress: (what: string) => void;

  constructor(client: ApiClient, limits: GateLimits, progress: (what: string) => void = () => undefined) {
    this.#client = client;
    this.#limits = limits;
    this.#progress = progress;
  }

  /** How things are now. Throws LiveFault where the server does not answer: then nothing should be changed. */
  async baseline(question: GateQuestion): Promise<Baseline> {
    const servers = [];
    for (const { host, component } of question.servers)
      servers.push({ host, component, sight: await seeServer(this.#client, host, component) });
    return {
      at: new Date().toISOString(),
      health: await healthOf(this.#client),
      servers,
      failures: (question.auditLog === undefined ? undefined : failuresIn(question.auditLog)) ?? null,
    };
  }

  /** Asks again and again until all is well for a while, or the time is over. */
  async check(question: GateQuestion, baseline: Baseline): Promise<GateResult> {
    const deadline = Date.now() + this.#limits.timeoutMs;
    // Objects alone restart nothing that could fall again a moment later.
    const settleMs = question.servers.length === 0 ? 0 : this.#limits.settleMs;
    let wellSince: number | undefined;
    // Just started, an API server refuses everybody until it has read the roles, and clients ask again: that is no failing of the change.
    let answersSince = question.servers.length === 0 ? baseline.at : undefined;
    let served = false;
    for (;;) {
      const { faults, answered } = await this.#faults(question, baseline, answersSince);
      served ||= answered;
      const now = Date.now();
      if (question.servers.length > 0) answersSince = answered ? (answersSince ?? new Date(now).toISOString()) : undefined;
      wellSince = faults.length === 0 ? (wellSince ?? now) : undefined;
      if (wellSince !== undefined && now - wellSince >= settleMs) return { kind: 'passed', notes: notesOf(question, baseline) };
      if (now >= deadline && faults.length > 0) return { kind: 'failed', why: faults, served };
      this.#progress(faults[0] ?? 'all is well, looking once more');
      await new Promise((resolve) => setTimeout(resolve, this.#limits.intervalMs));
    }
  }

  async #faults(
    question: GateQuestion,
    baseline: Baseline,
    answersSince: string | undefined,
  ): Promise<{ readonly faults: readonly string[]; readonly answered: boolean }> {
    let answered = false;
    try {
      const ready = await this.#client.text('/readyz', 10_000);
      // The own credential may lack the path, which is no sign of a sick server.
      if (ready.status !== 200 && ready.status !== 403) return { faults: [`/readyz answers ${ready.status}`], answered };
      for (const server of question.servers) {
        const fault = await this.#serverFault(server, baseline);
        if (fault !== undefined) return { faults: [`${nameOfServer(server)}: ${fault}`], answered };
      }
      answered = true;
      const faults = [...(await this.#probeFaults(question)), ...(await worseThan(this.#client, baseline.health))];
      const missing = await missingRights(this.#client, question.rights);
      faults.push(...missing.map((right) => `the own credential may no longer ${right}`));
      const more =
        question.auditLog === undefined || answersSince === undefined
          ? undefined
          : moreFailures(baseline.failures ?? undefined, failuresIn(question.auditLog, answersSince));
      return { faults: more === undefined ? faults : [...faults, more], answered };
    } catch (error) {
      if (error instanceof LiveFault) return { faults: [`${error.gap.source}: ${error.gap.reason}`], answered };
      return { faults: [error instanceof Error ? error.message : String(error)], answered };
    }
  }

  async #serverFault(server: RestartedServer, baseline: Baseline): Promise<string | undefined> {
    const before = baseline.servers.find(({ host, component }) => host === server.host && component === server.component);
    const now = await seeServer(this.#client, server.host, server.component);
    return faultOfSight(before?.sight ?? { kind: 'unseen', why: '' }, now, wordsOf(server));
  }

  async #probeFaults({ servers }: GateQuestion): Promise<readonly string[]> {
    const { url, proxy } = this.#client.connection.server;
    if (proxy !== undefined) return [];
    const probes = servers
      .filter(({ component }) => component === 'kube-apiserver')
      .flatMap((server) => probePaths(documentOf(server) ?? null, server.component));
    return refusedProbes(url, probes);
  }
}

function documentOf({ manifest }: RestartedServer): ReturnType<typeof parseDocuments>['documents'][number]['value'] | undefined {
  return manifest === undefined ? undefined : parseDocuments(manifest, '').documents[0]?.value;
}

function wordsOf(server: RestartedServer): readonly string[] | undefined {
  const document = documentOf(server);
  return document === undefined ? undefined : containerOf(document, server.component)?.words;
}

function nameOfServer({ host, component }: RestartedServer): string {
  return host === '' ? component : `${component} on ${host}`;
}

function notesOf(question: GateQuestion, baseline: Baseline): readonly string[] {
  return baseline.servers
    .filter(({ sight }) => sight.kind === 'unseen' && question.servers.length > 0)
    .map(
      (server) =>
        `${nameOfServer(server)}: nothing shows which flags it runs (${server.sight.kind === 'unseen' ? server.sight.why : ''})`,
    );
}
