import type { ComponentName, HostFile } from '../cluster/component.ts';
import type { Component } from '../cluster/component.ts';
import type { ComponentOnHost } from '../cluster/components.ts';
import { componentsOf } from '../cluster/components.ts';
import { distributionOf, versionOf } from '../cluster/component-version.ts';
import { placeOf } from '../cluster/document.ts';
import { flagFile } from '../cluster/flag-file.ts';
import type { FlagReading, FlagSet, StartError } from '../cluster/flags.ts';
import { readFlags } from '../cluster/flags.ts';
import type { Place } from '../cluster/place.ts';
import type { KubernetesVersion } from '../cluster/version.ts';
import type { Evidence, Subject } from '../results/finding.ts';
import type { Context, Draft, Parameters } from './control.ts';

/** One component on one host, as a control reads it. What is read is compared between hosts. */
export interface ComponentView {
  readonly component: Component;
  readonly host: string;
  readonly subject: Subject;
  readonly version: KubernetesVersion | undefined;
  /** Minor of the version; `undefined` where it is not known. */
  readonly minor: number | undefined;
  readonly flags: FlagSet;
  flag(name: string): FlagReading;
  /** The file that a flag names. */
  file(flag: string): HostFile | { readonly kind: 'unset' };
  /** Where a flag stands, or the command line it would stand in. */
  place(flag: string): Place;
  /** Evidence for a flag: what is there and what is wanted. */
  flagEvidence(flag: string, wanted: string): Evidence;
  /** Notes a derived fact for the comparison between hosts. */
  fact(name: string, value: string): void;
}

export interface PerComponent {
  readonly component: ComponentName;
  /** Flags the control looks at: a start error about one of them fails the control with the server's own message. */
  readonly flags: readonly string[];
  /** Feature gates the control asks for: a start error of --feature-gates that names one is the control's as well. */
  readonly gates?: readonly string[];
  /** Flags whose files must be seen before the control passes. */
  readonly files?: readonly string[];
  /** The control asks for this version: not known is `unknown`, unless it fails. */
  readonly needsVersion?: boolean;
  /** `flags` are absent and not at upstream's default in a distribution's own file: these may stay unseen (also-evidence). */
  readonly optional?: readonly string[];
}

/** What the control says of one component; the subject is filled in, several findings are allowed. */
export type ComponentDraft = Omit<Draft, 'subject'> & { readonly subject?: Subject };

const subjectKinds: Readonly<Record<ComponentName, string>> = {
  'kube-apiserver': 'API server',
  'kube-controller-manager': 'controller manager',
  'kube-scheduler': 'scheduler',
  etcd: 'etcd member',
  kubelet: 'kubelet',
  'kube-proxy': 'kube-proxy',
};

/** The subject of a component on a host. */
export function componentSubject(name: ComponentName, host: string): Subject {
  return { kind: subjectKinds[name], name: '', ...(host === '' ? {} : { host }) };
}

/**
 * Judges a component on every host where it is seen or must run.
 *
 * The evidence rules are kept here, not in the control: a host whose flags were not seen is `unknown`; a start error about a
 * flag that the control looks at is `fail`; a pass turns into `unknown` where a needed file, flag or the version was not
 * seen; a fact that differs between hosts is named in the control's reason. Source: essential.md 0.2.
 */
export function* perComponent<P extends Parameters>(
  context: Context<P>,
  asks: PerComponent,
  judge: (view: ComponentView) => ComponentDraft | Iterable<ComponentDraft>,
): Iterable<Draft> {
  const facts = new Map<string, Map<string, string>>();
  for (const on of componentsOf(context.cluster, asks.component)) {
    if (on.component === undefined) {
      yield unseen(context, on);
      continue;
    }
    yield* judgeOne(context, asks, on.component, on, facts, judge);
  }
  remarkDifferences(context, facts);
}

