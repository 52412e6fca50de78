import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('workload-hostpath', () => {
  it('says that a path is a runtime socket', async () => {
    const { findings } = await judgeFixture(control, 'fail/runtime-socket.yaml');
    expect(findings[0]?.message).toEqual('hostPath: volume "socket" is /run/containerd/containerd.sock (runtime socket)');
    expect(findings[0]?.evidence[0]).toMatchObject({ line: 24 });
  });

  it('says that a path is the root of the host', async () => {
    const { findings } = await judgeFixture(control, 'fail/host-root.yaml');
    expect(findings[0]?.message).toEqual('hostPath: volume "data" is / (host root)');
  });

  it('shows the claim and the volume behind it', async () => {
    const { findings } = await judgeFixture(control, 'fail/behind-a-claim.yaml');
    expect(findings[0]?.evidence[0]).toMatchObject({ seen: 'claim data' });
    expect(findings[0]?.evidence[1]).toMatchObject({
      path: 'spec.hostPath',
      seen: 'PersistentVolume disk-1 with hostPath /mnt/disk-1',
    });
  });

  it('names claims whose volume was not seen', async () => {
    const { findings } = await judgeFixture(control, 'pass/claim-not-seen.yaml');
    expect(findings[0]?.message).toEqual('no volume is a path of the host; the volume behind claim data was not seen');
  });
});
