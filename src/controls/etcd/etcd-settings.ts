import type { Component } from '../../cluster/component.ts';
import { placeOf } from '../../cluster/document.ts';
import { readFlags } from '../../cluster/flags.ts';
import type { Json } from '../../cluster/json.ts';
import { isObject, objectAt } from '../../cluster/json.ts';
import type { Place } from '../../cluster/place.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';

/** One setting of etcd with the place where it stands, or would stand. */
export interface EtcdSetting {
  readonly value: string;
  /** Of a list of URLs. */
  readonly values: readonly string[];
  readonly place: Place;
}

export type EtcdSettings =
  | {
      readonly kind: 'seen';
      readonly clientUrls: EtcdSetting;
      readonly clientHttpUrls: EtcdSetting;
      readonly certFile: EtcdSetting;
      readonly keyFile: EtcdSetting;
      readonly trustedCaFile: EtcdSetting;
      readonly clientCertAuth: EtcdSetting;
      readonly autoTls: EtcdSetting;
    }
  | { readonly kind: 'unseen'; readonly why: string };

/** Flag name → path in the file of --config-file. */
const inFile: Readonly<Record<string, readonly string[]>> = {
  'listen-client-urls': ['listen-client-urls'],
  'listen-client-http-urls': ['listen-client-http-urls'],
  'cert-file': ['client-transport-security', 'cert-file'],
  'key-file': ['client-transport-security', 'key-file'],
  'trusted-ca-file': ['client-transport-security', 'trusted-ca-file'],
  'client-cert-auth': ['client-transport-security', 'client-cert-auth'],
  'auto-tls': ['client-transport-security', 'auto-tls'],
};

const defaults: Readonly<Record<string, string>> = {
  'listen-client-urls': 'http://localhost:2379',
  'client-cert-auth': 'false',
  'auto-tls': 'false',
};

/**
 * Reads how an etcd member serves its clients: the command line over `ETCD_*` variables; with `--config-file` the file alone.
 * Source: essential.md 11; etcd server/etcdmain/config.go.
 */
export function etcdSettings(component: Component): EtcdSettings {
  const flags = readFlags(component, undefined);
  const variable = component.environment.get('ETCD_CONFIG_FILE');
  const configFile = flags.get('config-file').value || variable?.value || '';
  if (configFile !== '') return fromFile(component, configFile);
  return build((name) => {
    const flag = flags.get(name);
    const environment = component.environment.get(`ETCD_${name.toUpperCase().replaceAll('-', '_')}`);
    if (flag.given) return { value: flag.value, place: flag.place ?? placeOf(component.document, []) };
    if (environment !== undefined) return environment;
    return { value: defaults[name] ?? '', place: placeOf(component.document, []) };
  });
}

function fromFile(component: Component, path: string): EtcdSettings {
  const file = component.files.get(path);
  if (file?.kind !== 'seen' || file.text === undefined)
    return { kind: 'unseen', why: `the file ${path} of etcd's --config-file on ${component.host} was not seen: it alone counts` };
  const [document] = parseDocuments(file.text, file.source).documents;
  if (document === undefined || !isObject(document.value))
    return { kind: 'unseen', why: `the file ${path} of etcd's --config-file could not be read` };
  return build((name) => {
    const steps = inFile[name] ?? [name];
    const value = steps.reduce<Json | undefined>((here, step) => objectAt(here)[step], document.value);
    const text = typeof value === 'string' || typeof value === 'boolean' ? String(value) : (defaults[name] ?? '');
    return { value: text, place: placeOf(document, steps) };
  });
}

function build(read: (name: string) => { readonly value: string; readonly place: Place }): EtcdSettings {
  const setting = (name: string): EtcdSetting => {
    const { value, place } = read(name);
    return {
      value,
      values: value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
      place,
    };
  };
  return {
    kind: 'seen',
    clientUrls: setting('listen-client-urls'),
    clientHttpUrls: setting('listen-client-http-urls'),
    certFile: setting('cert-file'),
    keyFile: setting('key-file'),
    trustedCaFile: setting('trusted-ca-file'),
    clientCertAuth: setting('client-cert-auth'),
    autoTls: setting('auto-tls'),
  };
}
