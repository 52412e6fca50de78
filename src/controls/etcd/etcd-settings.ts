import type { Component } from '../../cluster/component.ts';
import { booleanOf } from '../../cluster/flags.ts';
import { placeOfFlag } from '../../cluster/flags.ts';
import type { FlagReading } from '../../cluster/flags.ts';
import type { Place } from '../../cluster/place.ts';
import type { ComponentView } from '../per-component.ts';

/** What decides how an etcd member serves its clients. */
export const clientFlags = [
  'listen-client-urls',
  'listen-client-http-urls',
  'cert-file',
  'key-file',
  'trusted-ca-file',
  'client-cert-auth',
  'auto-tls',
] as const;

/** One setting of etcd with the place where it stands, or would stand. */
export interface EtcdSetting {
  readonly value: string;
  /** Of a list of URLs. */
  readonly values: readonly string[];
  /** False where it is absent and something unseen may set it. */
  readonly known: boolean;
  readonly place: Place;
}

export interface EtcdSettings {
  readonly clientUrls: EtcdSetting;
  readonly clientHttpUrls: EtcdSetting;
  readonly certFile: EtcdSetting;
  readonly keyFile: EtcdSetting;
  readonly trustedCaFile: EtcdSetting;
  readonly clientCertAuth: boolean;
  readonly autoTls: boolean;
}

/**
 * Reads how an etcd member serves its clients: the command line over `ETCD_*` variables; with `--config-file` the file alone
 * (cluster/etcd-flags.ts). Source: essential.md 11; etcd server/etcdmain/config.go.
 */
export function etcdSettings(view: ComponentView): EtcdSettings {
  const setting = (name: (typeof clientFlags)[number]): EtcdSetting => settingOf(view.component, view.flag(name));
  return {
    clientUrls: setting('listen-client-urls'),
    clientHttpUrls: setting('listen-client-http-urls'),
    certFile: setting('cert-file'),
    keyFile: setting('key-file'),
    trustedCaFile: setting('trusted-ca-file'),
    clientCertAuth: booleanOf(view.flag('client-cert-auth')) === true,
    autoTls: booleanOf(view.flag('auto-tls')) === true,
  };
}

function settingOf(component: Component, reading: FlagReading): EtcdSetting {
  const values = reading.value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return { value: reading.value, values, known: reading.known, place: placeOfFlag(component, reading) };
}

/** The file of `--config-file`, which alone counts, where its text was not seen; `undefined` where there is none or it was. */
export function unseenConfigFile(view: ComponentView): { readonly path: string; readonly missing: boolean } | undefined {
  const reading = view.flag('config-file');
  const path = reading.value === '' ? (view.component.environment.get('ETCD_CONFIG_FILE')?.value ?? '') : reading.value;
  if (path === '') return undefined;
  const file = view.component.files.get(path);
  if (file?.kind === 'seen' && file.text !== undefined) return undefined;
  return { path, missing: file?.kind === 'missing' };
}
