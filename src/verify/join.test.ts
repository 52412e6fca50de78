import { describe, expect, test } from 'vitest';
import type { Finding } from '../results/finding.ts';
import type { ControlResult } from '../results/report.ts';
import type { Verdict } from '../results/verdict.ts';
import { joinOutcome } from './join.ts';
import { contradicted, notPossible, proved } from './probe.ts';

const finding = (verdict: Verdict, host: string): Finding => ({
  verdict,
  subject: { kind: 'API server', name: '', host },
  message: `${verdict} by its flags`,
  evidence: [{ source: 'manifest', seen: '--anonymous-auth=false' }],
});

const result = (verdict: Verdict, findings: readonly Finding[]): ControlResult => ({
  id: 'authn-anonymous-restricted',
  title: 'Anonymous requests are limited',
  area: 'authentication',
  severity: 'high',
  base: 8,
  essential: true,
  verdict,
  proof: 'read',
  reason: 'as read',
  findings,
  parameters: {},
  remedy: '',
  remedyKind: 'native',
  tradeOffs: [],
  references: {},
  waived: false,
});

const evidence = [{ source: '/version without credentials', seen: '403', wanted: '401' }];
const contradiction = contradicted([{ message: 'answers 403', evidence }]);

describe('joinOutcome', () => {
  test('a pass that is proved is shown as proved', () => {
    expect(joinOutcome(result('pass', [finding('pass', 'a')]), proved('401 everywhere', evidence))).toMatchObject({
      verdict: 'pass',
      proof: 'proved',
      reason: 'as read; probe: 401 everywhere',
    });
  });

  test('the probe wins over what was read, with a note', () => {
    const joined = joinOutcome(result('pass', [finding('pass', 'a')]), contradiction);
    expect(joined).toMatchObject({ verdict: 'fail', proof: 'proved', reason: 'a probe contradicts: answers 403' });
    expect(joined.findings).toHaveLength(1);
    expect(joined.findings[0]).toMatchObject({
      verdict: 'fail',
      message: 'answers 403',
      evidence: [...evidence, { source: 'manifest', seen: '--anonymous-auth=false' }],
      notes: ['read as pass: pass by its flags; the probe wins: what was read may not be in force yet'],
    });
  });

  test('of several API servers nobody knows which one answered: a finding of its own', () => {
    const joined = joinOutcome(result('pass', [finding('pass', 'a'), finding('pass', 'b')]), contradiction);
    expect(joined.findings.map(({ verdict, subject }) => [verdict, subject.host])).toEqual([
      ['fail', undefined],
      ['pass', 'a'],
      ['pass', 'b'],
    ]);
    expect(joined.findings[0]?.fingerprint).toMatch(/^[0-9a-f]{32}$/);
  });

  test('a named subject is found, or added', () => {
    const namespace = { kind: 'Namespace', name: 'shop' };
    const passing: Finding = { verdict: 'pass', subject: namespace, message: 'm', evidence: [] };
    const outcome = contradicted([
      { subject: namespace, message: 'admits', evidence },
      { subject: { kind: 'Namespace', name: 'new' }, message: 'admits too', evidence },
    ]);
    expect(outcome.reason).toBe('admits, and 1 more');
    const joined = joinOutcome(result('pass', [passing]), outcome);
    expect(joined.findings.map(({ verdict, subject }) => `${verdict} ${subject.name}`)).toEqual(['fail shop', 'fail new']);
  });

  test('fail stays fail when the running server shows no fault', () => {
    expect(joinOutcome(result('fail', [finding('fail', 'a')]), proved('401', evidence, true))).toMatchObject({
      verdict: 'fail',
      proof: 'read',
      reason: 'as read; the running server shows no fault: 401',
    });
  });

  test('unknown becomes pass only where the probe settles it', () => {
    const unknown = result('unknown', [finding('unknown', 'a')]);
    expect(joinOutcome(unknown, proved('part', evidence))).toMatchObject({ verdict: 'unknown', proof: 'read' });
    const settled = joinOutcome(unknown, proved('all 7 values', evidence, true));
    expect(settled).toMatchObject({ verdict: 'pass', proof: 'proved', reason: 'all 7 values' });
    expect(settled.findings[0]).toMatchObject({ verdict: 'pass', message: 'all 7 values' });
  });

  test('what was not probed says why, and what does not apply stays', () => {
    expect(joinOutcome(result('pass', []), notPossible('no node')).reason).toBe('as read; not probed: no node');
    const none = result('not-applicable', []);
    expect(joinOutcome(none, contradiction)).toBe(none);
  });
});
