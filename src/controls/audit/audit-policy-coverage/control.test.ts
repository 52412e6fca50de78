import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const resultOf = async (fixture: string) => judge(control, `${controlFolder(control)}fixtures/${fixture}`);

describe('what is said', () => {
  it('has one finding for each request that fails, at the rule that decides', async () => {
    const { findings } = await resultOf('fail/reads-dropped');
    expect(findings).toHaveLength(12);
    expect(new Set(findings.map(({ fingerprint }) => fingerprint)).size).toBe(12);
    expect(findings[0]).toMatchObject({
      subject: { kind: 'request', name: 'secrets-get' },
      message: 'get secrets by system:serviceaccount:shop:web is not recorded (rules[0] matches first)',
    });
    expect(findings[0]?.evidence[0]).toMatchObject({ line: 4, seen: 'None', wanted: 'Metadata to Request' });
  });

  it('tells too much from too little, and a stage that is omitted', async () => {
    expect((await resultOf('fail/everything')).findings.map(({ message }) => message)).toContain(
      'get secrets by system:serviceaccount:shop:web is written with its secret content at RequestResponse (rules[0] matches first)',
    );
    expect((await resultOf('fail/stage-omitted')).findings[0]?.message).toContain('its stage ResponseStarted is omitted');
  });

  it('gives advice that does not decide', async () => {
    const { verdict, findings } = await resultOf('pass/metadata-for-all');
    expect(verdict).toBe('pass');
    expect(findings[0]?.notes).toHaveLength(7);
    expect(findings[0]?.notes?.[0]).toMatch(/^advice: \S+-body is recorded at Metadata, good practice is Request$/);
  });

  it('says that a topic does not exist', async () => {
    expect((await resultOf('unknown/no-such-topic')).reason).toContain('no request has the topic secret-reads');
  });

  it('prints the parameters, not the text of the file that one names', async () => {
    expect((await resultOf('pass/own-list')).parameters).toEqual({ topics: ['all'], file: 'own-list.jsonl' });
  });
});
