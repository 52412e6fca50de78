import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { listAt, valueAt } from '../../cluster/json.ts';
import { checkIds, describeViolations, evaluatePod, runCheck } from './evaluate.ts';
import type { PodSource } from './pod-view.ts';
import { readablePodSpec, unreadablePodField } from './readable.ts';

const hardened: JsonObject = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const podHardened: JsonObject = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

function pod(spec: JsonObject, annotations: JsonObject = {}): PodSource {
  return { metadata: { annotations }, spec };
}

/** A restricted pod with one thing changed in its container. */
function withContext(securityContext: JsonObject, rest: JsonObject = {}): PodSource {
  return pod({
    securityContext: podHardened,
    containers: [{ name: 'c', securityContext: { ...hardened, ...securityContext }, ...rest }],
  });
}

const reasons = (source: PodSource, minor: number, server = minor) =>
  evaluatePod('restricted', minor, source, { minor: server }).map(({ check }) => check);

describe('what changed with the versions', () => {
  test.each<[string, PodSource, number, number, string]>([
    ['allowPrivilegeEscalation since 1.8', pod({ containers: [{ name: 'c' }] }), 7, 8, 'allowPrivilegeEscalation'],
    ['capabilities since 1.22', pod({ containers: [{ name: 'c' }] }), 21, 22, 'capabilities_restricted'],
    ['runAsUser since 1.23', withContext({ runAsUser: 0 }), 22, 23, 'runAsUser'],
    [
      'probe hosts since 1.34',
      withContext({}, { livenessProbe: { httpGet: { host: 'x' } } }),
      33,
      34,
      'hostProbesAndHostLifecycle',
    ],
  ])('%s', (_name, source, before, after, check) => {
    expect(reasons(source, before, 37)).not.toContain(check);
    expect(reasons(source, after, 37)).toContain(check);
  });

  test.each<[string, PodSource, number, number, string]>([
    [
      'Windows pods are spared since 1.25',
      pod({ os: { name: 'windows' }, containers: [{ name: 'c' }] }),
      24,
      25,
      'capabilities_restricted',
    ],
    ['container_engine_t since 1.31', withContext({ seLinuxOptions: { type: 'container_engine_t' } }), 30, 31, 'seLinuxOptions'],
    ['a user namespace may be root since 1.35', userNamespace({ runAsUser: 0 }), 34, 35, 'runAsUser'],
    ['a user namespace need not be non-root since 1.35', userNamespace({ runAsNonRoot: false }), 34, 35, 'runAsNonRoot'],
    ['sysctls of 1.27', withSysctl('net.ipv4.ip_local_reserved_ports'), 26, 27, 'sysctls'],
    ['sysctls of 1.29', withSysctl('net.ipv4.tcp_fin_timeout'), 28, 29, 'sysctls'],
    ['sysctls of 1.32', withSysctl('net.ipv4.tcp_rmem'), 31, 32, 'sysctls'],
    ['sysctls of 1.37', withSysctl('net.ipv4.tcp_notsent_lowat'), 36, 37, 'sysctls'],
  ])('%s', (_name, source, before, after, check) => {
    expect(reasons(source, before, 37)).toContain(check);
    expect(reasons(source, after, 37)).not.toContain(check);
  });

  test('procMount is free in a user namespace at baseline, not at restricted', () => {
    const source = userNamespace({ procMount: 'Unmasked' });
    expect(evaluatePod('baseline', 34, source).map(({ check }) => check)).toEqual(['procMount']);
    expect(evaluatePod('baseline', 35, source)).toEqual([]);
    expect(reasons(source, 35, 37)).toContain('procMount_restricted');
  });

  test('a policy newer than the server counts as the server’s own', () => {
    expect(reasons(withSysctl('net.ipv4.tcp_rmem'), 37, 31)).toEqual(['sysctls']);
    expect(evaluatePod('restricted', 'latest', withSysctl('net.ipv4.tcp_rmem'), { minor: 31 })).toHaveLength(1);
  });

  test('the gate of 1.29 to 1.34 spares user namespaces in every policy version', () => {
    const relaxed = (minor: number) => ({ minor, userNamespacesPodSecurityStandards: true });
    const source = userNamespace({ runAsUser: 0, procMount: 'Unmasked' });
    expect(evaluatePod('restricted', 24, source, relaxed(28)).map(({ check }) => check)).toEqual(['procMount', 'runAsUser']);
    expect(evaluatePod('restricted', 24, source, relaxed(30)).map(({ check }) => check)).toEqual(['procMount']);
    expect(evaluatePod('restricted', 24, source, relaxed(31))).toEqual([]);
  });

  test('AppArmor before the field of 1.30', () => {
    const source = pod(
      { securityContext: { appArmorProfile: { type: 'Unconfined' } }, containers: [{ name: 'c' }] },
      {
        'container.apparmor.security.beta.kubernetes.io/c': 'un"confined',
        'container.apparmor.security.beta.kubernetes.io/b': 'x',
      },
    );
    expect(describeViolations(evaluatePod('baseline', 'latest', source, { minor: 28 }))).toBe(
      'forbidden AppArmor profiles (container.apparmor.security.beta.kubernetes.io/b="x", container.apparmor.security.beta.kubernetes.io/c="un\\"confined")',
    );
    expect(describeViolations(evaluatePod('baseline', 'latest', source, { minor: 30 }))).toBe(
      'forbidden AppArmor profiles (pod and annotations must not set AppArmor profile type to "Unconfined", "container.apparmor.security.beta.kubernetes.io/b="x"", "container.apparmor.security.beta.kubernetes.io/c="un\\"confined"")',
    );
  });

  test('image volumes are free since server 1.33; a volume without a source is an empty directory', () => {
    const source = pod({ volumes: [{ name: 'i', image: {} }, { name: 'e' }], securityContext: podHardened, containers: [] });
    expect(evaluatePod('restricted', 25, source, { minor: 33 })).toEqual([]);
    expect(evaluatePod('restricted', 25, source, { minor: 32 })[0]?.detail).toBe(
      'volume "i" uses restricted volume type "unknown"',
    );
    expect(evaluatePod('restricted', 25, source, { minor: 30 })).toEqual([]);
  });
});

