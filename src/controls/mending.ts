import type { Change, FieldEdit, Remedy } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Component, ComponentName, HostFile } from '../cluster/component.ts';
import { componentsOf } from '../cluster/components.ts';
import { distributionOf, versionOf } from '../cluster/component-version.ts';
import { flagFile } from '../cluster/flag-file.ts';
import type { FlagReading, FlagSet } from '../cluster/flags.ts';
import { readFlags } from '../cluster/flags.ts';
import { gateSettings } from '../cluster/gate-settings.ts';
import type { Json } from '../cluster/json.ts';
import { gateSpec } from '../cluster/tables/gate-table.ts';
import { newestMinor, oldestMinor } from '../cluster/version.ts';
import { valueAt } from '../cluster/json.ts';
import type { Finding } from '../results/finding.ts';
import { podPath } from './component-pod.ts';
import type { RemedyContext } from './remedy.ts';
import { yamlText } from './yaml-text.ts';

/** A file whose text was seen. */
export type SeenFile = Extract<HostFile, { kind: 'seen' }> & { readonly text: string };

/** A component on a host as a remedy sees it, with the changes that it can make of it. */
export interface Mending {
  readonly cluster: Cluster;
  readonly component: Component;
  readonly host: string;
  /** Minor of its version; `undefined` where it is not known. */
  readonly minor: number | undefined;
  readonly flags: FlagSet;
  flag(name: string): FlagReading;
  file(flag: string): HostFile | { readonly kind: 'unset' };
  /** The file that a flag names, where its text was seen. */
  seenFile(flag: string): SeenFile | undefined;
  /** No change where the flag has the value already. */
  set(flag: string, value: string): readonly Change[];
  /** No change where the flag is not given. */
  remove(...flags: readonly string[]): readonly Change[];
  /** Writes a file and names it by a flag. */
  write(
    flag: string,
    path: string,
    file: { readonly text: string; readonly mode: number; readonly secret: boolean },
  ): readonly Change[];
  edit(path: string, edits: readonly FieldEdit[], secret?: boolean): readonly Change[];
}

/** Finds the component of a finding's host, of several configurations of one host the one in evidence; `undefined` where it was not seen. */
export function mendingOf(finding: Finding, context: RemedyContext, name: ComponentName = 'kube-apiserver'): Mending | undefined {
  const onHost = mendingsOf(context, name).filter(({ host }) => host === (finding.subject.host ?? ''));
  const sources = new Set(finding.evidence.map(({ source }) => source));
  return onHost.find(({ component }) => sources.has(component.document.source)) ?? onHost[0];
}

/** Every host's component whose configuration was seen, sorted by host. */
export function mendingsOf(context: RemedyContext, name: ComponentName): readonly Mending[] {
  return context.once(`mending ${name}`, () =>
    componentsOf(context.cluster, name).flatMap(({ host, component }) =>
      component === undefined ? [] : [mending(context.cluster, withManifest(context.cluster, component, host), host)],
    ),
  );
}

/** The component with its Pod as its document, without a list around it: the manifest on the host before what the API shows of it. */
function withManifest(cluster: Cluster, component: Component, host: string): Component {
  const { name } = component;
  const manifest = cluster.components.find((view) => view.name === name && view.host === host && view.seenAs === 'static-pod');
  const document = manifest?.document ?? component.document;
  const pod = podPath(document.value, name, host);
  const value = pod === undefined ? document.value : (valueAt(document.value, pod) ?? document.value);
  return { ...component, document: value === document.value ? document : { value, source: document.source } };
}

