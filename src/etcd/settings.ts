import type { Component } from '../cluster/component.ts';
import { readFlags } from '../cluster/flags.ts';

/** How a client reaches etcd and trusts it. Holds a private key: it is read for one run and never kept, printed or stored. */
export interface EtcdSettings {
  /** `https://10.0.0.1:2379`, tried in order. */
  readonly endpoints: readonly string[];
  /** PEM; absent: the system's authorities. */
  readonly authorities?: string;
  /** PEM. */
  readonly certificate?: string;
  /** PEM. */
  readonly key?: string;
}

export type EtcdSettingsReading =
  /** `prefix`: `--etcd-prefix`, with a slash at its begin and none at its end. */
  | { readonly kind: 'known'; readonly settings: EtcdSettings; readonly prefix: string }
  | { readonly kind: 'unknown'; readonly why: string };

const files = { authorities: 'etcd-cafile', certificate: 'etcd-certfile', key: 'etcd-keyfile' } as const;

/**
 * Finds out from an API server's flags how it reaches its etcd: `--etcd-servers`, `--etcd-cafile`, `--etcd-certfile`, `--etcd-keyfile`,
 * `--etcd-prefix`. `readFile` gives the text of a file by the path that the flag names, `undefined` where it cannot be read; it is asked
 * for the files of an https endpoint alone. Source: k8s.io/apiserver pkg/server/options/etcd.go.
 */
export function etcdSettingsOf(
  component: Component,
  minor: number | undefined,
  readFile: (path: string) => string | undefined,
): EtcdSettingsReading {
  const flags = readFlags(component, minor);
  const endpoints = flags
    .get('etcd-servers')
    .values.map((url) => url.trim().replace(/\/+$/, ''))
    .filter((url) => url !== '');
  const other = endpoints.find((url) => !/^https?:\/\//.test(url) || /\bkine\b/.test(url));
  if (other !== undefined) return { kind: 'unknown', why: 'the store is not etcd (kine, or a socket)' };
  if (endpoints.length === 0) return { kind: 'unknown', why: '--etcd-servers was not seen' };
  const prefix = `/${flags
    .get('etcd-prefix')
    .value.split('/')
    .filter((part) => part !== '')
    .join('/')}`;
  const settings: { endpoints: readonly string[]; authorities?: string; certificate?: string; key?: string } = { endpoints };
  if (endpoints.some((url) => url.startsWith('https:'))) {
    for (const name of ['authorities', 'certificate', 'key'] as const) {
      const path = flags.get(files[name]).value;
      if (path === '') continue;
      const text = readFile(path);
      if (text === undefined) return { kind: 'unknown', why: `${path} (--${files[name]}) cannot be read from here` };
      settings[name] = text;
    }
  }
  return { kind: 'known', settings, prefix: prefix === '/' ? '/registry' : prefix };
}