describe('places', () => {
  test('of a field that is set, and of the container where it is absent', () => {
    const source = pod({
      hostPID: true,
      initContainers: [{ name: 'i', securityContext: { allowPrivilegeEscalation: true } }],
      containers: [{ name: 'c' }],
    });
    expect(runCheck('hostNamespaces', 'latest', source)?.fields).toEqual([['spec', 'hostPID']]);
    expect(runCheck('allowPrivilegeEscalation', 'latest', source)?.fields).toEqual([
      ['spec', 'initContainers', 0, 'securityContext', 'allowPrivilegeEscalation'],
      ['spec', 'containers', 0],
    ]);
    expect(runCheck('hostProbesAndHostLifecycle', 33, source)).toBeUndefined();
    expect(runCheck('noSuchCheck', 33, source)).toBeUndefined();
  });
});

describe('wrong types', () => {
  test.each<[JsonObject, string | undefined]>([
    [{ containers: [] }, undefined],
    [{ containers: [{ securityContext: null }, null] }, undefined],
    [{ containers: 'x' }, 'containers'],
    [{ containers: [{ securityContext: { privileged: 'true' } }] }, 'containers.0.securityContext.privileged'],
    [{ containers: [{ ports: [{ hostPort: 'http' }] }] }, 'containers.0.ports.0.hostPort'],
    [{ containers: [], volumes: [{ hostPath: '/x' }] }, 'volumes.0.hostPath'],
    [{ containers: [], hostNetwork: 1 }, 'hostNetwork'],
  ])('%j: %s', (spec, path) => {
    expect(unreadablePodField(spec)?.join('.')).toBe(path);
    expect(readablePodSpec(spec)).toBe(path === undefined);
  });

  test('a spec without containers cannot be judged', () => {
    expect([{}, undefined, null, 'x', []].map((spec) => readablePodSpec(spec))).toEqual([false, false, false, false, false]);
  });

  test('nothing throws, whatever the shape', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const spec = (
          typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { containers: [value], volumes: value }
        ) as JsonObject;
        evaluatePod('restricted', 'latest', pod(spec));
        readablePodSpec(spec);
      }),
    );
  });
});

