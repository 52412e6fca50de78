import { runCheck } from '../../admission/pod-security/evaluate.ts';
import { readablePodSpec, unreadablePodField } from '../../admission/pod-security/readable.ts';
import { clusterVersion } from '../../cluster/component-version.ts';
import type { FieldPath, Json, JsonObject } from '../../cluster/json.ts';
import { formatFieldPath, isObject, listAt, objectAt, valueAt } from '../../cluster/json.ts';
import type { KindKey } from '../../cluster/objects.ts';
import { placeIn } from '../../cluster/objects.ts';
import { newestMinor, oldestMinor } from '../../cluster/version.ts';
import type { Workload } from '../../cluster/workloads.ts';
import { containerLists, containersOf, judgedWorkloads, templatePaths } from '../../cluster/workloads.ts';
import { globMatches } from '../../cluster/glob.ts';
import type { Evidence, Subject } from '../../results/finding.ts';
import type { Context, Draft, Parameters } from '../control.ts';
import { isSystemNamespace } from '../settings.ts';

/** Kinds that must be listed before "there is no workload" is believed. */
export const workloadKinds: readonly KindKey[] = [...templatePaths.keys()].filter((kind) => !kind.endsWith('.extensions'));

/** A workload whose template can be read. */
export interface ReadableWorkload extends Workload {
  readonly template: { readonly metadata: JsonObject; readonly spec: JsonObject };
}

/** What a control says of one workload. */
export type WorkloadDraft = Omit<Draft, 'subject'>;

/** The workloads of the cluster, found once a scan. */
export function workloadsOf<P extends Parameters>(context: Context<P>): readonly Workload[] {
  return context.once('workloads', () => judgedWorkloads(context.cluster, (name) => isSystemNamespace(context.settings, name)));
}

/** The subject of a workload. */
export function workloadSubject(workload: Workload): Subject {
  return { kind: workload.object.kind, name: workload.object.name, namespace: workload.namespace };
}

/**
 * Minor whose Pod Security checks apply: the cluster's own, the newest known where it is not known or newer (essential.md 0.3). An older
 * one than the catalogue's oldest counts as that: before it some checks did not exist, and nothing passes for that.
 */
export function policyMinor<P extends Parameters>(context: Context<P>): number {
  return Math.max(oldestMinor, Math.min(clusterVersion(context.cluster)?.minor ?? newestMinor, newestMinor));
}

/** What a control forbids can be seen in the readable part of a pod; what it requires can be missed only in a whole one. */
export type Asks = 'forbids' | 'requires';

/**
 * Judges every workload outside system namespaces that `exempt` (`namespace/kind/name` with `*`) does not name.
 *
 * One whose template cannot be read, or holds a field of a wrong type, is `unknown`, unless its readable part already fails.
 * Source: essential.md 0.2 (1), 0.7, 8.
 */
export function* perWorkload<P extends { readonly exempt: readonly string[] }>(
  context: Context<P & Parameters>,
  asks: Asks,
  judge: (workload: ReadableWorkload) => WorkloadDraft,
): Iterable<Draft> {
  for (const workload of workloadsOf(context)) {
    const name = `${workload.namespace}/${workload.object.kind}/${workload.object.name}`;
    if (context.parameters.exempt.some((glob) => globMatches(glob, name) || globMatches(glob.toLowerCase(), name.toLowerCase())))
      continue;
    yield { ...judgeOne(workload, asks, judge), subject: workloadSubject(workload) };
  }
}

function judgeOne(workload: Workload, asks: Asks, judge: (workload: ReadableWorkload) => WorkloadDraft): WorkloadDraft {
  if (isReadable(workload)) return judge(workload);
  const part = readablePart(workload, asks);
  const draft = part === undefined ? undefined : judge(part);
  return draft?.verdict === 'fail' ? draft : unreadable(workload);
}

function isReadable(workload: Workload): workload is ReadableWorkload {
  return workload.template !== undefined && unreadableField(workload.template) === undefined;
}

/**
 * Finds the field of a pod template because of which it cannot be read: a field of a wrong type, or `spec.containers` where
 * there are none. The path begins at the pod.
 */
export function unreadableField(template: NonNullable<Workload['template']>): FieldPath | undefined {
  const known = unreadableFields.get(template);
  if (known !== undefined) return known.field;
  const field = findUnreadableField(template);
  unreadableFields.set(template, { field });
  return field;
}

/** Eight controls ask the same of each template. */
const unreadableFields = new WeakMap<NonNullable<Workload['template']>, { readonly field: FieldPath | undefined }>();

function findUnreadableField(template: NonNullable<Workload['template']>): FieldPath | undefined {
  const spec = judgedPart(template.spec);
  const field = unreadablePodField(spec);
  if (field !== undefined) return ['spec', ...field];
  return readablePodSpec(spec) && listAt(spec['containers']).length > 0 ? undefined : ['spec', 'containers'];
}

const judgedFields = [
  'securityContext',
  'volumes',
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'hostUsers',
  'os',
  'serviceAccountName',
  'serviceAccount',
  'automountServiceAccountToken',
];

/** The fields of a pod that the workload controls read, in their places. A fault elsewhere (a port, a variable) hides nothing here. */
function judgedPart(spec: JsonObject): JsonObject {
  const part: Record<string, Json> = {};
  for (const name of judgedFields) if (spec[name] !== undefined) part[name] = spec[name];
  for (const list of containerLists) {
    const containers = spec[list];
    if (Array.isArray(containers)) part[list] = containers.map(judgedContainer);
    else if (containers !== undefined) part[list] = containers;
  }
  return part;
}

