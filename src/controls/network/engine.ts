import type { Evidence } from '../../results/finding.ts';

/** A network engine that enforces NetworkPolicies, unless it is switched off. */
export interface Engine {
  readonly name: string;
  /** Why it is switched off; `undefined`: it is on. */
  readonly off: string | undefined;
  readonly evidence: Evidence;
}