describe('properties of random pods', () => {
  // Restricted gives up a baseline check only where it replaces it by a stricter one, but for these: the restricted check of a
  // Windows pod looks at nothing, where the baseline check that it replaces would still look.
  const exceptions: ReadonlySet<string> = new Set(['capabilities_baseline', 'seccompProfile_baseline']);

  test('what restricted allows, baseline allows', () => {
    let passed = 0;
    fc.assert(
      fc.property(arbitraryPod(), fc.integer({ min: 0, max: 38 }), fc.integer({ min: 28, max: 37 }), (source, version, minor) => {
        if (evaluatePod('restricted', version, source, { minor }).length > 0) return;
        passed++;
        const left = evaluatePod('baseline', version, source, { minor }).map(({ check }) => check);
        const windows = valueAt(source.spec, ['os', 'name']) === 'windows';
        expect(left.filter((check) => !(windows && exceptions.has(check)))).toEqual([]);
      }),
      { numRuns: 3000 },
    );
    expect(passed).toBeGreaterThan(100);
  });

  test('privileged allows all', () => {
    fc.assert(fc.property(arbitraryPod(), (source) => evaluatePod('privileged', 'latest', source).length === 0));
  });

  test('the order of containers does not matter', () => {
    fc.assert(
      fc.property(arbitraryPod(), fc.integer({ min: 0, max: 37 }), (source, version) => {
        const turned = pod(
          { ...source.spec, containers: listAt(source.spec['containers']).toReversed() },
          source.metadata['annotations'] as JsonObject,
        );
        const checks = (of: PodSource) => evaluatePod('restricted', version, of).map(({ check, reason }) => `${check} ${reason}`);
        expect(checks(turned)).toEqual(checks(source));
      }),
      { numRuns: 500 },
    );
  });

  test('every violation has a known check and places inside the pod', () => {
    fc.assert(
      fc.property(arbitraryPod(), (source) => {
        for (const { check, reason, fields } of evaluatePod('restricted', 'latest', source)) {
          expect(checkIds).toContain(check);
          expect(reason).not.toBe('');
          expect(fields.length).toBeGreaterThan(0);
          const whole = { metadata: source.metadata, spec: source.spec } as unknown as Json;
          for (const field of fields) expect(valueAt(whole, field)).not.toBeUndefined();
        }
      }),
      { numRuns: 500 },
    );
  });
});

const corpus = resolve(import.meta.dirname, '../../../../shared/corpora/pod-security');

describe.skipIf(!existsSync(corpus))('upstream’s fixture pods (needs ../shared/corpora/pod-security)', () => {
  for (const level of ['baseline', 'restricted'] as const) {
    test(level, () => {
      const wrong: string[] = [];
      let count = 0;
      for (const version of readdirSync(`${corpus}/${level}`)) {
        for (const outcome of ['pass', 'fail']) {
          const folder = `${corpus}/${level}/${version}/${outcome}`;
          for (const file of existsSync(folder) ? readdirSync(folder) : []) {
            const object = parse(readFileSync(`${folder}/${file}`, 'utf8')) as { metadata: JsonObject; spec: JsonObject };
            const violations = evaluatePod(level, Number(version.slice('v1.'.length)), object);
            count++;
            if (!readablePodSpec(object.spec) || (violations.length === 0) !== (outcome === 'pass'))
              wrong.push(`${version}/${outcome}/${file}`);
          }
        }
      }
      expect(wrong).toEqual([]);
      expect(count).toBeGreaterThan(500);
    });
  }
});

test('10,000 pods do not take long', () => {
  const containers = [1, 2, 3].map((n) => ({
    name: `c${n}`,
    securityContext: n === 1 ? hardened : { privileged: true },
    ports: [{ hostPort: 80 }],
  }));
  const source = pod({ securityContext: podHardened, containers, volumes: [{ name: 'h', hostPath: { path: '/' } }] });
  for (let i = 0; i < 1000; i++) evaluatePod('restricted', 'latest', source);
  const start = process.cpuUsage();
  for (let i = 0; i < 10_000; i++) evaluatePod('restricted', 'latest', source);
  // Time of the processor, not of the clock, and ten times what was measured: a guard against something quadratic, not a benchmark.
  expect(process.cpuUsage(start).user).toBeLessThan(1_500_000);
});

function userNamespace(securityContext: JsonObject): PodSource {
  const source = withContext(securityContext);
  return pod({ ...source.spec, hostUsers: false });
}

