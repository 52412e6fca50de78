import { describe, expect, it } from 'vitest';
import { assess } from '../../../assess/assess.ts';
import { collect } from '../../../collect/collect.ts';
import { controlFolder, fixtureTime, judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { defaultSettings } from '../../settings.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('kubelet-readonly-port-off', () => {
  it('names the host, and how hosts differ', async () => {
    const { findings, reason } = await judgeFixture(control, 'fail/one-of-two');
    expect(reason).toContain('hosts differ: readOnlyPort is `0` on n1 and `10255` on n2');
    expect(findings.map(({ verdict, subject }) => [verdict, subject.host])).toEqual([
      ['fail', 'n2'],
      ['pass', 'n1'],
    ]);
  });

  it('says that a value is the default', async () => {
    const { findings } = await judgeFixture(control, 'fail/default-without-file');
    expect(findings[0]?.evidence[0]).toMatchObject({ seen: 'readOnlyPort: 10255 (default)' });
  });

  it('points into the last drop-in', async () => {
    const { findings } = await judgeFixture(control, 'fail/drop-in');
    expect(findings[0]?.evidence[0]).toMatchObject({ source: expect.stringMatching(/20-last\.conf$/) as string });
  });

  it('fails a kubelet that does not start, in its own words', async () => {
    const { findings } = await judgeFixture(control, 'fail/drop-in-1.29');
    expect(findings[0]?.message).toEqual(
      expect.stringContaining('environment variable KUBELET_CONFIG_DROPIN_DIR_ALPHA not set, cannot start kubelet'),
    );
  });

  it('believes /configz before the files', async () => {
    const file = `${controlFolder(control)}fixtures/fail/file`;
    const cluster = await collect({ paths: [file], hostRoots: [], auditLogs: [], names: [file] });
    const configz = {
      value: { kubeletconfig: { authentication: { anonymous: { enabled: false } }, authorization: { mode: 'Webhook' } } },
      source: '/api/v1/nodes/n1/proxy/configz',
    };
    const components = cluster.components.map((component) => ({ ...component, configz }));
    const [result] = assess({ ...cluster, components }, { controls: [control], settings: defaultSettings, now: fixtureTime });
    expect(result?.verdict).toBe('pass');
    expect(result?.findings[0]?.evidence[0]?.source).toBe('/api/v1/nodes/n1/proxy/configz');
  });
});
