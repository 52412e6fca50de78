import { counted } from './counted.ts';
import type { ControlResult } from '../results/report.ts';
import type { Evidence, Subject } from '../results/finding.ts';
import { formatSubject } from '../results/finding.ts';
import { canaryAccount } from './canary-account.ts';
import type { Contradiction, Outcome } from './probe.ts';
import { settled } from './probe.ts';
import type { AskedRight } from './review.ts';
import { describeRight, describeRights, impersonatedOf, reviewPath } from './review.ts';
import { isAllowed } from './review.ts';
import type { World } from './world.ts';

/** Somebody who held a right too many: now, or before the cluster was hardened; and the rights that the control is about. */
export interface FormerHolder {
  readonly subject: Subject;
  readonly rights: readonly AskedRight[];
}

/** The subjects of RBAC that a control fails now, or failed before; those that it allows now are left out. */
export function formerHolders(world: World, result: ControlResult): readonly Subject[] {
  const before = world.before?.results.find(({ id }) => id === result.id)?.findings ?? [];
  const allowed = new Set(
    result.findings.filter(({ verdict }) => verdict !== 'fail').map(({ subject }) => formatSubject(subject)),
  );
  const subjects = new Map<string, Subject>();
  for (const { verdict, subject } of [...result.findings, ...before]) {
    const name = formatSubject(subject);
    if (verdict === 'fail' && impersonatedOf(subject) !== undefined && !allowed.has(name)) subjects.set(name, subject);
  }
  return [...subjects.values()];
}

/** Asks the server whether a fresh service account, and everybody who held the rights before, is denied them now. */
export async function probeDenied(
  world: World,
  rights: readonly AskedRight[],
  holders: readonly FormerHolder[],
): Promise<Outcome> {
  const account = await canaryAccount(world);
  const fresh: Subject = { kind: 'ServiceAccount', name: account.name, namespace: account.namespace };
  const contradictions: Contradiction[] = [];
  const evidence: Evidence[] = [];
  for (const { subject, rights: asked } of [{ subject: fresh, rights }, ...holders]) {
    const who = impersonatedOf(subject);
    if (who === undefined) continue;
    const name = subject === fresh ? 'a fresh service account' : formatSubject(subject);
    for (const right of asked) {
      const { allowed, reason } = await isAllowed(world, who, right);
      const seen = `${name}: ${describeRight(right)}: ${allowed ? `allowed${reason === '' ? '' : ` (${reason})`}` : 'not allowed'}`;
      const item = { source: reviewPath, seen, wanted: 'not allowed' };
      evidence.push(item);
      if (!allowed) continue;
      const message = `the server lets ${name} ${describeRight(right)}`;
      contradictions.push(subject === fresh ? { message, evidence: [item] } : { subject, message, evidence: [item] });
    }
  }
  const others = holders.length === 0 ? '' : ` and ${counted(holders.length, 'former holder')}`;
  const what = describeRights(rights);
  return settled(contradictions, `a fresh service account${others} may not ${what} (SubjectAccessReview)`, evidence);
}
