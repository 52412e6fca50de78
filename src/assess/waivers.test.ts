import { describe, expect, it } from 'vitest';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import type { Finding } from '../results/finding.ts';
import type { ControlResult } from '../results/report.ts';
import type { Verdict } from '../results/verdict.ts';
import { applyWaivers, readWaivers } from './waivers.ts';

const now = '2026-11-26T12:00:00.000Z';
const ids = ['workload-privileged', 'workload-hostpath', 'authn-anonymous-restricted'];

function read(text: string): ReturnType<typeof readWaivers> {
  const [document = { value: null, source: 'w.yaml' }] = parseDocuments(text, 'w.yaml').documents;
  return readWaivers(document, now, ids);
}

function result(id: string, ...findings: readonly (readonly [Verdict, string])[]): ControlResult {
  const made = findings.map(([verdict, name]): Finding => ({
    verdict,
    subject: { kind: 'DaemonSet', namespace: 'monitoring', name },
    message: '',
    evidence: [],
  }));
  return {
    id,
    title: '',
    area: 'workload',
    severity: 'high',
    essential: true,
    base: 8,
    verdict: 'fail',
    proof: 'read',
    reason: '',
    findings: made,
    parameters: {},
    remedy: '',
    remedyKind: 'owner',
    tradeOffs: [],
    references: {},
    waived: false,
  };
}

const entry = (more: string): string =>
  `waivers:\n- control: workload-privileged\n  subject: DaemonSet monitoring/*\n  reason: reads the host\n  owner: platform\n  expires: 2027-01-31\n${more}`;

describe('readWaivers', () => {
  it('reads a list, and a mapping with a list', () => {
    expect(read(entry('')).waivers).toMatchObject([
      {
        control: 'workload-privileged',
        subjects: ['DaemonSet monitoring/*'],
        line: 2,
        mark: { owner: 'platform', expires: '2027-01-31' },
      },
    ]);
    expect(read(entry('').replace('waivers:\n', '')).waivers).toHaveLength(1);
    expect(read('').waivers).toEqual([]);
  });

  it.each([
    ['no owner', entry('').replace('  owner: platform\n', ''), 'member `owner` is missing or not a text: it waives nothing'],
    [
      'no reason',
      entry('').replace('reason: reads the host', 'reason: ""'),
      'member `reason` is missing or not a text: it waives nothing',
    ],
    [
      'an unknown member',
      entry('  until: 2027\n'),
      'unknown member `until`, expected control, subject, reason, owner, expires: it waives nothing',
    ],
    [
      'a date that does not exist',
      entry('').replace('2027-01-31', '2027-02-30'),
      '`expires` is `2027-02-30`, expected a date as 2027-01-31: it waives nothing',
    ],
    [
      'an unknown control',
      entry('').replace('workload-privileged', 'workload-privilegd'),
      'there is no control `workload-privilegd`: it waives nothing',
    ],
    ['no mapping', 'waivers: [x]', 'expected a mapping: it waives nothing'],
    ['no list', 'waivers: 5', 'expected a list of waivers: it waives nothing'],
  ])('reports a malformed waiver: %s', (_, text, message) => {
    const { waivers, notices } = read(text);
    expect(waivers).toEqual([]);
    expect(notices).toMatchObject([{ state: 'malformed', message }]);
  });

  it('holds on its last day and not on the next', () => {
    expect(read(entry('').replace('2027-01-31', '2026-11-26')).waivers).toHaveLength(1);
    expect(read(entry('').replace('2027-01-31', '2026-11-25'))).toMatchObject({
      waivers: [],
      notices: [{ state: 'expired', line: 2, owner: 'platform' }],
    });
  });
});

describe('applyWaivers', () => {
  it('marks failures that it covers and leaves their verdict', () => {
    const { results, notices } = applyWaivers(
      [result('workload-privileged', ['fail', 'node-agent'], ['pass', 'other'])],
      read(entry('')),
    );
    expect(results[0]).toMatchObject({
      verdict: 'fail',
      waived: true,
      findings: [{ verdict: 'fail', waiver: { owner: 'platform' } }, { verdict: 'pass' }],
    });
    expect(results[0]?.findings[1]?.waiver).toBeUndefined();
    expect(notices).toMatchObject([{ state: 'applied', matched: 1 }]);
  });

  it('does not reach another control or subject, and says that it is unused', () => {
    const { results, notices } = applyWaivers([result('workload-hostpath', ['fail', 'node-agent'])], read(entry('')));
    expect(results[0]?.waived).toBe(false);
    expect(notices).toMatchObject([{ state: 'unused', matched: 0 }]);
  });

  it('is not waived while one failure is not', () => {
    const text = entry('').replace('monitoring/*', 'monitoring/a');
    expect(applyWaivers([result('workload-privileged', ['fail', 'a'], ['fail', 'b'])], read(text)).results[0]?.waived).toBe(
      false,
    );
  });
});
