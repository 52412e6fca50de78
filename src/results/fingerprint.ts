import { createHash } from 'node:crypto';
import type { Finding } from './finding.ts';

/**
 * A finding's identity over runs and machines: control, assertion and subject, 32 hex digits.
 *
 * No line, no time, no message, no host path: a baseline and SARIF's partialFingerprints compare by it.
 */
export function fingerprintOf(control: string, finding: Pick<Finding, 'assertion' | 'subject'>): string {
  const { kind, namespace, name, host } = finding.subject;
  const identity = JSON.stringify([control, finding.assertion ?? 0, kind, namespace ?? null, name, host ?? null]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}
