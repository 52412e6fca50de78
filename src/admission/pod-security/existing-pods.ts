import type { JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt } from '../../cluster/json.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import { asAdmitted } from './as-admitted.ts';
import type { PodSecurityServer } from './check.ts';
import { text } from './check.ts';
import { evaluatePod, summarizeViolations } from './evaluate.ts';
import type { LevelVersion } from './policy.ts';
import { formatLevelVersion } from './policy.ts';

/** The server looks at no more pods than this when a namespace's level changes. */
const mostPodsChecked = 3000;

/**
 * Warns about the pods of a namespace that a new enforce level would refuse: a line that names the level, then one line for each
 * set of violations with the first pod by name and how many others, sorted. Pods with an exempt runtime class are left out; of
 * pods with one controller the first comes early, the others late. Beyond 3,000 pods a line says how many were looked at.
 *
 * The server reads the pods in no certain order and gives up after a second; here it is the given order, and all the time
 * that is needed. Source: admission/admission.go, EvaluatePodsInNamespace.
 */
export function warnAboutExistingPods(
  namespace: string,
  enforce: LevelVersion,
  pods: readonly JsonObject[],
  exemptRuntimeClasses: readonly string[],
  server: PodSecurityServer,
): readonly string[] {
  const prioritized = prioritize(pods, exemptRuntimeClasses);
  const checked = prioritized.slice(0, mostPodsChecked);
  const groups = new Map<string, { first: string; count: number }>();
  for (const pod of checked) {
    const source = asAdmitted({ metadata: objectAt(pod['metadata']), spec: objectAt(pod['spec']) }, server, false);
    const violations = evaluatePod(enforce.level, enforce.version, source, server);
    if (violations.length === 0) continue;
    const reason = summarizeViolations(violations);
    const name = text(source.metadata['name']);
    const group = groups.get(reason);
    if (group === undefined) groups.set(reason, { first: name, count: 1 });
    else {
      if (name < group.first) group.first = name;
      group.count++;
    }
  }
  const warnings: string[] = [];
  if (checked.length < prioritized.length) {
    warnings.push(
      `new PodSecurity enforce level only checked against the first ${checked.length} of ${prioritized.length} existing pods`,
    );
  }
  if (groups.size > 0) {
    warnings.push(
      `existing pods in namespace ${goQuote(namespace)} violate the new PodSecurity enforce level ${goQuote(formatLevelVersion(enforce))}`,
    );
  }
  const lines = [...groups].map(([reason, { first, count }]) => `${first}${others(count)}: ${reason}`);
  return [...warnings, ...lines.sort()];
}

function others(count: number): string {
  if (count === 1) return '';
  return count === 2 ? ' (and 1 other pod)' : ` (and ${count - 1} other pods)`;
}

function prioritize(pods: readonly JsonObject[], exemptRuntimeClasses: readonly string[]): readonly JsonObject[] {
  const early: JsonObject[] = [];
  const late: JsonObject[] = [];
  const controllers = new Set<string>();
  for (const pod of pods) {
    const runtimeClass = text(objectAt(pod['spec'])['runtimeClassName']);
    if (runtimeClass !== '' && exemptRuntimeClasses.includes(runtimeClass)) continue;
    const owners = listAt(objectAt(pod['metadata'])['ownerReferences']);
    const controller = owners.find((owner) => isObject(owner) && owner['controller'] === true);
    if (controller === undefined) {
      early.push(pod);
      continue;
    }
    const uid = text(objectAt(controller)['uid']);
    if (controllers.has(uid)) late.push(pod);
    else early.push(pod);
    controllers.add(uid);
  }
  return [...early, ...late];
}
