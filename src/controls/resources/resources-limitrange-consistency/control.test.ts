import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('resources-limitrange-consistency', () => {
  it.each([
    [
      'request-above-the-default-limit',
      2,
      'HTTP 422 Pod "front" is invalid: spec.containers[0].resources.requests: Invalid value: "700m": must be less than or equal to cpu limit of 500m',
    ],
    ['range-min-above-max', 1, 'is greater than max value'],
    ['range-ratio-above-max-over-min', 1, 'ratio 10 is greater than max/min = 2.000000'],
    ['below-min', 2, 'minimum cpu usage per Container is 100m, but request is 50m'],
    ['above-max', 2, 'maximum cpu usage per Container is 1, but limit is 2'],
    ['no-limit-in-a-pod-with-max', 2, 'maximum cpu usage per Pod is 1.  No limit is specified'],
    ['ratio', 2, 'cpu max limit to request ratio per Container is 2, but provided ratio is 5.000000'],
    ['one-order-of-two-ranges', 2, 'the server’s order is not fixed'],
    ['quota-without-limits', 3, 'failed quota: compute: must specify limits.cpu for: server'],
    ['one-pod-above-the-quota', 3, 'exceeded quota: compute'],
    [
      'min-above-the-quota',
      3,
      'minimum cpu usage per Container is 2 in LimitRange limits, but ResourceQuota compute allows requests.cpu=1',
    ],
  ])('%s', async (name, assertion, message) => {
    const { findings } = await judgeFixture(control, `fail/${name}.yaml`);
    expect(findings[0]?.message).toContain(message);
    expect(findings[0]?.assertion).toBe(assertion);
  });

  it('points to the request and to the LimitRange', async () => {
    const { findings } = await judgeFixture(control, 'fail/request-above-the-default-limit.yaml');
    expect(findings[0]?.evidence[0]).toMatchObject({
      path: 'spec.template.spec.containers[0].resources.requests.cpu',
      seen: '700m',
    });
    expect(findings[0]?.evidence[1]).toMatchObject({
      path: 'items[0].spec.limits[0].default.cpu',
      seen: 'LimitRange web/limits: default cpu 500m',
    });
  });
});
