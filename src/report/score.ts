import type { Report, Score } from '../results/report.ts';
import { percent, points, scoreText } from './number-text.ts';
import { compareText } from './order.ts';

type Term = Score['terms'][number];

/**
 * The arithmetic of the score (`--explain-score`; the rule is in docs/score.md): each control's weight, share and loss, the
 * sums, both bounds, the caps and the measures M1 to M3. Plain text of 80 columns.
 */
export function renderScore(report: Report): string {
  const { score } = report;
  const terms = [...score.terms].sort((left, right) => right.high - left.high || compareText(left.id, right.id));
  const lines = [
    `SCORE  ${scoreText(score)}`,
    '',
    'w = base of the severity (9.5, 8.0, 5.5, 2.0), doubled for essential controls',
    'f = max(failing / judged, e); e = 1 critical, 0.15 high, else 0; pass: f = 0',
    'loss = w * f; an unknown control loses 0 at best and w at worst',
    '',
    row('control', 'verdict', 'w', 'failing', 'e', 'loss'),
    ...terms.map((term) => termRow(term)),
    '',
    ...boundLines(score, terms),
    ...capLines(score),
    ...measureLines(score, report),
  ];
  return `${lines.join('\n')}\n`;
}

function row(...[id = '', verdict = '', weight = '', failing = '', exposure = '', loss = '']: readonly string[]): string {
  return `${id.padEnd(36)} ${verdict.padEnd(8)}${weight.padStart(6)}${failing.padStart(11)}${exposure.padStart(6)}${loss.padStart(11)}`;
}

function termRow(term: Term): string {
  const loss = term.low === term.high ? term.low.toFixed(2) : `${term.low.toFixed(1)}–${term.high.toFixed(1)}`;
  const failing = term.judged === 0 ? '-' : `${term.failing}/${term.judged}`;
  return row(term.id, term.verdict, term.weight.toFixed(1), failing, term.exposure === null ? '-' : String(term.exposure), loss);
}

function boundLines(score: Score, terms: readonly Term[]): string[] {
  const sum = (list: readonly Term[], pick: (term: Term) => number): number =>
    list.reduce((total, term) => total + pick(term), 0);
  const decided = terms.filter((term) => term.verdict === 'pass' || term.verdict === 'fail');
  const weight = sum(terms, (term) => term.weight);
  const line = (label: string, loss: number, total: number, bound: Score['lower']): string =>
    bound === null
      ? `${label.padEnd(34)} none: nothing was judged`
      : `${label.padEnd(34)} 100 * (1 - ${loss.toFixed(2)} / ${total.toFixed(1)}) = ${points(bound)}  ${bound.grade}`;
  const lines = [
    line(
      'lower bound: every unknown fails',
      sum(terms, (term) => term.high),
      weight,
      score.lower,
    ),
    line(
      'upper bound: every unknown passes',
      sum(terms, (term) => term.low),
      weight,
      score.upper,
    ),
  ];
  if (score.score === null) return [...lines, 'single score                       not shown: coverage is under 90 %'];
  return [
    ...lines,
    line(
      'single score: decided controls',
      sum(decided, (term) => term.low),
      sum(decided, (term) => term.weight),
      score.score,
    ),
  ];
}

function capLines(score: Score): string[] {
  const rule = 'grades: A >= 90, B >= 80, C >= 65, D >= 45, else E; then the caps';
  if (score.caps.length === 0) return ['', rule, 'caps: none'];
  const caps = score.caps.map(
    (cap) => ` ${cap.grade} at best  ${cap.id}${cap.applies === 'lower' ? ' (unknown: lower bound only)' : ''}`,
  );
  return ['', rule, 'caps: a failed critical essential control D, a failed high one B', ...caps];
}

function measureLines(score: Score, report: Report): string[] {
  const { controls } = report.summary;
  const decided = controls.pass + controls.fail;
  return [
    '',
    `M1 evidence coverage  ${percent(score.coverage)}  (${decided} decided of ${decided + controls.unknown} applicable)`,
    `M2 proof rate         ${percent(score.proofRate)}  (passes that a probe has shown)`,
    `M3 compliance         ${percent(score.compliance)}  (essential only: ${percent(score.complianceEssential)})`,
    ...areaLines(score),
  ];
}

function areaLines(score: Score): string[] {
  const names = Object.keys(score.coverageByArea).filter((name) => score.coverageByArea[name] !== null);
  if (names.length === 0) return [];
  return [
    '',
    `${'area'.padEnd(20)}${'coverage'.padStart(10)}${'compliance'.padStart(12)}`,
    ...names.map(
      (name) =>
        `${name.padEnd(20)}${percent(score.coverageByArea[name]).padStart(10)}${percent(score.complianceByArea[name]).padStart(12)}`,
    ),
  ];
}
