import type { Change, ObjectReference, Remedy, Stage } from '../cluster/change.ts';
import { clusterVersion } from '../cluster/component-version.ts';
import type { FieldPath, Json, JsonArray, JsonObject } from '../cluster/json.ts';
import { isObject } from '../cluster/json.ts';
import { listingOf } from '../cluster/listing.ts';
import type { ClusterObject } from '../cluster/objects.ts';
import type { Finding, Subject } from '../results/finding.ts';
import { formatSubject } from '../results/finding.ts';
import type { Context, Parameters } from './control.ts';
import type { RemedyContext } from './remedy.ts';
import { isSameJson, patchBetween } from './remedy-patches.ts';

/** What a remedy of objects wants, beside its changes. */
export interface ObjectRemedy {
  readonly why: string;
  readonly sideEffects?: readonly string[];
  readonly by?: 'native' | 'owner';
  readonly stage?: Stage;
  readonly alternatives?: readonly string[];
  readonly stays?: string;
}

type Changes = Extract<Remedy, { kind: 'changes' }>;

/** A remedy of changes to objects: native, in the stage `objects`, unless it says otherwise. */
export function objectRemedy(changes: readonly Change[], { sideEffects = [], ...more }: ObjectRemedy): Changes {
  return { kind: 'changes', by: 'native', stage: 'objects', ...more, changes, sideEffects };
}

/** No native change, with the reason. */
export function noRemedy(why: string): Remedy {
  return { kind: 'none', why };
}

/** The context of a remedy as the judging code of controls wants it: the same cluster, settings and shared values. */
export function judging<P extends Parameters>(context: RemedyContext<P>): Context<P> {
  const { cluster, settings, parameters, now } = context;
  return {
    cluster,
    settings,
    parameters,
    now,
    isListed: (kind) => listingOf(cluster, kind, settings.complete).listed,
    whyNotListed: (kind) => listingOf(cluster, kind, settings.complete).settles,
    once: (key, make) => context.once(key, make),
    remark: () => undefined,
  };
}

/** Minor of the cluster's version; `undefined` where it is not known. */
export function minorOf<P extends Parameters>(context: RemedyContext<P>): number | undefined {
  return clusterVersion(context.cluster)?.minor;
}

/** The object that a finding speaks of; of kinds with one name in several groups the first. */
export function objectOf<P extends Parameters>(context: RemedyContext<P>, subject: Subject): ClusterObject | undefined {
  const { objects } = context.cluster;
  for (const kind of objects.kinds()) {
    if (kind !== subject.kind && !kind.startsWith(`${subject.kind}.`)) continue;
    const object = objects.get(kind, subject.namespace, subject.name);
    if (object !== undefined) return object;
  }
  return undefined;
}

/** Names an object for a change. */
export function referenceTo({ apiVersion, kind, name, namespace }: ClusterObject): ObjectReference {
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** The patch that turns an object into `after`; no change where it is so already. */
export function patchOf(object: ClusterObject, after: Json | undefined): readonly Change[] {
  if (!isObject(after) || isSameJson(object.manifest, after)) return [];
  return [{ kind: 'patch-object', object: referenceTo(object), patch: patchBetween(object.manifest, after) }];
}

/** Applies an object of Bulwark's own. */
export function applyOf(object: JsonObject): Change {
  return { kind: 'apply-object', object };
}

/** Removes an object. */
export function deletionOf(object: ClusterObject): Change {
  return { kind: 'delete-object', object: referenceTo(object) };
}

/** A copy of `value` with another value at `path`; `undefined` takes the member out. Mappings on the way are made. */
export function withValue(value: Json | undefined, path: FieldPath, next: Json | undefined): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return next;
  if (typeof step === 'number') {
    const list = Array.isArray(value) ? (value as JsonArray) : [];
    return list.map((item, index) => (index === step ? (withValue(item, rest, next) ?? item) : item));
  }
  const object = isObject(value) ? value : {};
  const inner = withValue(object[step], rest, next);
  if (inner !== undefined) return { ...object, [step]: inner };
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== step));
}

/** The subjects of a control's failing findings that no waiver excuses, as reports print them; `own` always among them. */
export function failingSubjects<P extends Parameters>(
  context: RemedyContext<P>,
  control: string,
  own?: Finding,
): ReadonlySet<string> {
  const findings = context.results.find(({ id }) => id === control)?.findings ?? [];
  const failing = findings.filter(({ verdict, waiver }) => verdict === 'fail' && waiver === undefined);
  return new Set([...failing, ...(own === undefined ? [] : [own])].map(({ subject }) => formatSubject(subject)));
}

/** The label of objects that a plan makes. */
export const ownLabels = { 'app.kubernetes.io/managed-by': 'bulwark' } as const;
