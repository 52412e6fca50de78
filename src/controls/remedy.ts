import type { Remedy } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Finding } from '../results/finding.ts';
import type { ControlResult } from '../results/report.ts';
import type { Parameters } from './control.ts';
import type { Settings } from './settings.ts';

/** What a remedy may look at. Pure, but for `random`, which is passed in. */
export interface RemedyContext<P extends Parameters = Parameters> {
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly parameters: P;
  /** RFC 3339. */
  readonly now: string;
  /** Results of all controls, for remedies that wait for another. */
  readonly results: readonly ControlResult[];
  /** Fresh random bytes for keys. The same `name` gives the same bytes within one plan: all hosts share a key. */
  readonly random: (name: string, bytes: number) => Uint8Array;
  /** Computes a value once a plan. */
  once<T>(key: string, make: () => T): T;
}

/**
 * Mends one failing finding of a control. The law (tested over all fixtures): after the changes of a native remedy the finding passes,
 * a second time changes nothing, and no other control turns from pass to fail unless the control's tradeOffs name it.
 */
export type RemedyFunction<P extends Parameters = Parameters> = (finding: Finding, context: RemedyContext<P>) => Remedy;
