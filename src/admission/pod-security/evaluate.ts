import type { FieldPath } from '../../cluster/json.ts';
import { newestMinor } from '../../cluster/version.ts';
import type { Check, PodSecurityServer, Revision } from './check.ts';
import { checks } from './checks.ts';
import type { PodSource, PodView } from './pod-view.ts';
import { viewPod } from './pod-view.ts';
import type { Level, PolicyVersion } from './policy.ts';

/** What one check found in a pod, in the server's words. */
export interface CheckViolation {
  /** Upstream's id of the check: `privileged`, `capabilities_restricted`, … */
  readonly check: string;
  readonly reason: string;
  readonly detail: string;
  /** Places of the offending fields from the top of the pod; of a field that is absent, its container. */
  readonly fields: readonly FieldPath[];
}

/** The ids of all checks, in the order of messages. */
export const checkIds: readonly string[] = checks.map((check) => check.id);

const newest: PodSecurityServer = { minor: newestMinor };

/**
 * Runs the checks of a level and policy version over a pod or pod template and returns what they found, in the order of the
 * server's message (baseline checks, then restricted ones, each by id). Empty: the level allows the pod.
 *
 * `server` says whose code judges (the newest known unless given): a policy version newer than the server counts as the
 * server's own, and a few checks differ between servers. The pod is taken as it stands: what a server fills in or drops
 * before admission is `asAdmitted`'s. Never throws; see `unreadablePodField` for wrong types.
 * Source: k8s.io/pod-security-admission/policy/registry.go.
 */
export function evaluatePod(level: Level, version: PolicyVersion, pod: PodSource, server = newest): readonly CheckViolation[] {
  if (level === 'privileged') return [];
  return evaluateView(level, version, viewPod(pod), server);
}

/** As `evaluatePod`, for a pod that was read before. */
export function evaluateView(
  level: Level,
  version: PolicyVersion,
  view: PodView,
  server: PodSecurityServer,
): readonly CheckViolation[] {
  if (level === 'privileged') return [];
  const found: CheckViolation[] = [];
  for (const { id, revision } of checksOf(level, effectiveMinor(version, server))) {
    const violation = revision.check(view, server);
    if (violation !== undefined)
      found.push({ check: id, reason: violation.reason, detail: violation.detail, fields: violation.fields });
  }
  return found;
}

/**
 * Runs one check by its id, in the revision of a policy version; `undefined` when it finds nothing, is not known, or does
 * not exist in that version. `server` is the server of that version unless given.
 */
export function runCheck(
  id: string,
  version: PolicyVersion,
  pod: PodSource,
  server?: PodSecurityServer,
): CheckViolation | undefined {
  const judge = server ?? { minor: version === 'latest' ? newestMinor : version };
  const check = checks.find((candidate) => candidate.id === id);
  const revision = check === undefined ? undefined : revisionAt(check, effectiveMinor(version, judge));
  const violation = revision?.check(viewPod(pod), judge);
  return violation === undefined ? undefined : { check: id, ...violation };
}

/** `privileged (…), hostPort (…)`: the tail of a refusal. */
export function describeViolations(violations: readonly CheckViolation[]): string {
  return violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}

/** The reasons alone: the tail of a line about existing pods. */
export function summarizeViolations(violations: readonly CheckViolation[]): string {
  return violations.map(({ reason }) => reason).join(', ');
}

function effectiveMinor(version: PolicyVersion, server: PodSecurityServer): number {
  return version === 'latest' ? server.minor : Math.min(version, server.minor);
}

interface ActiveCheck {
  readonly id: string;
  readonly revision: Revision;
}

/** Filled on demand; two levels times the minors that policies can name up to the server's own. */
const active = new Map<string, readonly ActiveCheck[]>();

function checksOf(level: 'baseline' | 'restricted', minor: number): readonly ActiveCheck[] {
  const key = `${level} ${minor}`;
  const known = active.get(key);
  if (known !== undefined) return known;
  const found: ActiveCheck[] = [];
  const overridden = new Set<string>();
  for (const check of checks) {
    if (level === 'baseline' && check.level === 'restricted') continue;
    const revision = revisionAt(check, minor);
    if (revision === undefined) continue;
    found.push({ id: check.id, revision });
    for (const id of revision.overrides ?? []) overridden.add(id);
  }
  const kept = found.filter(({ id }) => !overridden.has(id));
  active.set(key, kept);
  return kept;
}

function revisionAt(check: Check, minor: number): Revision | undefined {
  return check.revisions.findLast((revision) => revision.since <= minor);
}
