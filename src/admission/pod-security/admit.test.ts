import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../cluster/json.ts';
import { admitPodSecurity } from './admit.ts';
import { readPodSecurityConfiguration, unconfigured } from './configuration.ts';
import type { PodSecurityRequest } from './request.ts';

const base: PodSecurityRequest = {
  operation: 'CREATE',
  resource: 'pods',
  group: '',
  subresource: '',
  object: {},
  oldObject: {},
  namespace: { name: 'web', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
  username: 'alice',
  pods: [],
};

function ask(request: Partial<PodSecurityRequest>, minor = 37, configuration = unconfigured) {
  return admitPodSecurity({ ...base, ...request }, configuration, { minor });
}

const namedPod = (spec: JsonObject, metadata: JsonObject = { name: 'p' }): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec,
});

describe('what the server fills in before', () => {
  test('a pod on the host’s network has host ports; a template has not', () => {
    const spec: JsonObject = { hostNetwork: true, containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] };
    expect(ask({ object: namedPod(spec) }).message).toBe(
      'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), hostPort (container "c" uses hostPort 80)',
    );
    const workload: JsonObject = { metadata: { name: 'w' }, spec: { template: { spec } } };
    expect(ask({ group: 'apps', resource: 'deployments', object: workload }).warnings).toEqual([
      'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    ]);
  });

  test('AppArmor fields become annotations up to 1.33, annotations become fields from 1.30 on', () => {
    const field = namedPod({ containers: [{ name: 'c', securityContext: { appArmorProfile: { type: 'Unconfined' } } }] });
    expect(ask({ object: field }, 33).message).toContain(
      'container "c" and annotation must not set AppArmor profile type to "Unconfined", "container.app',
    );
    expect(ask({ object: field }, 34).message).toContain(
      'profile (container "c" must not set AppArmor profile type to "Unconfined")',
    );
    expect(ask({ object: field }, 29).allowed).toBe(true);
    const annotation = namedPod(
      { containers: [{ name: 'c' }] },
      { name: 'p', annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' } },
    );
    expect(ask({ object: annotation }, 37).message).toContain('container "c" and annotation must');
    expect(ask({ object: annotation }, 29).message).toContain('forbidden AppArmor profile (container.apparmor');
  });

  test('procMount is set back where its gate is off', () => {
    const object = namedPod({ containers: [{ name: 'c', securityContext: { procMount: 'Unmasked' } }] });
    expect(ask({ object }, 32).allowed).toBe(true);
    expect(ask({ object }, 33).allowed).toBe(false);
  });
});

test('image volumes are taken away where their gate is off', () => {
  const object = namedPod({ containers: [], volumes: [{ name: 'i', image: {}, hostPath: { path: '/' } }] });
  expect([30, 31, 34, 35].map((minor) => ask({ object }, minor).allowed)).toEqual([false, true, true, false]);
});

test('a generated name ends in what nobody knows', () => {
  const object = namedPod({ hostPID: true, containers: [] }, { generateName: 'web-' });
  expect(ask({ object }).message).toBe(
    'pods "web-<random>" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostPID=true)',
  );
});

test('DELETE, CONNECT and resources without pods pass unseen', () => {
  const object = namedPod({ hostPID: true });
  for (const request of [
    { operation: 'DELETE' },
    { operation: 'CONNECT' },
    { resource: 'configmaps' },
    { group: 'example.com' },
  ] as const) {
    expect(ask({ object, ...request })).toEqual({ allowed: true, warnings: [], auditAnnotations: {} });
  }
});

test('a label that cannot be read enforces restricted and says so in the audit log', () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'strict', 'pod-security.kubernetes.io/warn': 'x' };
  const response = ask({ object: namedPod({ containers: [{ name: 'c' }] }), namespace: { name: 'web', labels } });
  expect(response.allowed).toBe(false);
  expect(response.auditAnnotations['pod-security.kubernetes.io/error']).toBe(
    'Failed to parse policy: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "x": must be one of privileged, baseline, restricted]',
  );
});

describe('updates of pods', () => {
  const spec: JsonObject = { hostPID: true, containers: [{ name: 'c', image: 'a' }] };
  const update = (after: JsonObject) => ask({ operation: 'UPDATE', object: namedPod(after), oldObject: namedPod(spec) }).allowed;
  test.each<[string, JsonObject, boolean]>([
    ['nothing that counts', { ...spec, activeDeadlineSeconds: 5 }, true],
    ['another image', { ...spec, containers: [{ name: 'c', image: 'b' }] }, false],
    ['one more container', { ...spec, initContainers: [{ name: 'i', image: 'a' }] }, false],
    ['a new ephemeral container', { ...spec, ephemeralContainers: [{ name: 'e', image: 'a' }] }, false],
  ])('%s', (_name, after, allowed) => {
    expect(update(after)).toBe(allowed);
  });
});

describe('existing pods when a level is raised', () => {
  const namespace = (labels: JsonObject): JsonObject => ({ metadata: { name: 'web', labels } });
  const raise = (pods: readonly JsonObject[]) =>
    ask({
      operation: 'UPDATE',
      resource: 'namespaces',
      oldObject: namespace({}),
      object: namespace({ 'pod-security.kubernetes.io/enforce': 'baseline' }),
      pods,
    }).warnings;

  test('one line for each set of violations, with the first pod by name', () => {
    const bad = (name: string) => namedPod({ hostPID: true, containers: [] }, { name });
    expect(raise([bad('c'), bad('a'), bad('b')])).toEqual([
      'existing pods in namespace "web" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 2 other pods): host namespaces',
    ]);
    expect(raise([bad('c'), bad('d')])[1]).toBe('c (and 1 other pod): host namespaces');
  });

  test('beyond 3,000 pods, those with a controller that was seen come last', () => {
    const owned = namedPod(
      { hostPID: true, containers: [] },
      { name: 'owned', ownerReferences: [{ controller: true, uid: 'u' }] },
    );
    const good = namedPod({ containers: [] });
    const pods = [
      owned,
      { ...owned, metadata: { ...(owned['metadata'] as JsonObject), name: 'late' } },
      ...Array.from({ length: 3000 }, () => good),
    ];
    expect(raise(pods)).toEqual([
      'new PodSecurity enforce level only checked against the first 3000 of 3002 existing pods',
      'existing pods in namespace "web" violate the new PodSecurity enforce level "baseline:latest"',
      'owned: host namespaces',
    ]);
  });
});

test('the configuration’s defaults and exemptions', () => {
  expect(readPodSecurityConfiguration({ defaults: { enforce: '', audit: 'baseline' } }).defaults).toEqual({
    enforce: 'privileged',
    enforceVersion: 'latest',
    audit: 'baseline',
    auditVersion: 'latest',
    warn: 'privileged',
    warnVersion: 'latest',
  });
  const configuration = readPodSecurityConfiguration({
    defaults: { enforce: 'restricted' },
    exemptions: { runtimeClasses: ['kata'] },
  });
  const object = namedPod({ runtimeClassName: 'kata', containers: [{ name: 'c' }] });
  const namespace = { name: 'web', labels: {} };
  expect(ask({ object, namespace }, 37, configuration).auditAnnotations).toEqual({
    'pod-security.kubernetes.io/exempt': 'runtimeClass',
  });
});
