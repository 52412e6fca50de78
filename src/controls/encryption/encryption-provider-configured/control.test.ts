import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const findings = async (fixture: string) => (await judge(control, `${controlFolder(control)}fixtures/${fixture}`)).findings;

describe('what is said', () => {
  it('points at the provider that writes', async () => {
    const [finding] = await findings('fail/entries-join-identity-first');
    expect(finding).toMatchObject({
      subject: { kind: 'resource', name: 'secrets' },
      message: 'the first provider for secrets is identity, which writes plaintext',
    });
    expect(finding?.evidence[0]).toMatchObject({ line: 6, seen: 'identity', wanted: expect.stringContaining('secretbox') });
    expect(finding?.evidence[0]?.source).toMatch(/etc\/kubernetes\/encryption\.yaml$/);
  });

  it('has one finding for each resource, each with an identity of its own', async () => {
    const all = await findings('fail/second-resource');
    expect(all.map(({ subject, verdict }) => [subject.name, verdict])).toEqual([
      ['configmaps', 'fail'],
      ['secrets', 'pass'],
    ]);
    expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });

  it("has the server's words and the line for a file that is refused, and no key", async () => {
    const [finding] = await findings('fail/short-key');
    expect(finding?.message).toContain('secret is not of the expected length, got 6, expected one of [32]');
    expect(finding?.evidence[0]?.line).toBe(9);
    expect(JSON.stringify(finding)).not.toContain('AAAAAAAA');
  });

  it('names the file that would settle it', async () => {
    const [finding] = await findings('unknown/mirror-pod.yaml');
    expect(finding?.message).toContain('the file /etc/kubernetes/encryption.yaml of --encryption-provider-config was not seen');
    expect(finding?.subject.host).toBe('cp-1');
  });
});
