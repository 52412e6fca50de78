import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const resultOf = async (fixture: string) => judge(control, `${controlFolder(control)}fixtures/${fixture}`);

describe('what is said', () => {
  it('has one finding for each request whose content is written', async () => {
    const { findings } = await resultOf('fail/tokens-forgotten');
    expect(findings.map(({ subject }) => subject.name)).toEqual([
      'token-request-user',
      'token-request-service-account',
      'token-review',
      'token-review-node',
    ]);
    expect(findings[0]?.evidence[0]).toMatchObject({ line: 8, seen: 'RequestResponse', wanted: 'at most Request' });
  });

  it('counts the events of a log and shows where, never a value', async () => {
    const { findings } = await resultOf('fail/log-secret');
    expect(findings[0]).toMatchObject({
      subject: { kind: 'audit log', name: 'create secrets' },
      message: '1 event of create secrets with requestObject.data in the log: whoever reads the log reads the secret',
    });
    expect(findings[0]?.evidence[0]?.source).toMatch(/audit\.log$/);
    expect(JSON.stringify(findings)).not.toContain('AAAA');
  });

  it('tells that a log was given while audit is off', async () => {
    expect((await resultOf('pass/log-clean-audit-off')).reason).toContain('the log is judged apart');
    expect((await resultOf('not-applicable/off.yaml')).reason).toContain('audit is off, nothing is recorded');
  });
});