function withSysctl(name: string): PodSource {
  return pod({
    securityContext: { ...podHardened, sysctls: [{ name }] },
    containers: [{ name: 'c', securityContext: hardened }],
  });
}

/**
 * Pods in which every field that a check reads may be absent, good or bad; mostly absent or good, so that some pods pass. The first
 * value of a field is its usual one, those after it are rare.
 */
function arbitraryPod(): fc.Arbitrary<PodSource> {
  const mostly = <T>(usual: T, ...rare: T[]) =>
    fc.oneof(
      { weight: 30, arbitrary: fc.constant(usual) },
      ...rare.map((value) => ({ weight: 1, arbitrary: fc.constant(value) })),
    );
  const compact = (object: Record<string, unknown>): JsonObject =>
    Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as JsonObject;
  const profile = mostly<JsonObject | undefined>(
    { type: 'RuntimeDefault' },
    undefined,
    { type: 'Localhost' },
    { type: 'Unconfined' },
  );
  const common = {
    runAsNonRoot: mostly<boolean | undefined>(true, undefined, false),
    runAsUser: mostly<number | undefined>(undefined, 1000, 0),
    seccompProfile: profile,
    appArmorProfile: profile,
    seLinuxOptions: mostly<JsonObject | undefined>(
      undefined,
      {},
      { type: 'container_t' },
      { type: 'container_engine_t' },
      { type: 'x', user: 'u' },
      { role: 'r' },
    ),
    windowsOptions: mostly<JsonObject | undefined>(undefined, { hostProcess: false }, { hostProcess: true }),
  };
  const context = fc.record({
    ...common,
    privileged: mostly<boolean | undefined>(undefined, false, true),
    allowPrivilegeEscalation: mostly<boolean | undefined>(false, undefined, true),
    procMount: mostly<string | undefined>(undefined, 'Default', 'Unmasked'),
    capabilities: mostly<JsonObject | undefined>(
      { drop: ['ALL'] },
      undefined,
      { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
      { drop: ['ALL'], add: ['CHOWN'] },
      { add: ['SYS_ADMIN'] },
    ),
  });
  const handler = mostly<JsonObject | undefined>(undefined, { httpGet: { port: 1 } }, { tcpSocket: { host: 'h' } });
  const container = fc
    .record({
      name: fc.constantFrom('a', 'b', 'c'),
      securityContext: fc.option(context.map(compact), { nil: undefined, freq: 30 }),
      ports: mostly<Json | undefined>([{ containerPort: 80 }], undefined, [
        { containerPort: 80, hostPort: 80 },
        { hostPort: 443 },
      ]),
      livenessProbe: handler,
      lifecycle: mostly<JsonObject | undefined>(undefined, { preStop: { httpGet: { host: 'h' } } }),
    })
    .map(compact);
  const spec = fc
    .record({
      containers: fc.array(container, { minLength: 1, maxLength: 3 }),
      initContainers: fc.option(fc.array(container, { maxLength: 1 }), { nil: undefined }),
      ephemeralContainers: fc.option(fc.array(container, { maxLength: 1 }), { nil: undefined }),
      hostNetwork: mostly<boolean | undefined>(undefined, false, true),
      hostPID: mostly<boolean | undefined>(undefined, false, true),
      hostUsers: fc.constantFrom(undefined, true, false),
      os: fc.constantFrom<(JsonObject | undefined)[]>(undefined, { name: 'linux' }, { name: 'windows' }),
      volumes: mostly<Json | undefined>(
        undefined,
        [{ name: 'e' }],
        [{ name: 'c', configMap: {} }],
        [{ name: 'h', hostPath: { path: '/' } }],
        [
          { name: 'n', nfs: {} },
          { name: 'i', image: {} },
        ],
      ),
      securityContext: fc.option(
        fc
          .record({
            ...common,
            sysctls: mostly<Json | undefined>(undefined, [], [{ name: 'net.ipv4.tcp_rmem' }], [{ name: 'kernel.msgmax' }]),
          })
          .map(compact),
        { nil: undefined, freq: 30 },
      ),
    })
    .map(compact);
  const annotations = mostly<JsonObject>(
    {},
    { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' },
    { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' },
  );
  return fc.record({ spec, annotations }).map((made) => pod(made.spec, made.annotations));
}
