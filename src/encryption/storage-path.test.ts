import { expect, test } from 'vitest';
import { storagePathOf } from './storage-path.ts';

test.each([
  ['/registry/secrets/vec/x', { resource: 'secrets', namespace: 'vec', name: 'x', json: false, encryptable: true }],
  ['/registry/minions/n1', { resource: 'nodes', name: 'n1', json: false, encryptable: true }],
  ['/registry/services/specs/default/kubernetes', { resource: 'services', namespace: 'default', name: 'kubernetes' }],
  ['/registry/services/endpoints/default/kubernetes', { resource: 'endpoints', namespace: 'default', name: 'kubernetes' }],
  ['/registry/ingress/web/front', { resource: 'ingresses.networking.k8s.io', namespace: 'web', name: 'front' }],
  ['/registry/deployments/web/front', { resource: 'deployments.apps', namespace: 'web', name: 'front' }],
  ['/registry/events/web/front.1', { resource: 'events', namespace: 'web', name: 'front.1' }],
  ['/registry/clusterroles/system:node', { resource: 'clusterroles.rbac.authorization.k8s.io', name: 'system:node' }],
  ['/registry/example.org/widgets/web/w', { resource: 'widgets.example.org', namespace: 'web', name: 'w', json: true }],
  ['/registry/example.org/gadgets/w', { resource: 'gadgets.example.org', name: 'w', json: true }],
  [
    '/registry/apiregistration.k8s.io/apiservices/v1.',
    { resource: 'apiservices.apiregistration.k8s.io', name: 'v1.', json: true },
  ],
  ['/registry/ranges/serviceips', { resource: 'ranges', name: 'serviceips', encryptable: false }],
  ['/registry/masterleases/192.0.2.1', { resource: 'masterleases', name: '192.0.2.1', encryptable: false }],
])('%s', (key, wanted) => {
  expect(storagePathOf(key)).toMatchObject(wanted);
});

test.each(['/registry/secrets', '/registry/secrets/', '/registry/nosuch/a/b', '/other/secrets/a/b', 'compact_rev_key', ''])(
  '%s names nothing',
  (key) => {
    expect(storagePathOf(key)).toBeUndefined();
  },
);

test('another prefix', () => {
  expect(storagePathOf('/kubernetes.io/secrets/a/b', '/kubernetes.io')).toMatchObject({ resource: 'secrets', name: 'b' });
  expect(storagePathOf('/kubernetes.io/secrets/a/b')).toBeUndefined();
});
