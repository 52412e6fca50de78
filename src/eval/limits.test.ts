import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitRangeFaults, podRefusal, quotaFaults } from '../admission/workload-limits.ts';
import type { Json, JsonObject } from '../cluster/json.ts';
import { answer } from './limits.ts';
import { answer as answerObject } from './limits-object.ts';

const names = [
  'containers',
  'initContainers',
  'resources',
  'requests',
  'limits',
  'cpu',
  'memory',
  'max',
  'min',
  'type',
  'hard',
  'used',
  'scopes',
];
const { nonsense } = fc.letrec<{ nonsense: Json; object: Json; list: Json; leaf: Json }>((tie) => ({
  leaf: fc.constantFrom<Json>(
    null,
    true,
    0,
    -1,
    1.5,
    '',
    '1',
    '500m',
    '1e2000000000',
    '-1e-99999',
    '9E',
    '1Gi',
    'Container',
    'x',
  ),
  list: fc.array(tie('nonsense'), { maxLength: 3 }) as fc.Arbitrary<Json>,
  object: fc.dictionary(fc.constantFrom(...names), tie('nonsense'), { maxKeys: 4 }) as fc.Arbitrary<Json>,
  nonsense: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('object'), tie('list')),
}));

const pod = (resources: JsonObject, more: JsonObject = {}): JsonObject => ({
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'x', resources }], ...more },
});
const quota = (hard: JsonObject, used: JsonObject, spec: JsonObject = {}): JsonObject => ({
  metadata: { name: 'q' },
  spec: { hard, ...spec },
  status: { hard, used },
});

function ask(input: JsonObject, minor: number): JsonObject {
  const answered = answer(input, minor);
  expect(answered).toHaveProperty('result');
  return 'result' in answered ? answered.result : {};
}

describe('limits', () => {
  it('never throws', () => {
    fc.assert(
      fc.property(
        nonsense,
        nonsense,
        nonsense,
        fc.constantFrom('pods', 'services', 'persistentvolumeclaims', 'pods/p/resize'),
        fc.constantFrom(28, 31, 34, 37),
        (spec, limits, hard, resource, minor) => {
          const object: JsonObject = { metadata: { name: 'p' }, spec };
          const setup = { limitRanges: [{ spec: { limits } }], resourceQuotas: [{ spec: hard, status: hard }] };
          const path = `/api/v1/namespaces/a/${resource}`;
          answer({ operation: 'CREATE', path, object, setup, world: spec }, minor);
          answer({ operation: 'UPDATE', path, object, oldObject: { spec: hard }, setup }, minor);
          answerObject({ object: { kind: 'LimitRange', spec: { limits } } }, minor);
          answerObject({ object: { kind: 'ResourceQuota', spec: hard } }, minor);
          limitRangeFaults({ spec: { limits } });
          quotaFaults(setup.limitRanges, setup.resourceQuotas);
          podRefusal({ namespace: 'a', ...setup }, {}, object, minor);
        },
      ),
    );
  });

  it('charges an update that moves a pod between scopes, from 1.33', () => {
    const old = pod({ requests: { cpu: '1' } });
    const object = pod({ requests: { cpu: '1' } }, { activeDeadlineSeconds: 60 });
    const setup = { resourceQuotas: [quota({ pods: '0' }, { pods: '0' }, { scopes: ['Terminating'] })] };
    const input = { operation: 'UPDATE', path: '/api/v1/namespaces/a/pods/p', object, oldObject: old, setup };
    expect(ask(input, 31)).toMatchObject({ allowed: true });
    expect(ask(input, 33)).toMatchObject({
      allowed: false,
      code: 403,
      message: 'pods "p" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0',
    });
  });

  it('looks at a resize from 1.33', () => {
    const old = pod({ requests: { cpu: '100m' } });
    const input = {
      operation: 'UPDATE',
      path: '/api/v1/namespaces/a/pods/p/resize',
      object: pod({ requests: { cpu: '2' } }),
      oldObject: old,
      setup: { resourceQuotas: [quota({ 'requests.cpu': '1' }, { 'requests.cpu': '100m' })] },
    };
    expect(ask(input, 32)).toMatchObject({ code: 404 });
    expect(ask(input, 36)).toMatchObject({
      message:
        'pods "p" is forbidden: exceeded quota: q, requested: requests.cpu=1900m, used: requests.cpu=100m, limited: requests.cpu=1',
    });
  });

  it('counts a growing claim by its growth', () => {
    const claim = (storage: string): JsonObject => ({
      metadata: { name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gold', resources: { requests: { storage } } },
      status: { phase: 'Bound' },
    });
    const input = {
      operation: 'UPDATE',
      path: '/api/v1/namespaces/a/persistentvolumeclaims/c',
      object: claim('8Gi'),
      oldObject: claim('3Gi'),
      setup: { resourceQuotas: [quota({ 'requests.storage': '7Gi' }, { 'requests.storage': '3Gi' })] },
      world: { items: [{ kind: 'StorageClass', metadata: { name: 'gold' }, allowVolumeExpansion: true }] },
    };
    expect(ask(input, 31)).toMatchObject({
      message:
        'persistentvolumeclaims "c" is forbidden: exceeded quota: q, requested: requests.storage=5Gi, used: requests.storage=3Gi, limited: requests.storage=7Gi',
    });
    expect(ask({ ...input, world: { items: [] } }, 31)).toMatchObject({ code: 403 });
  });

  it('refuses a bound claim that shrinks below what its version allows', () => {
    const claim = (storage: string): JsonObject => ({
      metadata: { name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gold', resources: { requests: { storage } } },
      status: { phase: 'Bound', capacity: { storage: '1Gi' } },
    });
    const path = '/api/v1/namespaces/a/persistentvolumeclaims/c';
    const shrink = (storage: string): JsonObject => ({
      operation: 'UPDATE',
      path,
      object: claim(storage),
      oldObject: claim('3Gi'),
    });
    const words = 'PersistentVolumeClaim "c" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than';
    expect(ask(shrink('2Gi'), 31)).toMatchObject({ code: 422, message: `${words} previous value` });
    expect(ask(shrink('2Gi'), 37)).toMatchObject({ allowed: true });
    expect(ask(shrink('1Gi'), 37)).toMatchObject({ code: 422, message: `${words} status.capacity` });
  });

  it('needs what was before for an update', () => {
    const input = { operation: 'UPDATE', path: '/api/v1/namespaces/a/pods/p', object: pod({}) };
    expect(answer(input, 31)).toHaveProperty('unknown');
    expect(answer({ ...input, operation: 'PATCH' }, 31)).toHaveProperty('error');
    expect(answer({ ...input, path: '/healthz' }, 31)).toHaveProperty('error');
  });
});
