import type { Bound, Score } from '../results/report.ts';

/** A share 0 to 1 as `67 %`, or `-` where it is not known; never rounded up to 100 or down to 0. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return '-';
  const value = share * 100;
  let rounded = Math.round(value);
  if (rounded === 100 && value < 100) rounded = 99;
  if (rounded === 0 && value > 0) rounded = 1;
  return `${rounded} %`;
}

/** A score with one decimal. */
export function points(bound: Bound): string {
  return bound.value.toFixed(1);
}

/** A whole number with thin groups of three: `18 397 831`, with plain spaces. */
export function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

/** The score in words: `61.6–92.3, grade D–B`, the single number where the report has one, or that there is none. */
export function scoreText(score: Score): string {
  const { lower, upper } = score;
  if (lower === null || upper === null) return 'no score: nothing applicable was judged';
  if (score.score !== null && points(lower) === points(upper) && lower.grade === upper.grade)
    return `${points(score.score)}, grade ${score.score.grade}`;
  const grades = lower.grade === upper.grade ? lower.grade : `${lower.grade}–${upper.grade}`;
  const interval = `${points(lower)}–${points(upper)}, grade ${grades}`;
  return score.score === null ? interval : `${points(score.score)}, grade ${score.score.grade} (${interval})`;
}

/** `1 finding`, `2 findings`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(count)} ${count === 1 ? singular : plural}`;
}
