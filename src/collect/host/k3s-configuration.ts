import type { Argument } from '../../cluster/command-line.ts';
import type { ComponentName } from '../../cluster/component.ts';
import type { Document } from '../../cluster/document.ts';
import { placeOf } from '../../cluster/document.ts';
import type { FieldPath, Json } from '../../cluster/json.ts';
import { isObject, listAt } from '../../cluster/json.ts';
import type { Place } from '../../cluster/place.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import { configure } from './configured-component.ts';
import { baseNameOf } from './file-reading.ts';

/** k3s or RKE2: one program family, one form of configuration. */
export type RancherDistribution = 'k3s' | 'rke2';

/** A value of the configuration with its place. */
interface Setting {
  readonly values: readonly { readonly text: string; readonly place: Place }[];
}

const argumentSettings: readonly (readonly [ComponentName, string])[] = [
  ['kube-apiserver', 'kube-apiserver-arg'],
  ['kube-controller-manager', 'kube-controller-manager-arg'],
  ['kube-scheduler', 'kube-scheduler-arg'],
  ['etcd', 'etcd-arg'],
  ['kubelet', 'kubelet-arg'],
  ['kube-proxy', 'kube-proxy-arg'],
];

/** What starts k3s or RKE2 on a host: its role and the arguments of the unit. */
export interface RancherCommand {
  readonly role: 'server' | 'agent';
  readonly arguments: readonly Argument[];
}

/** Finds `k3s server …`, `rke2 agent …` in a command line. */
export function rancherCommandOf(
  words: readonly Argument[],
): { readonly distribution: RancherDistribution; readonly command: RancherCommand } | undefined {
  const at = words.findIndex((word) => /^(?:k3s|rke2)$/.test(baseNameOf(word.text)));
  const program = words[at];
  const role = words[at + 1]?.text;
  if (at < 0 || program === undefined || (role !== 'server' && role !== 'agent')) return undefined;
  const distribution = baseNameOf(program.text) === 'k3s' ? 'k3s' : 'rke2';
  return { distribution, command: { role, arguments: words.slice(at + 2) } };
}

/**
 * Joins the settings of configuration documents in their order (config.yaml, then config.yaml.d by name) and the unit's arguments: a
 * later document replaces a key, `key+` adds to it, the command line replaces what files say (docs.k3s.io, "Configuration file").
 */
function settingsOf(documents: readonly Document[], command: readonly Argument[]): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const document of documents) {
    if (!isObject(document.value)) continue;
    for (const [key, value] of Object.entries(document.value)) {
      const adds = key.endsWith('+');
      const name = adds ? key.slice(0, -1) : key;
      const own = valuesOf(document, [key], value);
      settings.set(name, { values: adds ? [...(settings.get(name)?.values ?? []), ...own] : own });
    }
  }
  const given = new Map<string, { text: string; place: Place }[]>();
  for (const [index, { text, place }] of command.entries()) {
    const match = /^--?([\w-]+)(?:=([\s\S]*))?$/.exec(text);
    if (match === null) continue;
    const [, name = '', joined] = match;
    const next = command[index + 1]?.text;
    const value = joined ?? (next === undefined || next.startsWith('-') ? 'true' : next);
    given.set(name, [...(given.get(name) ?? []), { text: value, place }]);
  }
  for (const [name, values] of given) settings.set(name, { values });
  return settings;
}

function valuesOf(document: Document, path: FieldPath, value: Json | undefined): { text: string; place: Place }[] {
  if (Array.isArray(value)) return listAt(value).flatMap((item, index) => valuesOf(document, [...path, index], item));
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return [{ text: String(value), place: placeOf(document, path) }];
  return [];
}

/**
 * The components that k3s or RKE2 starts, with the arguments that its configuration gives each (`kube-apiserver-arg: [name=value]`).
 * The program adds flags of its own, so they are seen as `distribution`. With `secrets-encryption` it writes the
 * EncryptionConfiguration itself, below its data folder. `document` is where a person changes things.
 */
export function rancherComponents(options: {
  readonly distribution: RancherDistribution;
  readonly documents: readonly Document[];
  readonly command: RancherCommand | undefined;
  readonly role: 'server' | 'agent';
  readonly host: string;
  readonly document: Document;
}): ConfiguredComponent[] {
  const settings = settingsOf(options.documents, options.command?.arguments ?? []);
  const dataFolder = settings.get('data-dir')?.values.at(-1)?.text ?? `/var/lib/rancher/${options.distribution}`;
  const encryption = settings.get('secrets-encryption')?.values.at(-1);
  const parts = argumentSettings.filter(([name]) => options.role === 'server' || name === 'kubelet' || name === 'kube-proxy');
  return parts
    .filter(([name]) => name !== 'etcd' || usesEtcd(options.distribution, settings))
    .map(([name, setting]) => {
      const words: Argument[] = (settings.get(setting)?.values ?? []).map(({ text, place }) => ({
        text: `--${text.replace(/^--?/, '')}`,
        place,
      }));
      if (name === 'kube-apiserver' && encryption?.text === 'true') {
        words.unshift({
          text: `--encryption-provider-config=${dataFolder}/server/cred/encryption-config.json`,
          place: encryption.place,
        });
      }
      return configure({ name, host: options.host, seenAs: 'distribution', arguments: words, document: options.document });
    });
}

/** RKE2 runs etcd unless told otherwise, k3s only when told so. An agent runs none. */
function usesEtcd(distribution: RancherDistribution, settings: ReadonlyMap<string, Setting>): boolean {
  const on = (name: string): boolean => settings.get(name)?.values.at(-1)?.text === 'true';
  if (on('disable-etcd') || settings.has('datastore-endpoint')) return false;
  return distribution === 'rke2' || on('cluster-init') || settings.has('etcd-arg');
}
