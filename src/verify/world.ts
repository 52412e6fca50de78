import type { Cluster } from '../cluster/cluster.ts';
import type { Component } from '../cluster/component.ts';
import { componentsOf } from '../cluster/components.ts';
import { clusterVersion } from '../cluster/component-version.ts';
import type { FlagSet } from '../cluster/flags.ts';
import { readFlags } from '../cluster/flags.ts';
import type { Settings } from '../controls/settings.ts';
import type { EtcdClient } from '../etcd/client.ts';
import type { EtcdSettingsReading } from '../etcd/settings.ts';
import { etcdSettingsOf } from '../etcd/settings.ts';
import type { ControlResult } from '../results/report.ts';
import type { Caller } from './caller.ts';
import type { Canary } from './canary.ts';
import { localPaths, readComponentFile } from './host-files.ts';
import { NotPossible } from './not-possible.ts';

/** A cluster and what the controls said of it. */
export interface Before {
  readonly cluster: Cluster;
  readonly results: readonly ControlResult[];
}

export interface WorldParts {
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly caller: Caller;
  readonly canary: Canary;
  /** Host trees: `/` is this machine. */
  readonly hostRoots: readonly string[];
  /** Audit logs that the user named. */
  readonly auditLogs: readonly string[];
  /** The cluster before it was hardened (a plan's archive): who held rights then. */
  readonly before: Before | undefined;
}

/** Everything that a probe may reach. What is missing is a NotPossible that says so. */
export class World {
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly caller: Caller;
  readonly canary: Canary;
  readonly before: Before | undefined;
  readonly #parts: WorldParts;
  #etcd: EtcdClient | undefined;
  readonly #once = new Map<string, Promise<unknown>>();

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.cluster = parts.cluster;
    this.settings = parts.settings;
    this.caller = parts.caller;
    this.canary = parts.canary;
    this.before = parts.before;
  }

  /** Kubernetes minor of the server. Throws NotPossible where it is not known. */
  get minor(): number {
    const minor = clusterVersion(this.cluster)?.minor;
    if (minor === undefined) throw new NotPossible('the version of the API server is not known');
    return minor;
  }

  /** With several API servers nobody knows which of them answered: what one of them did not do shows nothing. */
  get severalApiServers(): boolean {
    return componentsOf(this.cluster, 'kube-apiserver').length > 1;
  }

  /** Makes something once a run, for all probes that need it. */
  once<T>(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#once.get(key);
    if (known !== undefined) return known as Promise<T>;
    const made = make();
    made.catch(() => undefined);
    this.#once.set(key, made);
    return made;
  }

  /** The API server whose configuration was seen, the first by host, with its flags. Throws NotPossible where none was. */
  apiServer(): { readonly component: Component; readonly flags: FlagSet; readonly host: string } {
    const seen = componentsOf(this.cluster, 'kube-apiserver').find(({ component }) => component !== undefined);
    if (seen?.component === undefined)
      throw new NotPossible("the API server's flags were not seen: run on its host with --host-root /");
    return { component: seen.component, host: seen.host, flags: readFlags(seen.component, clusterVersion(this.cluster)?.minor) };
  }

  /** A file that a component names, read from this machine. */
  readFile(component: Component, path: string): string | undefined {
    return readComponentFile(component, path, this.#parts.hostRoots);
  }

  /** How the API server reaches its etcd; keys are read for this call. */
  etcdSettings(): EtcdSettingsReading {
    const { component } = this.apiServer();
    return etcdSettingsOf(component, clusterVersion(this.cluster)?.minor, (path) => this.readFile(component, path));
  }

  /** A client of the API server's etcd and the prefix of its keys. Throws NotPossible where it cannot be reached from here. */
  async etcd(): Promise<{ readonly client: EtcdClient; readonly prefix: string }> {
    const reading = this.etcdSettings();
    if (reading.kind === 'unknown') throw new NotPossible(`etcd cannot be asked: ${reading.why}`);
    if (this.#etcd === undefined) {
      const { EtcdClient: Client } = await import('../etcd/client.ts');
      this.#etcd = new Client(reading.settings);
    }
    return { client: this.#etcd, prefix: reading.prefix };
  }

  /** Paths of the API server's audit log on this machine, best first. Throws NotPossible where none is at hand. */
  auditLogs(): readonly string[] {
    if (this.#parts.auditLogs.length > 0) return this.#parts.auditLogs;
    const { component, flags } = this.apiServer();
    const path = flags.get('audit-log-path').value;
    if (path === '') throw new NotPossible('the API server writes no audit log to a file');
    if (path === '-') throw new NotPossible("the audit log goes to the API server's standard output: name it with --audit-log");
    const paths = localPaths(component, path, this.#parts.hostRoots);
    if (paths.length === 0)
      throw new NotPossible(
        `the audit log ${path} is not at hand: name it with --audit-log, or run on its host with --host-root /`,
      );
    return paths;
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    this.#etcd?.close();
    await this.caller.close();
  }
}
