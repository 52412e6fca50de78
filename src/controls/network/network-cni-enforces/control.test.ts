import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('network-cni-enforces', () => {
  it('points to the switch', async () => {
    const { findings } = await judgeFixture(control, 'fail/kube-router-without-firewall.yaml');
    expect(findings[0]?.message).toEqual('kube-router is there, but --run-firewall=false switches its policies off');
    expect(findings[0]?.evidence[0]).toMatchObject({ line: 20, seen: '--run-firewall=false', wanted: '--run-firewall=true' });
  });

  it('points to the ConfigMap', async () => {
    const { findings } = await judgeFixture(control, 'fail/cilium-never.yaml');
    expect(findings[0]?.evidence[0]).toMatchObject({ line: 25, path: 'data.enable-policy', seen: 'never' });
  });

  it('points to the CNI configuration of a host', async () => {
    const { findings } = await judgeFixture(control, 'fail/bridge');
    expect(findings[0]?.evidence[0]).toMatchObject({ line: 5, path: 'plugins[0].type', seen: 'bridge' });
  });

  it('points to the command line of k3s', async () => {
    const { findings } = await judgeFixture(control, 'fail/k3s-command');
    expect(findings[0]?.evidence[0]).toMatchObject({ line: 7 });
  });

  it('says what would settle it', async () => {
    const { findings } = await judgeFixture(control, 'unknown/flannel-not-listed.yaml');
    expect(findings[0]?.message).toEqual(expect.stringContaining('DaemonSet objects were not listed'));
  });
});