function* judgeOne<P extends Parameters>(
  context: Context<P>,
  asks: PerComponent,
  component: Component,
  on: ComponentOnHost,
  facts: Map<string, Map<string, string>>,
  judge: (view: ComponentView) => ComponentDraft | Iterable<ComponentDraft>,
): Iterable<Draft> {
  const view = viewOf(context, component, on.host, facts);
  const own = view.flags.errors.find((error) => isOwn(error, asks));
  if (own !== undefined) {
    yield { ...startFailure(asks.component, own), subject: view.subject };
    return;
  }
  const [other] = view.flags.errors;
  if (other !== undefined) context.remark(`${asks.component}${onHost(view)} does not start: ${other.message}`);
  for (const flag of asks.flags) view.flag(flag);
  const missing = missingEvidence(asks, view);
  for (const draft of asList(judge(view))) {
    const settled = draft.verdict === 'pass' && missing !== undefined ? unknownInstead(draft, missing) : draft;
    const notes = [...(settled.notes ?? []), ...on.notes];
    yield { subject: view.subject, ...settled, ...(notes.length === 0 ? {} : { notes }) };
  }
}

/** An error that no flag of the control explains is not the control's failure. */
function isOwn(error: StartError, asks: PerComponent): boolean {
  if (error.flag === 'feature-gates' && asks.gates?.some((gate) => error.message.includes(gate)) === true) return true;
  return error.flag !== undefined && asks.flags.includes(error.flag);
}

function asList(drafts: ComponentDraft | Iterable<ComponentDraft>): Iterable<ComponentDraft> {
  return Symbol.iterator in drafts ? drafts : [drafts];
}

/** Wraps a start error as a failure in the server's own words. */
export function startFailure(component: ComponentName, error: StartError): ComponentDraft {
  return {
    verdict: 'fail',
    message: `${component} does not start with this configuration: ${error.message}`,
    evidence: [{ ...error.place, seen: error.message, wanted: `a configuration with which ${component} starts` }],
  };
}

function unknownInstead(draft: ComponentDraft, missing: string): ComponentDraft {
  return { ...draft, verdict: 'unknown', message: missing };
}

function missingEvidence(asks: PerComponent, view: ComponentView): string | undefined {
  for (const flag of asks.files ?? []) {
    const unknown = fileUnknown(view, flag);
    if (unknown !== undefined) return unknown;
  }
  if (asks.needsVersion === true && view.minor === undefined) return versionUnknown(view);
  for (const flag of asks.flags) {
    if (asks.optional?.includes(flag) === true) continue;
    if (!view.flag(flag).known) return flagUnknown(view, flag);
  }
  return undefined;
}

function fileUnknown(view: ComponentView, flag: string): string | undefined {
  const file = view.file(flag);
  if (file.kind === 'not-collected')
    return `the file of --${flag}${file.path === '' ? '' : `, ${file.path}`}${onHost(view)}, was not seen: ${file.reason}`;
  if (file.kind === 'seen' && file.text === undefined) return `the text of ${file.path}${onHost(view)} was not collected`;
  return undefined;
}

function versionUnknown(view: ComponentView): string {
  return `the version of ${view.component.name}${onHost(view)} is not known: name it by an image tag, /version or kubeadm's kubernetesVersion`;
}

function flagUnknown(view: ComponentView, flag: string): string {
  return `--${flag} is not set in ${view.component.document.source}, and what the distribution itself adds was not seen: give the process's command line or the generated manifest`;
}

/** `unknown`, for a judgement that depends on the version where it is not known. */
export function withoutVersion(view: ComponentView): ComponentDraft {
  return { verdict: 'unknown', message: versionUnknown(view), evidence: [] };
}

/** `unknown`, for a flag that is absent in a file of a distribution, which may set it elsewhere. */
export function withoutFlag(view: ComponentView, flag: string): ComponentDraft {
  return { verdict: 'unknown', message: flagUnknown(view, flag), evidence: [view.flagEvidence(flag, 'to be seen')] };
}

/** `unknown`, for a file that a flag names and that was not collected. */
export function withoutFile(view: ComponentView, flag: string): ComponentDraft {
  return {
    verdict: 'unknown',
    message: fileUnknown(view, flag) ?? `the file of --${flag}${onHost(view)} was not seen`,
    evidence: [view.flagEvidence(flag, 'the file')],
  };
}

