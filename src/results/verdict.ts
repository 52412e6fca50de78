/** What a control says of a subject, and of the cluster. */
export type Verdict = 'pass' | 'fail' | 'not-applicable' | 'unknown';

export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** Worst first, as reports list them. */
export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

export type Area =
  | 'encryption'
  | 'authentication'
  | 'authorization'
  | 'admission'
  | 'audit'
  | 'api-server'
  | 'network'
  | 'workload'
  | 'resources'
  | 'kubelet'
  | 'etcd'
  | 'controller-manager'
  | 'scheduler'
  | 'node'
  | 'tooling';

/** In the order of the catalogue: along the way of a request, then the rest. */
export const areas: readonly Area[] = [
  'encryption',
  'authentication',
  'authorization',
  'admission',
  'audit',
  'api-server',
  'network',
  'workload',
  'resources',
  'kubelet',
  'etcd',
  'controller-manager',
  'scheduler',
  'node',
  'tooling',
];

/** fail > unknown > pass > not-applicable: the worst finding decides (essential.md 0.2). */
const rank: Readonly<Record<Verdict, number>> = { fail: 3, unknown: 2, pass: 1, 'not-applicable': 0 };

/** The worst of several verdicts; `undefined` for none. */
export function worstVerdict(verdicts: Iterable<Verdict>): Verdict | undefined {
  let worst: Verdict | undefined;
  for (const verdict of verdicts) if (worst === undefined || rank[verdict] > rank[worst]) worst = verdict;
  return worst;
}
