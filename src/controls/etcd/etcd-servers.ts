import type { Cluster } from '../../cluster/cluster.ts';
import { componentsOf } from '../../cluster/components.ts';
import { versionOf } from '../../cluster/component-version.ts';
import { placeOfFlag, readFlags } from '../../cluster/flags.ts';
import type { Evidence } from '../../results/finding.ts';

/** What one API server says of its store. */
export interface EtcdServers {
  /** Host of the API server; empty where it is not known. */
  readonly host: string;
  readonly urls: readonly string[];
  readonly evidence: Evidence;
}

/** Reads `--etcd-servers` of every API server that gives it. */
export function etcdServersOf(cluster: Cluster): readonly EtcdServers[] {
  return componentsOf(cluster, 'kube-apiserver').flatMap(({ component, host }): readonly EtcdServers[] => {
    if (component === undefined) return [];
    const flag = readFlags(component, versionOf(cluster, component)?.minor).get('etcd-servers');
    if (!flag.given) return [];
    const evidence = { ...placeOfFlag(component, flag), seen: `--etcd-servers=${flag.value}`, wanted: 'https URLs' };
    return [{ host, urls: flag.values.map((url) => url.trim()), evidence }];
  });
}

/** Reports whether a URL leads to a store that is not etcd: a unix socket, or kine by name (k3s with SQLite, MicroK8s). */
export function isOtherStore(url: string): boolean {
  return /^unixs?:/.test(url) || /\bkine\b/.test(url);
}

const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/;

/**
 * Finds the endpoints that the API servers use and no member shows as its own, where there are more of them than members: members whose
 * configuration was not seen. Loopback is the API server's own host.
 */
export function unseenEndpoints(servers: readonly EtcdServers[], members: readonly (readonly string[])[]): readonly string[] {
  const endpoints = [...new Set(servers.flatMap(({ urls }) => urls))].filter((url) => !loopback.test(authorityOf(url)));
  if (members.length === 0 || endpoints.length <= members.length) return [];
  const shown = new Set(members.flat().map(authorityOf));
  return endpoints.filter((url) => !shown.has(authorityOf(url))).sort();
}

/** Host and port of a URL. */
function authorityOf(url: string): string {
  return url.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/, '');
}
