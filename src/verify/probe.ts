import type { ControlResult } from '../results/report.ts';
import type { Evidence, Subject } from '../results/finding.ts';
import type { World } from './world.ts';

/** What a probe reaches for: what a person must give it. */
export type Reach = 'api' | 'etcd' | 'host' | 'audit-log' | 'nodes' | 'running-pods';

/** What was seen of one subject against the control. */
export interface Contradiction {
  /** As the control's findings name it; absent: the API server. */
  readonly subject?: Subject;
  readonly message: string;
  readonly evidence: readonly Evidence[];
}

/** What a probe found out. */
export type Outcome =
  /** The effect was seen. `settles`: it shows all that the control asks for, so that even `unknown` becomes `pass`. */
  | { readonly outcome: 'proved'; readonly reason: string; readonly evidence: readonly Evidence[]; readonly settles?: boolean }
  /** The contrary of the effect was seen: at least one contradiction. */
  | {
      readonly outcome: 'contradicted';
      readonly reason: string;
      readonly evidence: readonly Evidence[];
      readonly contradictions: readonly Contradiction[];
    }
  /** Neither could be seen from here; the reason says what is missing. */
  | { readonly outcome: 'not-possible'; readonly reason: string; readonly evidence: readonly Evidence[] };

/** A safe test of one control's effect: server dry-run, canary objects, connections; never a real Secret or token. */
export interface Probe {
  readonly control: string;
  readonly needs: readonly Reach[];
  /** Throws NotPossible, LiveFault or EtcdFault where it cannot be asked: the runner makes an outcome of it. */
  readonly run: (world: World, result: ControlResult) => Promise<Outcome>;
}

/** The effect was seen. */
export function proved(reason: string, evidence: readonly Evidence[], settles = false): Outcome {
  return { outcome: 'proved', reason, evidence, ...(settles ? { settles } : {}) };
}

/** The contrary was seen, of one subject or more. */
export function contradicted(contradictions: readonly [Contradiction, ...Contradiction[]]): Outcome {
  const [first] = contradictions;
  const more = contradictions.length === 1 ? '' : `, and ${contradictions.length - 1} more`;
  return {
    outcome: 'contradicted',
    reason: `${first.message}${more}`,
    evidence: contradictions.flatMap(({ evidence }) => evidence),
    contradictions,
  };
}

/** Contradicted where there is a contradiction, else proved. */
export function settled(contradictions: readonly Contradiction[], reason: string, evidence: readonly Evidence[]): Outcome {
  const [first, ...more] = contradictions;
  return first === undefined ? proved(reason, evidence) : contradicted([first, ...more]);
}

/** Nothing could be seen. */
export function notPossible(reason: string): Outcome {
  return { outcome: 'not-possible', reason, evidence: [] };
}
