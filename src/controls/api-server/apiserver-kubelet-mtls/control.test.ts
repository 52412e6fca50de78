import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const firstOf = async (fixture: string) => (await judge(control, `${controlFolder(control)}fixtures/${fixture}`)).findings[0];

describe('what is said', () => {
  it('names the flag that is missing and what follows', async () => {
    expect((await firstOf('fail/kubeadm-default.yaml'))?.message).toBe(
      "--kubelet-certificate-authority not set: without a CA the API server does not verify the kubelet's certificate",
    );
    expect((await firstOf('fail/no-client-key.yaml'))?.message).toBe(
      '--kubelet-client-key not set: the API server cannot show a certificate to kubelets',
    );
  });

  it('points at a flag that is there and empty', async () => {
    expect((await firstOf('fail/empty-ca.yaml'))?.evidence[0]).toMatchObject({
      line: 16,
      seen: '--kubelet-certificate-authority=',
      wanted: 'a file',
    });
  });

  it('notes files that the container cannot see', async () => {
    expect((await firstOf('pass/mounts-not-shown.yaml'))?.notes?.[0]).toContain('no volume mount');
  });
});
