import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../cluster/json.ts';
import { limitRangeFaults, podRefusal, quotaFaults } from './workload-limits.ts';

const limitRange = (name: string, ...limits: JsonObject[]): JsonObject => ({
  kind: 'LimitRange',
  metadata: { name },
  spec: { limits },
});
const quota = (name: string, hard: JsonObject, spec: JsonObject = {}): JsonObject => ({
  kind: 'ResourceQuota',
  metadata: { name },
  spec: { hard, ...spec },
});
const container = (resources: JsonObject, name = 'c'): JsonObject => ({ name, image: 'x', resources });
const refusal = (limitRanges: JsonObject[], resourceQuotas: JsonObject[], spec: JsonObject, minor = 31) =>
  podRefusal({ namespace: 'web', limitRanges, resourceQuotas }, { name: 'front' }, spec, minor);

describe('podRefusal', () => {
  it('finds the request above a default limit', () => {
    const range = limitRange('cpu', { type: 'Container', default: { cpu: '500m' } });
    const found = refusal([range], [], { containers: [container({ requests: { cpu: '700m' } })] });
    expect(found).toEqual({
      code: 422,
      message:
        'Pod "front" is invalid: spec.containers[0].resources.requests: Invalid value: "700m": must be less than or equal to cpu limit of 500m',
      assertion: 2,
      fields: [['spec', 'containers', 0, 'resources', 'requests', 'cpu']],
      dependsOnOrder: false,
    });
  });

  it('fills in defaults of a LimitRange from a file before it judges', () => {
    const range = limitRange('cpu', { type: 'Container', max: { cpu: '1' }, min: { cpu: '100m' } });
    expect(refusal([range], [], { containers: [container({})] })).toBeUndefined();
    expect(
      refusal([range], [], { initContainers: [container({ limits: { cpu: '50m' } }, 'i')], containers: [container({})] }),
    ).toMatchObject({
      code: 403,
      message: 'pods "front" is forbidden: minimum cpu usage per Container is 100m, but request is 50m',
      limitRange: 'cpu',
      fields: [['spec', 'initContainers', 0, 'resources', 'requests', 'cpu']],
    });
  });

  it('is refused where only some orders of the LimitRanges refuse', () => {
    const low = limitRange('low', { type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' } });
    const high = limitRange('high', { type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '100m' } });
    const spec = { containers: [container({ requests: { cpu: '700m' } })] };
    for (const order of [
      [low, high],
      [high, low],
    ]) {
      expect(refusal(order, [], spec)).toMatchObject({ code: 422, assertion: 2, dependsOnOrder: true });
    }
  });

  it('counts a pod against the hard limits of a quota, with nothing used', () => {
    const compute = quota('compute', { 'requests.cpu': '1', 'limits.cpu': '2' });
    const big = { containers: [container({ requests: { cpu: '1500m' }, limits: { cpu: '2' } })] };
    expect(refusal([], [compute], big)).toMatchObject({
      code: 403,
      assertion: 3,
      quota: 'compute',
      message:
        'pods "front" is forbidden: exceeded quota: compute, requested: requests.cpu=1500m, used: requests.cpu=0, limited: requests.cpu=1',
    });
    const lacking = { containers: [container({ limits: { cpu: '1' } }), container({}, 'd')] };
    expect(refusal([], [compute], lacking)).toMatchObject({
      assertion: 3,
      message: 'pods "front" is forbidden: failed quota: compute: must specify limits.cpu for: d; requests.cpu for: d',
      fields: [['spec', 'containers', 1, 'resources']],
    });
  });

  it('follows pod-level resources by version', () => {
    const range = limitRange('cpu', { type: 'Container', default: { cpu: '500m' } });
    const spec = { containers: [container({})], resources: { limits: { cpu: '400m' } } };
    expect(refusal([range], [], spec, 33)).toBeUndefined();
    expect(refusal([range], [], spec, 36)).toMatchObject({ code: 422 });
  });

  it('survives nonsense', () => {
    expect(
      refusal([{ spec: { limits: [null, 'x', { type: 3, max: { cpu: {} } }] } }], [{ spec: null }], { containers: 'none' }),
    ).toBeUndefined();
    expect(refusal([], [], { containers: [container({ requests: { cpu: 'a lot' } })] })).toMatchObject({ code: 400 });
  });
});

describe('limitRangeFaults', () => {
  it('names each fault with its field', () => {
    const faults = limitRangeFaults(limitRange('x', { type: 'Container', default: { cpu: '2' }, max: { cpu: '1' } }), 36);
    expect(faults).toEqual([
      {
        code: 422,
        message: 'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than max value 1',
        field: ['spec', 'limits', 0, 'defaultRequest', 'cpu'],
      },
      {
        code: 422,
        message: 'spec.limits[0].default[cpu]: Invalid value: "1": default value 2 is greater than max value 1',
        field: ['spec', 'limits', 0, 'default', 'cpu'],
      },
    ]);
  });

  it('accepts the LimitRange of Listing 5.4', () => {
    const item = {
      type: 'Container',
      default: { cpu: '500m' },
      defaultRequest: { cpu: '500m' },
      max: { cpu: '1' },
      min: { cpu: '100m' },
    };
    expect(limitRangeFaults(limitRange('cpu-resource-constraint', item), 31)).toEqual([]);
  });
});

describe('quotaFaults', () => {
  it('finds a minimum above a quota', () => {
    const range = limitRange('l', { type: 'Pod', min: { cpu: '2', memory: '1Mi' } });
    const faults = quotaFaults([range], [quota('q', { 'requests.cpu': '1', 'limits.cpu': '2', 'requests.memory': '1Gi' })]);
    expect(faults).toMatchObject([
      {
        quota: 'q',
        limitRange: 'l',
        quotaField: ['spec', 'hard', 'requests.cpu'],
        limitRangeField: ['spec', 'limits', 0, 'min', 'cpu'],
      },
    ]);
  });
});
