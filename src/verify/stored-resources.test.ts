import { expect, test } from 'vitest';
import { storagePrefix } from './stored-resources.ts';

test.each([
  ['secrets', '/registry/secrets/'],
  ['configmaps', '/registry/configmaps/'],
  ['services', '/registry/services/specs/'],
  ['deployments.apps', '/registry/deployments/'],
  ['ingresses.networking.k8s.io', '/registry/ingress/'],
  ['roles.rbac.authorization.k8s.io', '/registry/roles/'],
  ['widgets.example.com', '/registry/example.com/widgets/'],
  ['customresourcedefinitions.apiextensions.k8s.io', '/registry/apiextensions.k8s.io/customresourcedefinitions/'],
])('%s lies below %s', (resource, prefix) => {
  expect(storagePrefix('/registry', resource)).toBe(prefix);
});
