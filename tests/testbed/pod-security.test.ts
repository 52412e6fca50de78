import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admitPodSecurity } from '../../src/admission/pod-security/admit.ts';
import { unconfigured } from '../../src/admission/pod-security/configuration.ts';
import type { PodSecurityRequest } from '../../src/admission/pod-security/request.ts';
import { warningHeaders } from '../../src/admission/warning-headers.ts';
import type { Json, JsonObject } from '../../src/cluster/json.ts';
import { objectAt, stringAt } from '../../src/cluster/json.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import { findTestbeds } from '../../testbed/find.ts';
import type { ApiResponse } from '../../testbed/request.ts';

const testbeds = findTestbeds();
const seed = 20261126;
const prefix = 'pod-security.kubernetes.io/';
const versions =
  'v1.0 v1.7 v1.8 v1.18 v1.19 v1.21 v1.22 v1.23 v1.24 v1.25 v1.26 v1.27 v1.28 v1.29 v1.30 v1.31 v1.32 v1.33 v1.34 v1.35 v1.36 v1.37 v1.39 latest'.split(
    ' ',
  );

interface Verdict {
  readonly allowed: boolean;
  readonly message: string | undefined;
  readonly warnings: readonly string[];
}

describe.skipIf(testbeds.length === 0)('PodSecurity (needs a testbed: node testbed/build.mjs)', () => {
  describe.each(testbeds)('of $version', (testbed) => {
    const server = { minor: testbed.minor };
    let plane: ControlPlane;

    beforeAll(async () => {
      // Without the controller manager there are no service accounts; what they would add, Pod Security does not look at.
      plane = await startControlPlane(testbed, { flags: { 'disable-admission-plugins': 'ServiceAccount' } });
    });
    afterAll(async () => {
      await plane.stop();
    });

    async function createNamespace(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
      expect((await plane.request('POST', '/api/v1/namespaces', body)).status).toBe(201);
    }

    function decide(request: Partial<PodSecurityRequest>): Verdict {
      const whole: PodSecurityRequest = {
        operation: 'CREATE',
        resource: 'pods',
        group: '',
        subresource: '',
        object: {},
        oldObject: {},
        namespace: { name: '', labels: {} },
        username: 'admin',
        pods: [],
        ...request,
      };
      const response = admitPodSecurity(whole, unconfigured, server);
      return { allowed: response.allowed, message: response.message, warnings: warningHeaders(response.warnings) };
    }

    it('judges pods as the server does, at every level and version', async () => {
      const pods = fc.sample(arbitraryPod(), { numRuns: 500, seed });
      const namespaces = versions.flatMap((version) => ['baseline', 'restricted'].map((level) => ({ level, version })));
      for (const [index, { level, version }] of namespaces.entries()) {
        await createNamespace(`level-${index}`, { [`${prefix}enforce`]: level, [`${prefix}enforce-version`]: version });
      }
      let compared = 0;
      const wrong: unknown[] = [];
      for (const [index, pod] of pods.entries()) {
        const at = (index * 7) % namespaces.length;
        const { level, version } = namespaces[at]!;
        const response = await plane.request('POST', `/api/v1/namespaces/level-${at}/pods?dryRun=All`, pod);
        // Refused by validation: the plugin was not asked.
        if (response.status !== 201 && response.status !== 403) continue;
        compared++;
        const labels = { [`${prefix}enforce`]: level, [`${prefix}enforce-version`]: version };
        const own = decide({ object: pod, namespace: { name: `level-${at}`, labels } });
        const real = verdictOf(response);
        if (JSON.stringify(own) !== JSON.stringify(real)) wrong.push({ level, version, pod, own, real });
      }
      expect(wrong.slice(0, 3)).toEqual([]);
      expect(compared).toBeGreaterThan(250);
    });

    it('warns about workloads as the server does', async () => {
      const pods = fc.sample(arbitraryPod(), { numRuns: 60, seed: seed + 1 });
      const labels = { [`${prefix}warn`]: 'restricted', [`${prefix}enforce`]: 'baseline' };
      await createNamespace('warn', labels);
      let compared = 0;
      for (const pod of pods) {
        const object = {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'w' },
          spec: {
            selector: { matchLabels: { app: 'w' } },
            template: { metadata: { ...objectAt(pod['metadata']), labels: { app: 'w' } }, spec: pod['spec'] ?? null },
          },
        };
        const response = await plane.request('POST', '/apis/apps/v1/namespaces/warn/deployments?dryRun=All', object);
        if (response.status !== 201) continue;
        compared++;
        const own = decide({ group: 'apps', resource: 'deployments', object, namespace: { name: 'warn', labels } });
        expect(own).toEqual(verdictOf(response));
      }
      expect(compared).toBeGreaterThan(25);
    });

    it('looks at existing pods, and at the labels, as the server does', async () => {
      await createNamespace('existing', {});
      const pods: JsonObject[] = [];
      for (const [index, pod] of fc.sample(arbitraryPod(), { numRuns: 60, seed: seed + 2 }).entries()) {
        const named: JsonObject = { ...pod, metadata: { ...objectAt(pod['metadata']), name: `p${index}` } };
        const response = await plane.request('POST', '/api/v1/namespaces/existing/pods', named);
        if (response.status === 201) pods.push(named);
      }
      expect(pods.length).toBeGreaterThan(25);
      const changes: Readonly<Record<string, string>>[] = [
        ...['baseline', 'restricted', 'privileged', 'strict', ''].map((level) => ({ [`${prefix}enforce`]: level })),
        ...['v1.0', 'v1.24', 'v1.35', '1.25', 'v1.25.3'].map((version) => ({
          [`${prefix}enforce`]: 'restricted',
          [`${prefix}enforce-version`]: version,
        })),
        { [`${prefix}warn`]: 'restricted', [`${prefix}audit`]: 'x', [`${prefix}warn-version`]: 'v2.0' },
      ];
      const oldObject: JsonObject = { metadata: { name: 'existing', labels: {} } };
      for (const labels of changes) {
        const object: JsonObject = { metadata: { name: 'existing', labels } };
        const own = decide({ operation: 'UPDATE', resource: 'namespaces', object, oldObject, pods });
        // The server's own view of the pods is a little behind its storage.
        const ask = async () => verdictOf(await plane.request('PATCH', '/api/v1/namespaces/existing?dryRun=All', object));
        await expect.poll(ask, { timeout: 10_000, interval: 200 }).toEqual(own);
      }
    });
  });
});

