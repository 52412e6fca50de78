import type { ControlResult, Report } from '../results/report.ts';

/** What a baseline report knew: fingerprints of its failing findings. */
export interface Baseline {
  readonly source: string;
  readonly failing: ReadonlySet<string>;
}

/** Takes the failing findings of an earlier report. */
export function baselineOf(report: Pick<Report, 'controls'>, source: string): Baseline {
  const failing = report.controls.flatMap((control) =>
    control.findings.filter((finding) => finding.verdict === 'fail').map((finding) => finding.fingerprint ?? ''),
  );
  return { source, failing: new Set(failing) };
}

/** Marks failing findings that the baseline does not hold as new, and counts those that are gone. */
export function compareWithBaseline(
  results: readonly ControlResult[],
  baseline: Baseline,
): { readonly results: readonly ControlResult[]; readonly newFindings: number; readonly goneFindings: number } {
  const present = new Set<string>();
  let newFindings = 0;
  const marked = results.map((result) => ({
    ...result,
    findings: result.findings.map((finding) => {
      if (finding.verdict !== 'fail') return finding;
      const fingerprint = finding.fingerprint ?? '';
      present.add(fingerprint);
      const isNew = !baseline.failing.has(fingerprint);
      if (isNew) newFindings += 1;
      return { ...finding, isNew };
    }),
  }));
  const goneFindings = [...baseline.failing].filter((fingerprint) => !present.has(fingerprint)).length;
  return { results: marked, newFindings, goneFindings };
}