function judgedContainer(container: Json): Json {
  if (!isObject(container)) return container;
  const { name, securityContext } = container;
  return { ...(name === undefined ? {} : { name }), ...(securityContext === undefined ? {} : { securityContext }) };
}

function unreadable(workload: Workload): WorkloadDraft {
  const { template } = workload;
  const field = template === undefined ? undefined : unreadableField(template);
  if (field === undefined) {
    const place = placeIn(workload.object, [...workload.templatePath, 'spec']);
    return {
      verdict: 'unknown',
      message: 'there is no pod template that can be read',
      evidence: [{ ...place, seen: 'no pod template', wanted: 'spec with a list of containers' }],
    };
  }
  const value = valueAt({ ...template }, field);
  const name = formatFieldPath(field);
  const isMissing = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  const fault = isMissing ? `there is no ${name}` : `no server accepts the type of ${name}`;
  return {
    verdict: 'unknown',
    message: `the pod template cannot be read: ${fault}`,
    evidence: [{ ...placeInPod(workload, field), seen: typeAndValue(value), wanted: 'the type of the API' }],
  };
}

/** `"true"` for a short text, so that its quotes show; of anything longer the type alone. */
function typeAndValue(value: Json | undefined): string {
  if (value === undefined || value === null) return 'not set';
  const text = typeof value === 'object' ? undefined : JSON.stringify(value);
  return text !== undefined && text.length <= 20 ? text : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

/** Stands for a container that cannot be read: no control blames it. */
const blameless: JsonObject = {
  securityContext: {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

/**
 * What is certain of a pod that cannot be read whole; `undefined` where nothing is. What a control forbids is looked for as if
 * fields of a wrong type were absent; what it requires is looked for in the containers that can be read, and not at all where
 * fields of the pod itself cannot.
 */
function readablePart(workload: Workload, asks: Asks): ReadableWorkload | undefined {
  const { template } = workload;
  if (template === undefined) return undefined;
  if (asks === 'forbids') return { ...workload, template };
  let spec = judgedPart(template.spec);
  if (listAt(spec['containers']).length === 0) return undefined;
  for (let field = unreadablePodField(spec); field !== undefined; field = unreadablePodField(spec)) {
    const [list, index] = field;
    if (typeof list !== 'string' || typeof index !== 'number') return undefined;
    const standIn: Json = list === 'volumes' ? {} : blameless;
    spec = { ...spec, [list]: listAt(spec[list]).map((item, at) => (at === index ? standIn : item)) };
  }
  return { ...workload, template: { metadata: template.metadata, spec } };
}

/** The place of a field of the pod (template), by its path inside the pod. */
export function placeInPod(workload: Workload, path: FieldPath): Evidence {
  const place = placeIn(workload.object, [...workload.templatePath, ...path]);
  const value = workload.template === undefined ? undefined : valueAt({ ...workload.template }, path);
  return { ...place, seen: value === undefined ? 'not set' : shortText(value) };
}

/** Short, and never what a pod may hide in it: of a container its name and security context, of other mappings their keys. */
function shortText(value: Json): string {
  if (Array.isArray(value)) {
    const scalars = (value as readonly Json[]).every((item) => typeof item !== 'object');
    return scalars ? cut(JSON.stringify(value)) : `${value.length} ${value.length === 1 ? 'entry' : 'entries'}`;
  }
  if (!isObject(value)) return cut(typeof value === 'string' ? value : JSON.stringify(value));
  const { name, securityContext } = value;
  if (typeof name !== 'string') return cut(`{${Object.keys(value).join(', ')}}`);
  const context = securityContext === undefined ? 'no securityContext' : `securityContext ${JSON.stringify(securityContext)}`;
  return cut(`${name}: ${context}`);
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

export interface CheckedAs {
  /** Ids of upstream's Pod Security checks; one violation fails. */
  readonly checks: readonly string[];
  /** What a passing workload has, as the message of a pass. */
  readonly holds: string;
  /** The same for a pod of Windows, where upstream asks nothing. */
  readonly onWindows?: string;
  /** What each offending field should be. */
  readonly wanted: string;
}

/** Judges a workload by upstream's Pod Security checks, with upstream's own messages and a place for each offending field. */
export function judgeByChecks(workload: ReadableWorkload, minor: number, as: CheckedAs): WorkloadDraft {
  const violations = as.checks.flatMap((check) => runCheck(check, minor, workload.template) ?? []);
  if (violations.length === 0) {
    const isWindows = objectAt(workload.template.spec['os'])['name'] === 'windows';
    const message = isWindows ? (as.onWindows ?? as.holds) : as.holds;
    return { verdict: 'pass', message, evidence: [placeOfPod(workload)] };
  }
  const message = violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
  const fields = violations.flatMap((violation) => violation.fields ?? []);
  const evidence = fields.map((field) => ({ ...placeInPod(workload, field), wanted: as.wanted }));
  return {
    verdict: 'fail',
    message,
    evidence: evidence.length === 0 ? [{ ...placeOfPod(workload), wanted: as.wanted }] : evidence,
  };
}

function placeOfPod(workload: ReadableWorkload): Evidence {
  const place = placeIn(workload.object, [...workload.templatePath, 'spec']);
  const count = containersOf(workload.template.spec).length;
  return { ...place, seen: `${count} container${count === 1 ? '' : 's'}` };
}
