import { runCheck } from '../../admission/pod-security/evaluate.ts';
import { clusterVersion } from '../../cluster/component-version.ts';
import type { FieldPath, JsonObject } from '../../cluster/json.ts';
import { valueAt } from '../../cluster/json.ts';
import type { KindKey } from '../../cluster/objects.ts';
import { placeIn } from '../../cluster/objects.ts';
import { newestMinor } from '../../cluster/version.ts';
import type { Workload } from '../../cluster/workloads.ts';
import { judgedWorkloads, templatePaths } from '../../cluster/workloads.ts';
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

/** Minor whose Pod Security checks apply: the cluster's own, the newest known where it is not known or newer (essential.md 0.3). */
export function policyMinor<P extends Parameters>(context: Context<P>): number {
  return Math.min(clusterVersion(context.cluster)?.minor ?? newestMinor, newestMinor);
}

/**
 * Judges every workload outside system namespaces that `exempt` (`namespace/kind/name` with `*`) does not name; one whose
 * template cannot be read is `unknown`. Source: essential.md 0.7, 8.
 */
export function* perWorkload<P extends { readonly exempt: readonly string[] }>(
  context: Context<P & Parameters>,
  judge: (workload: ReadableWorkload) => WorkloadDraft,
): Iterable<Draft> {
  for (const workload of workloadsOf(context)) {
    const name = `${workload.namespace}/${workload.object.kind}/${workload.object.name}`;
    if (context.parameters.exempt.some((glob) => globMatches(glob, name) || globMatches(glob.toLowerCase(), name.toLowerCase())))
      continue;
    const subject = workloadSubject(workload);
    if (!isReadable(workload)) yield { ...unreadable(workload), subject };
    else yield { ...judge(workload), subject };
  }
}

function isReadable(workload: Workload): workload is ReadableWorkload {
  return Array.isArray(workload.template?.spec['containers']);
}

function unreadable(workload: Workload): WorkloadDraft {
  const path = [...workload.templatePath, 'spec', 'containers'];
  const seen = workload.template === undefined ? 'no pod template' : 'no list of containers';
  return {
    verdict: 'unknown',
    message: 'the pod template cannot be read',
    evidence: [{ ...placeIn(workload.object, path), seen, wanted: 'spec.containers as a list' }],
  };
}

/** The place of a field of the pod (template), by its path inside the pod. */
export function placeInPod(workload: Workload, path: FieldPath): Evidence {
  const place = placeIn(workload.object, [...workload.templatePath, ...path]);
  const value = workload.template === undefined ? undefined : valueAt({ ...workload.template }, path);
  return { ...place, seen: value === undefined ? 'not set' : shortText(value) };
}

function shortText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

export interface CheckedAs {
  /** Ids of upstream's Pod Security checks; one violation fails. */
  readonly checks: readonly string[];
  /** What a passing workload has, as the message of a pass. */
  readonly holds: string;
  /** What each offending field should be. */
  readonly wanted: string;
}

/** Judges a workload by upstream's Pod Security checks, with upstream's own messages and a place for each offending field. */
export function judgeByChecks(workload: ReadableWorkload, minor: number, as: CheckedAs): WorkloadDraft {
  const violations = as.checks.flatMap((check) => runCheck(check, minor, workload.template) ?? []);
  if (violations.length === 0) return { verdict: 'pass', message: as.holds, evidence: [placeOfPod(workload)] };
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
  const count = (workload.template.spec['containers'] as readonly unknown[]).length;
  return { ...place, seen: `${count} container${count === 1 ? '' : 's'}` };
}
