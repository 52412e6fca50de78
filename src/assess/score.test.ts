import { describe, expect, it } from 'vitest';
import type { Finding } from '../results/finding.ts';
import type { ControlResult } from '../results/report.ts';
import type { Severity, Verdict } from '../results/verdict.ts';
import { scoreOf } from './score.ts';

const bases: Readonly<Record<Severity, number>> = { critical: 9.5, high: 8, medium: 5.5, low: 2 };

function finding(verdict: Verdict, name: string, more: Partial<Finding> = {}): Finding {
  return { verdict, subject: { kind: 'Pod', name }, message: '', evidence: [], ...more };
}

interface Row {
  readonly id?: string;
  readonly severity?: Severity;
  readonly essential?: boolean;
  readonly verdict: Verdict;
  readonly failing?: number;
  readonly passing?: number;
  readonly findings?: readonly Finding[];
  readonly waived?: boolean;
}

function result({
  id = 'x',
  severity = 'high',
  essential = false,
  verdict,
  failing = 0,
  passing = 0,
  findings,
  waived = false,
}: Row): ControlResult {
  const made = [
    ...Array.from({ length: failing }, (_, index) => finding('fail', `f${index}`)),
    ...Array.from({ length: passing }, (_, index) => finding('pass', `p${index}`)),
  ];
  return {
    id,
    title: id,
    area: 'workload',
    severity,
    essential,
    base: bases[severity],
    verdict,
    proof: 'read',
    reason: '',
    findings: findings ?? made,
    parameters: {},
    remedy: '',
    remedyKind: 'native',
    tradeOffs: [],
    references: {},
    waived,
  };
}

const hostpath = result({ id: 'workload-hostpath', essential: true, verdict: 'fail', failing: 2, passing: 48 });
const retention = result({ id: 'audit-retention-and-permissions', severity: 'medium', verdict: 'pass', passing: 1 });
const etcdTls = (verdict: Verdict): ControlResult =>
  result({
    id: 'apiserver-etcd-tls',
    severity: 'critical',
    verdict,
    findings: [{ ...finding(verdict, ''), subject: { kind: 'API server', name: '' } }],
  });

describe('scoreOf', () => {
  it('gives the worked example: three controls, one unknown', () => {
    const score = scoreOf([hostpath, retention, etcdTls('unknown')]);
    expect(score.coverage).toBeCloseTo(2 / 3);
    expect(score.compliance).toBe(0.5);
    expect(score.complianceEssential).toBe(0);
    expect(score.lower?.value).toBeCloseTo(100 * (1 - 11.9 / 31));
    expect(score.lower?.grade).toBe('D');
    expect(score.upper?.value).toBeCloseTo(100 * (1 - 2.4 / 31));
    expect(score.upper?.grade).toBe('B');
    expect(score.score).toBeNull();
  });

  it('closes the interval when the third fails, or passes', () => {
    const failed = scoreOf([hostpath, retention, etcdTls('fail')]);
    expect(failed.lower).toEqual(failed.upper);
    expect(failed.score).toEqual(failed.upper);
    expect(failed.score?.value).toBeCloseTo(100 * (1 - 11.9 / 31));
    expect(failed.score?.grade).toBe('D');
    const passed = scoreOf([hostpath, retention, etcdTls('pass')]);
    expect(passed.score?.value).toBeCloseTo(100 * (1 - 2.4 / 31));
    expect(passed.score?.grade).toBe('B');
  });

  it('lets one privileged container of 200 count whole, and caps the grade at D', () => {
    const score = scoreOf([
      result({ severity: 'critical', essential: true, verdict: 'fail', failing: 1, passing: 199 }),
      ...Array.from({ length: 20 }, (_, index) => result({ id: `y${index}`, verdict: 'pass', passing: 1 })),
    ]);
    expect(score.terms[0]).toMatchObject({ weight: 19, share: 0.005, exposure: 1, high: 19 });
    expect(score.score?.grade).toBe('D');
  });

  it('takes the failing share of a medium control as it is', () => {
    expect(scoreOf([result({ severity: 'medium', verdict: 'fail', failing: 1, passing: 3 })]).terms[0]?.high).toBeCloseTo(
      5.5 / 4,
    );
  });

  it('counts several servers of one setting as one object', () => {
    const server = (verdict: Verdict, host: string): Finding => ({
      ...finding(verdict, ''),
      subject: { kind: 'API server', name: '', host },
    });
    const score = scoreOf([
      result({ verdict: 'fail', findings: [server('fail', 'a'), server('pass', 'b'), server('pass', 'c')] }),
    ]);
    expect(score.terms[0]).toMatchObject({ failing: 1, judged: 1, share: 1 });
  });

  it('does not count unknown and not-applicable findings of a decided control', () => {
    const score = scoreOf([
      result({
        severity: 'medium',
        verdict: 'fail',
        findings: [finding('fail', 'a'), finding('pass', 'b'), finding('unknown', 'c'), finding('not-applicable', 'd')],
      }),
    ]);
    expect(score.terms[0]).toMatchObject({ failing: 1, judged: 2 });
  });

  it('counts a control whose failures are all waived as a pass, and a waived one among others as not failing', () => {
    const waiver = { reason: 'r', owner: 'o', expires: '2027-01-01' };
    const all = result({ essential: true, verdict: 'fail', waived: true, findings: [finding('fail', 'a', { waiver })] });
    expect(scoreOf([all])).toMatchObject({ compliance: 1, score: { value: 100, grade: 'A' }, caps: [] });
    const some = result({
      severity: 'medium',
      verdict: 'fail',
      findings: [finding('fail', 'a', { waiver }), finding('fail', 'b'), finding('pass', 'c'), finding('pass', 'd')],
    });
    expect(scoreOf([some]).terms[0]).toMatchObject({ failing: 1, judged: 4, share: 0.25 });
  });

  it('has no score where nothing is applicable', () => {
    expect(scoreOf([result({ verdict: 'not-applicable' })])).toMatchObject({
      coverage: null,
      compliance: null,
      lower: null,
      upper: null,
      score: null,
    });
  });

  it('caps the lower bound by unknown essential controls alone', () => {
    const score = scoreOf([
      result({ severity: 'critical', essential: true, verdict: 'unknown' }),
      ...Array.from({ length: 60 }, (_, index) => result({ id: `y${index}`, verdict: 'pass', passing: 1 })),
    ]);
    expect(score.lower?.grade).toBe('D');
    expect(score.upper?.grade).toBe('A');
    expect(score.score?.grade).toBe('A');
    expect(score.caps).toEqual([{ id: 'x', grade: 'D', applies: 'lower' }]);
  });
});