function verdictOf(response: ApiResponse): Verdict {
  const allowed = response.status < 300;
  const headers = [response.headers['warning'] ?? []].flat().join(', ');
  const warnings = [...headers.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replace(/\\(.)/g, '$1'));
  const ours = warnings.filter((text) => /PodSecurity|^p\d+( \(and|:)/.test(text));
  return { allowed, message: allowed ? undefined : stringAt(objectAt(response.body as Json)['message']), warnings: ours };
}

/** Pods that validation mostly lets through, with every field that a check reads. */
function arbitraryPod(): fc.Arbitrary<JsonObject> {
  const mostly = <T>(usual: T, ...rare: T[]) =>
    fc.oneof(
      { weight: 3 * rare.length, arbitrary: fc.constant(usual) },
      ...rare.map((value) => ({ weight: 1, arbitrary: fc.constant(value) })),
    );
  const profile = (usual: JsonObject | undefined) =>
    mostly<JsonObject | undefined>(
      usual,
      { type: 'Localhost', localhostProfile: 'p' },
      { type: 'Unconfined' },
      usual === undefined ? { type: 'RuntimeDefault' } : undefined,
    );
  const seLinux = mostly<JsonObject | undefined>(
    undefined,
    {},
    { type: 'container_t' },
    { type: 'container_engine_t' },
    { type: 'x', user: 'u' },
    { role: 'r', level: 's0' },
  );
  const context = fc
    .record({
      runAsNonRoot: mostly<boolean | undefined>(undefined, true, false),
      runAsUser: mostly<number | undefined>(undefined, 1000, 0),
      seccompProfile: profile(undefined),
      appArmorProfile: profile(undefined),
      seLinuxOptions: seLinux,
      privileged: mostly<boolean | undefined>(undefined, false),
      allowPrivilegeEscalation: mostly<boolean | undefined>(false, undefined, true),
      procMount: mostly<string | undefined>(undefined, 'Default', 'Unmasked'),
      capabilities: mostly<JsonObject | undefined>(
        { drop: ['ALL'] },
        undefined,
        { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
        { add: ['CHOWN', 'SYS_ADMIN'] },
        { add: ['net_raw', 'CAP_KILL'], drop: ['NET_RAW'] },
      ),
    })
    .map(compact);
  const common = {
    image: fc.constant('registry.example/x'),
    securityContext: fc.oneof(
      { weight: 5, arbitrary: context },
      { weight: 1, arbitrary: fc.constantFrom<JsonObject | undefined>(undefined, { privileged: true }) },
    ),
    ports: mostly<Json | undefined>(
      undefined,
      [{ containerPort: 80 }],
      [
        { containerPort: 443, hostPort: 443 },
        { containerPort: 80, hostPort: 80 },
      ],
    ),
  };
  const container = fc
    .record({
      ...common,
      livenessProbe: mostly<JsonObject | undefined>(
        undefined,
        { httpGet: { port: 80 } },
        { tcpSocket: { port: 80, host: 'a.example' } },
      ),
      startupProbe: mostly<JsonObject | undefined>(undefined, { httpGet: { port: 80, host: 'b.example' } }),
      lifecycle: mostly<JsonObject | undefined>(undefined, { preStop: { httpGet: { port: 80, host: 'c.example' } } }),
    })
    .map(compact);
  const names = (list: readonly JsonObject[], letter: string) =>
    list.map((item, index) => ({ name: `${letter}${index}`, ...item }));
  const spec = fc
    .record({
      containers: fc.array(container, { minLength: 1, maxLength: 3 }).map((list) => names(list, 'c')),
      initContainers: fc.array(fc.record(common).map(compact), { maxLength: 1 }).map((list) => names(list, 'i')),
      hostNetwork: mostly<boolean | undefined>(undefined, true),
      hostPID: mostly<boolean | undefined>(undefined, false, true),
      hostIPC: mostly<boolean | undefined>(undefined, true),
      hostUsers: mostly<boolean | undefined>(undefined, false, true),
      volumes: mostly<Json | undefined>(
        undefined,
        [{ name: 'e' }, { name: 'm', emptyDir: {} }],
        [
          { name: 'h', hostPath: { path: '/' } },
          { name: 'n', nfs: { server: 's', path: '/' } },
        ],
        [{ name: 'i', image: { reference: 'x' } }],
      ),
      securityContext: fc.option(
        fc
          .record({
            runAsNonRoot: mostly<boolean | undefined>(true, undefined, false),
            runAsUser: mostly<number | undefined>(undefined, 0),
            seccompProfile: profile({ type: 'RuntimeDefault' }),
            appArmorProfile: profile(undefined),
            seLinuxOptions: seLinux,
            sysctls: mostly<Json | undefined>(
              undefined,
              [{ name: 'net.ipv4.tcp_rmem', value: '1' }],
              [
                { name: 'net.ipv4.tcp_notsent_lowat', value: '1' },
                { name: 'net.ipv4.tcp_fin_timeout', value: '1' },
              ],
            ),
          })
          .map(compact),
        { nil: undefined, freq: 5 },
      ),
    })
    .map(compact);
  const windows = fc.constantFrom<JsonObject>(
    { os: { name: 'windows' }, containers: [{ name: 'w', image: 'x' }] },
    {
      os: { name: 'windows' },
      containers: [{ name: 'w', image: 'x' }],
      securityContext: { runAsNonRoot: true, windowsOptions: { runAsUserName: 'u' } },
    },
    {
      os: { name: 'windows' },
      hostNetwork: true,
      securityContext: { windowsOptions: { hostProcess: true } },
      containers: [{ name: 'w', image: 'x' }],
    },
  );
  const annotations = mostly<JsonObject>(
    {},
    { 'container.apparmor.security.beta.kubernetes.io/c0': 'unconfined' },
    {
      'container.apparmor.security.beta.kubernetes.io/c0': 'localhost/p',
      'container.apparmor.security.beta.kubernetes.io/i0': 'unconfined',
    },
    {
      'seccomp.security.alpha.kubernetes.io/pod': 'docker/default',
      'container.seccomp.security.alpha.kubernetes.io/c0': 'runtime/default',
    },
  );
  return fc
    .record({ spec: fc.oneof({ weight: 15, arbitrary: spec }, { weight: 1, arbitrary: windows }), annotations })
    .map((made): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', annotations: made.annotations },
      spec: made.spec,
    }));
}

function compact(object: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as JsonObject;
}