function onHost(view: ComponentView): string {
  return view.host === '' ? '' : ` on ${view.host}`;
}

function viewOf<P extends Parameters>(
  context: Context<P>,
  component: Component,
  host: string,
  facts: Map<string, Map<string, string>>,
): ComponentView {
  const version = versionOf(context.cluster, component);
  const minor = version?.minor;
  // One host may have several configurations that differ (componentsOf): the words themselves are the key.
  const words = component.commandLine.arguments.map((argument) => argument.text).join('\0');
  const flags = context.once(`flags ${component.name} ${host} ${component.document.source} ${words}`, () =>
    readFlags(component, minor),
  );
  const note = (name: string, value: string): void => {
    const byHost = facts.get(name) ?? new Map<string, string>();
    byHost.set(host, value);
    facts.set(name, byHost);
  };
  const flag = (name: string): FlagReading => {
    const reading = flags.get(name);
    note(`--${name}`, reading.value);
    return reading;
  };
  const place = (name: string): Place => flags.get(name).place ?? placeOf(component.document, []);
  return {
    component,
    host,
    subject: componentSubject(component.name, host),
    version,
    minor,
    flags,
    flag,
    file: (name) => {
      const file = flagFile(component, flag(name));
      // Two hosts whose files differ differ in a fact; the text itself is never printed.
      if (file.kind === 'seen' && file.text !== undefined)
        note(`the file of --${name}`, `${file.path} (${file.text.length} characters)`);
      return file;
    },
    place,
    flagEvidence: (name, wanted) => {
      const reading = flag(name);
      const seen = reading.given
        ? `--${name}=${reading.value}`
        : `--${name} is not set${reading.known && reading.value !== '' ? ` (default ${reading.value})` : ''}`;
      return { ...place(name), seen, wanted };
    },
    fact: note,
  };
}

function unseen<P extends Parameters>(context: Context<P>, on: ComponentOnHost): Draft {
  const distribution = distributionOf(context.cluster);
  const managed = distribution === 'eks' || distribution === 'gke' || distribution === 'aks';
  const where = on.host === '' ? '' : ` on ${on.host}`;
  const provided = managed && on.name !== 'kubelet' && on.name !== 'kube-proxy';
  const message = provided
    ? `the ${on.name} of ${distribution.toUpperCase()} is the provider's and its flags cannot be seen: ${providerSetting[distribution]}`
    : `the configuration of ${on.name}${where} was not seen: ${settles[on.name] ?? 'scan its host (--host-root) or a cluster that shows its mirror pods'}`;
  return { verdict: 'unknown', subject: componentSubject(on.name, on.host), message, evidence: [] };
}

/** What would show a component that has no mirror pod. */
const settles: Partial<Readonly<Record<ComponentName, string>>> = {
  kubelet: 'scan its host (--host-root), or the live cluster with the right to read /configz of its node',
  'kube-proxy': 'scan its host (--host-root)',
};

/** Where each provider shows or changes what it hides (controls.md part iv). */
const providerSetting = {
  eks: 'look at the cluster configuration of EKS (endpoint access, KMS key, control-plane log types)',
  gke: 'look at the cluster configuration of GKE (authorised networks, database encryption, anonymous authentication)',
  aks: 'look at the cluster configuration of AKS (authorised IP ranges, KMS, diagnostic settings)',
} as const;

function remarkDifferences<P extends Parameters>(
  context: Context<P>,
  facts: ReadonlyMap<string, ReadonlyMap<string, string>>,
): void {
  for (const [name, byHost] of [...facts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [first, ...rest] = [...byHost];
    const other = rest.find(([, value]) => value !== first?.[1]);
    if (first === undefined || other === undefined) continue;
    context.remark(`hosts differ: ${name} is ${quote(first[1])} on ${first[0]} and ${quote(other[1])} on ${other[0]}`);
  }
}

function quote(value: string): string {
  return value === '' ? 'not set' : `\`${value}\``;
}
