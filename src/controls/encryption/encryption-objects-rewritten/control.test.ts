import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const resultOf = async (fixture: string) => judge(control, `${controlFolder(control)}fixtures/unknown/${fixture}`);

describe('what is said', () => {
  it('names what would settle it, for each resource that the configuration encrypts', async () => {
    const { findings } = await resultOf('configured');
    expect(findings.map(({ subject }) => subject.name)).toEqual(['configmaps', 'secrets']);
    expect(findings[0]?.message).toContain('a snapshot (`etcdctl snapshot save`), the file member/snap/db or an etcd endpoint');
    expect(findings[0]?.evidence[0]).toMatchObject({
      line: 16,
      seen: '--encryption-provider-config=/etc/kubernetes/encryption.yaml',
    });
  });

  it('is unknown even where the server does not start', async () => {
    expect((await resultOf('does-not-start.yaml')).verdict).toBe('unknown');
  });

  it('tells a store that is not etcd, and one that the provider holds', async () => {
    expect((await resultOf('kine.yaml')).reason).toContain('kine');
    expect((await resultOf('eks.yaml')).reason).toContain("the etcd of EKS is the provider's");
  });
});