function mending(cluster: Cluster, component: Component, host: string): Mending {
  const minor = versionOf(cluster, component)?.minor;
  const flags = readFlags(component, minor);
  const flag = (name: string): FlagReading => flags.get(name);
  const at = { host, component: component.name };
  // A word that does not parse is blamed on its flag: that flag is written anew.
  const isBroken = (name: string): boolean => flags.errors.some((error) => error.flag === name);
  const set = (name: string, value: string): readonly Change[] =>
    flag(name).given && flag(name).value === value && !isBroken(name) ? [] : [{ kind: 'set-flag', ...at, flag: name, value }];
  return {
    cluster,
    component,
    host,
    minor,
    flags,
    flag,
    file: (name) => flagFile(component, flag(name)),
    seenFile: (name) => {
      const file = flagFile(component, flag(name));
      return file.kind === 'seen' && file.text !== undefined ? { ...file, text: file.text } : undefined;
    },
    set,
    remove: (...names) =>
      names
        .filter((name) => flag(name).given || isBroken(name))
        .map((name): Change => ({ kind: 'remove-flag', ...at, flag: name })),
    write: (name, path, file) => [{ kind: 'write-file', ...at, path, ...file }, ...set(name, path)],
    edit: (path, edits, secret = false) => (edits.length === 0 ? [] : [{ kind: 'edit-file', ...at, path, edits, secret }]),
  };
}

/** The folder in which a distribution looks for files of an administrator. */
export function configurationFolder(cluster: Cluster): string {
  const distribution = distributionOf(cluster);
  if (distribution === 'k3s' || distribution === 'rke2') return `/etc/rancher/${distribution}`;
  return distribution === 'microk8s' ? '/var/snap/microk8s/current/args' : '/etc/kubernetes';
}

/** Where a file of a flag is to be written: at the path it names, where nothing is there, else at a path of Bulwark's own. */
export function newFilePath(at: Mending, flag: string, own: string): string {
  const file = at.file(flag);
  // A path that no mount shows may hold a file that nobody saw: it is not overwritten.
  return file.kind === 'missing' && !file.reason.includes('mount') ? file.path : `${configurationFolder(at.cluster)}/${own}`;
}

/**
 * Changes of `--feature-gates`: gates that are taken away and gates that are set; the others stay as they are. Where the flag stops
 * the server, the entries that do go too: no boolean, a name that this version does not know, a locked gate.
 */
export function gateChanges(
  at: Mending,
  drop: readonly string[],
  set: Readonly<Record<string, boolean>> = {},
): readonly Change[] {
  const reading = at.flag('feature-gates');
  const gates = new Map(gateSettings(reading.given ? reading.values : []));
  const former = gateText(gates);
  const isBroken = at.flags.errors.some((error) => error.flag === 'feature-gates');
  for (const [name, value] of gates) if (drop.includes(name) || (isBroken && isRefused(at, name, value))) gates.delete(name);
  for (const [name, value] of Object.entries(set)) gates.set(name, value);
  const text = gateText(gates);
  if (text === former && !isBroken) return [];
  return text === '' ? at.remove('feature-gates') : at.set('feature-gates', text);
}

function gateText(gates: ReadonlyMap<string, boolean>): string {
  return [...gates].map(([name, value]) => `${name}=${value}`).join(',');
}

function isRefused(at: Mending, name: string, value: boolean): boolean {
  if (at.minor === undefined || at.minor < oldestMinor || at.minor > newestMinor) return false;
  const spec = gateSpec(name, at.minor);
  return spec === undefined || (spec.locked && spec.value !== value);
}

/** A configuration file as text: a comment that says what it is, then the value. */
export function configurationText(comment: string, value: Json): string {
  return `# ${comment}\n${yamlText(value)}`;
}

/** The remedy of a finding whose component was not seen. */
export function notSeen(finding: Finding): Remedy {
  const host = finding.subject.host === undefined ? '' : ` on ${finding.subject.host}`;
  return {
    kind: 'none',
    why: `the configuration of the ${finding.subject.kind}${host} was not seen, so nothing can be planned for it`,
  };
}

type Changes = Extract<Remedy, { kind: 'changes' }>;

/** A remedy of API-server flags and files: one restart. */
export function serverRemedy(
  changes: readonly Change[],
  why: string,
  sideEffects: readonly string[],
  more: Partial<Pick<Changes, 'by' | 'stage' | 'alternatives' | 'stays'>> = {},
): Changes {
  return { kind: 'changes', by: 'native', stage: 'api-server', ...more, changes, why, sideEffects };
}
