import type { Bound, ControlResult, Score } from '../results/report.ts';
import type { Severity } from '../results/verdict.ts';
import { areas, severities } from '../results/verdict.ts';

type Term = Score['terms'][number];

/** Exposure of one failing object among many, by severity (controls.md v.2, 2). */
const exposure: Readonly<Record<Severity, number>> = { critical: 1, high: 0.15, medium: 0, low: 0 };

/** Coverage from which the single number is shown. */
const shownFrom = 0.9;

/**
 * Computes evidence coverage, compliance and the risk-weighted score with its interval, caps and grades.
 *
 * Shares are 0 to 1, bounds 0 to 100, unrounded; `null` where nothing is applicable. A waived finding does not count as
 * failing; a control whose only failures are waived counts as a pass. Source: controls.md part (v).
 */
export function scoreOf(results: readonly ControlResult[]): Score {
  const terms = results.filter((result) => standing(result) !== 'not-applicable').map(termOf);
  const decided = terms.filter((term) => term.verdict !== 'unknown');
  const coverage = share(decided.length, terms.length);
  const lowCap = capOf(results, true);
  const highCap = capOf(results, false);
  return {
    coverage,
    proofRate: proofRate(results),
    compliance: compliance(results),
    complianceEssential: compliance(results.filter((result) => result.essential)),
    lower: bound(terms, (term) => term.high, lowCap),
    upper: bound(terms, (term) => term.low, highCap),
    score: coverage !== null && coverage >= shownFrom ? bound(decided, (term) => term.high, highCap) : null,
    coverageByArea: byKey(results, areas, (result) => result.area, coverageOf),
    complianceByArea: byKey(results, areas, (result) => result.area, compliance),
    complianceBySeverity: byKey(results, severities, (result) => result.severity, compliance),
    terms,
    caps: capsOf(results),
  };
}

/** A control's verdict for the score: without its waived failures. */
function standing(result: ControlResult): ControlResult['verdict'] {
  if (result.verdict !== 'fail' || !result.waived) return result.verdict;
  return result.findings.some((finding) => finding.verdict === 'unknown' && finding.waiver === undefined) ? 'unknown' : 'pass';
}

function termOf(result: ControlResult): Term {
  const verdict = standing(result);
  const { judged, failing } = population(result);
  const weight = result.essential ? 2 * result.base : result.base;
  const term = { id: result.id, weight, verdict, failing, judged };
  if (verdict === 'unknown') return { ...term, share: null, exposure: null, low: 0, high: weight };
  if (verdict === 'pass') return { ...term, share: 0, exposure: null, low: 0, high: 0 };
  const failed = share(failing, judged) ?? 1;
  const f = Math.max(failed, exposure[result.severity]);
  return { ...term, share: failed, exposure: exposure[result.severity], low: weight * f, high: weight * f };
}

const componentKinds: ReadonlySet<string> = new Set([
  'API server',
  'controller manager',
  'scheduler',
  'etcd member',
  'kubelet',
  'kube-proxy',
]);

/** Decided objects and failing ones. A setting is one object, however many servers have it: the worst decides. */
function population(result: ControlResult): { readonly judged: number; readonly failing: number } {
  const decided = result.findings.filter((finding) => finding.verdict === 'pass' || finding.verdict === 'fail');
  const isFailing = (finding: (typeof decided)[number]): boolean => finding.verdict === 'fail' && finding.waiver === undefined;
  const settings = decided.filter((finding) => componentKinds.has(finding.subject.kind));
  const objects = decided.filter((finding) => !componentKinds.has(finding.subject.kind));
  return {
    judged: objects.length + (settings.length > 0 ? 1 : 0),
    failing: objects.filter(isFailing).length + (settings.some(isFailing) ? 1 : 0),
  };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function coverageOf(results: readonly ControlResult[]): number | null {
  const applicable = results.map(standing).filter((verdict) => verdict !== 'not-applicable');
  return share(applicable.filter((verdict) => verdict !== 'unknown').length, applicable.length);
}

function compliance(results: readonly ControlResult[]): number | null {
  const verdicts = results.map(standing);
  const passes = verdicts.filter((verdict) => verdict === 'pass').length;
  return share(passes, passes + verdicts.filter((verdict) => verdict === 'fail').length);
}

function proofRate(results: readonly ControlResult[]): number | null {
  const passes = results.filter((result) => result.verdict === 'pass');
  return share(passes.filter((result) => result.proof === 'proved').length, passes.length);
}

function byKey<K extends string>(
  results: readonly ControlResult[],
  keys: readonly K[],
  keyOf: (result: ControlResult) => K,
  measure: (results: readonly ControlResult[]) => number | null,
): Readonly<Record<string, number | null>> {
  const present = keys.filter((key) => results.some((result) => keyOf(result) === key));
  return Object.fromEntries(present.map((key) => [key, measure(results.filter((result) => keyOf(result) === key))]));
}

type Grade = Bound['grade'];
const grades: readonly { readonly grade: Grade; readonly from: number }[] = [
  { grade: 'A', from: 90 },
  { grade: 'B', from: 80 },
  { grade: 'C', from: 65 },
  { grade: 'D', from: 45 },
  { grade: 'E', from: 0 },
];

function bound(terms: readonly Term[], lossOf: (term: Term) => number, cap: Grade): Bound | null {
  const weight = terms.reduce((sum, term) => sum + term.weight, 0);
  if (weight === 0) return null;
  const loss = terms.reduce((sum, term) => sum + lossOf(term), 0);
  const value = 100 * (1 - loss / weight);
  const own = grades.find(({ from }) => value >= from)?.grade ?? 'E';
  return { value, grade: own > cap ? own : cap };
}

/** A failed critical essential control caps the grade at D, a failed high one at B; in the lower bound unknown counts as failed. */
function capsOf(results: readonly ControlResult[]): Score['caps'] {
  return results.flatMap((result): Score['caps'] => {
    const verdict = standing(result);
    if (!result.essential || (verdict !== 'fail' && verdict !== 'unknown')) return [];
    const applies = verdict === 'fail' ? 'always' : 'lower';
    if (result.severity === 'critical') return [{ id: result.id, grade: 'D', applies }];
    return result.severity === 'high' ? [{ id: result.id, grade: 'B', applies }] : [];
  });
}

function capOf(results: readonly ControlResult[], lower: boolean): Grade {
  const caps = capsOf(results).filter((cap) => lower || cap.applies === 'always');
  return caps.reduce<Grade>((worst, cap) => (cap.grade > worst ? cap.grade : worst), 'A');
}
