import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { assess } from '../../src/assess/assess.ts';
import type { Json } from '../../src/cluster/json.ts';
import { parseDocuments } from '../../src/cluster/yaml/parse.ts';
import { collect } from '../../src/collect/collect.ts';
import { catalogue } from '../../src/controls/catalogue.ts';
import { defaultSettings } from '../../src/controls/settings.ts';
import { bulwark, now, root } from './bulwark.ts';

let work: string;
let count = 0;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'bulwark-properties-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

type Verdicts = Readonly<Record<string, Json>>;

/** What a scan of these files says, without places: control → verdict, and every finding's verdict and subject. */
async function verdictsOf(files: Readonly<Record<string, string>>, paths?: readonly string[]): Promise<Verdicts> {
  const folder = join(work, String(count++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const cluster = await collect({
    paths: (paths ?? ['.']).map((path) => join(folder, path)),
    hostRoots: [],
    auditLogs: [],
    names: [],
  });
  rmSync(folder, { recursive: true, force: true });
  const results = assess(cluster, { controls: catalogue, settings: defaultSettings, now });
  return Object.fromEntries(
    results.map(({ id, verdict, findings }) => [
      id,
      [
        verdict,
        ...findings.map((finding) => JSON.stringify([finding.verdict, finding.subject, finding.assertion ?? null])).toSorted(),
      ],
    ]),
  );
}

/** Objects of the example, few enough for many scans, and one of each kind that a control reads. */
function exampleObjects(): readonly Json[] {
  const kinds = [
    'deployments',
    'daemonsets',
    'namespaces',
    'limitranges',
    'networkpolicies',
    'clusterrolebindings',
    'serviceaccounts',
    'resourcequotas',
  ];
  return kinds.flatMap((kind) => {
    const path = join(root, `examples/minikube/objects/${kind}.yaml`);
    return parseDocuments(readFileSync(path, 'utf8'), path).documents.flatMap(({ value }) => {
      const list = value as { items?: readonly Json[]; apiVersion: string; kind: string };
      return (list.items ?? [value]).map((item) => ({
        apiVersion: list.apiVersion,
        kind: list.kind.replace(/List$/, ''),
        ...(item as object),
      }));
    });
  });
}

const shuffled = <T>(items: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...items], { minLength: items.length });

describe('the same verdicts', () => {
  const objects = exampleObjects();
  const plain = (): Promise<Verdicts> => verdictsOf({ 'all.yaml': objects.map((object) => stringify(object)).join('---\n') });

  it('in whatever order, files, format and list the objects stand', async () => {
    const wanted = await plain();
    await fc.assert(
      fc.asyncProperty(
        shuffled(objects),
        fc.infiniteStream(fc.nat(5)),
        fc.constantFrom('yaml', 'json', 'list'),
        async (order, places, style) => {
          const groups = new Map<number, Json[]>();
          for (const object of order) {
            const place = places.next().value ?? 0;
            groups.set(place, [...(groups.get(place) ?? []), object]);
          }
          const files = [...groups].map(([place, members]): [string, string] => {
            if (style === 'list') return [`${place}/l.json`, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: members })];
            const texts = members.map((object) => (style === 'yaml' ? stringify(object) : JSON.stringify(object)));
            return [`f${place}.yaml`, texts.join('\n---\n')];
          });
          expect(await verdictsOf(Object.fromEntries(files))).toEqual(wanted);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('in whatever order the sources are named', async () => {
    const files = Object.fromEntries(objects.map((object, index) => [`${index}.yaml`, stringify(object)]));
    const wanted = await verdictsOf(files);
    await fc.assert(
      fc.asyncProperty(shuffled(Object.keys(files)), async (paths) => {
        expect(await verdictsOf(files, paths)).toEqual(wanted);
      }),
      { numRuns: 5 },
    );
  });

  it('where one name stands for several objects that differ', async () => {
    const pod = (spec: object): string =>
      stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p', namespace: 'a' },
        spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
      });
    const variants = [
      pod({}),
      pod({ hostNetwork: true }),
      pod({ hostPID: true }),
      pod({ securityContext: { runAsNonRoot: true } }),
    ];
    const wanted = await verdictsOf({ 'a.yaml': variants.join('---\n') });
    expect(wanted['workload-host-namespaces']).toEqual(expect.arrayContaining(['fail']));
    await fc.assert(
      fc.asyncProperty(shuffled(variants), async (order) => {
        expect(await verdictsOf({ 'a.yaml': order.join('---\n') })).toEqual(wanted);
      }),
      { numRuns: 6 },
    );
  });
});

type Flag = readonly [name: string, value: string];

/** Flags that no two of which say the same; lists that add up are whole in one flag. */
const flags: readonly Flag[] = [
  ['anonymous-auth', 'false'],
  ['authorization-mode', 'Node,RBAC'],
  ['enable-admission-plugins', 'NodeRestriction,AlwaysPullImages'],
  ['disable-admission-plugins', 'PodSecurity'],
  ['etcd-servers', 'https://127.0.0.1:2379'],
  ['etcd-cafile', '/e/ca.crt'],
  ['etcd-certfile', '/e/c.crt'],
  ['etcd-keyfile', '/e/c.key'],
  ['kubelet-certificate-authority', '/k/ca.crt'],
  ['kubelet-client-certificate', '/k/c.crt'],
  ['kubelet-client-key', '/k/c.key'],
  ['token-auth-file', '/t/tokens.csv'],
  ['audit-log-path', '/var/log/a.log'],
  ['audit-log-maxage', '30'],
  ['profiling', 'true'],
  ['bind-address', '0.0.0.0'],
  ['secure-port', '6443'],
  ['service-cluster-ip-range', '10.0.0.0/12'],
  ['feature-gates', 'AllAlpha=false'],
];

function apiServer(command: readonly string[], args: readonly string[]): string {
  const container = {
    name: 'kube-apiserver',
    image: 'registry.k8s.io/kube-apiserver:v1.31.0',
    command,
    ...(args.length === 0 ? {} : { args }),
  };
  return stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'kube-apiserver', namespace: 'kube-system' },
    spec: { hostNetwork: true, nodeName: 'cp', containers: [container] },
  });
}

describe('the same verdicts of an API server', () => {
  const isSwitch = ([, value]: Flag): boolean => value === 'true' || value === 'false';

  it('in whatever order and style its flags stand', async () => {
    const set = fc.subarray([...flags], { minLength: 1 });
    const styles = fc.infiniteStream(fc.record({ apart: fc.boolean(), underscores: fc.boolean(), bare: fc.boolean() }));
    await fc.assert(
      fc.asyncProperty(set, fc.boolean(), styles, fc.nat(), async (chosen, inCommand, style, seed) => {
        const wanted = await verdictsOf({
          'a.yaml': apiServer(['kube-apiserver', ...chosen.map(([name, value]) => `--${name}=${value}`)], []),
        });
        // A rotation and a reversal reach every neighbour without a second source of randomness.
        const turned = [...chosen.slice(seed % chosen.length), ...chosen.slice(0, seed % chosen.length)];
        const words = (seed % 2 === 0 ? turned : turned.toReversed()).flatMap((flag) => {
          const { apart = false, underscores = false, bare = false } = style.next().value ?? {};
          const name = underscores ? flag[0].replaceAll('-', '_') : flag[0];
          if (bare && flag[1] === 'true') return [`--${name}`];
          return apart && !isSwitch(flag) ? [`--${name}`, flag[1]] : [`--${name}=${flag[1]}`];
        });
        const text = inCommand ? apiServer(['kube-apiserver', ...words], []) : apiServer(['kube-apiserver'], words);
        expect(await verdictsOf({ 'a.yaml': text })).toEqual(wanted);
      }),
      { numRuns: 40 },
    );
  });

  it('whether a manifest, a unit or a file of arguments says it', async () => {
    const words = flags.map(([name, value]) => `--${name}=${value}`);
    const strip = (verdicts: Verdicts): Verdicts =>
      Object.fromEntries(Object.entries(verdicts).map(([id, list]) => [id, (list as readonly string[])[0] ?? '']));
    const unit = strip(
      await verdictsOf({ 'kube-apiserver.service': `[Service]\nExecStart=/usr/bin/kube-apiserver ${words.join(' \\\n  ')}\n` }),
    );
    expect(strip(await verdictsOf({ 'kube-apiserver.args': `${words.join('\n')}\n` }))).toEqual(unit);
    const argv = ['/usr/bin/kube-apiserver', ...words].join('\0');
    expect(strip(await verdictsOf({ 'api.cmdline': `${argv}\0` }))).toEqual(unit);
    expect(unit['authn-static-token-file-absent']).toBe('fail');
  });
});

describe('the same input', () => {
  it('gives the same bytes in every format', async () => {
    const formats = ['json', 'sarif', 'junit', 'markdown', 'html', 'csv', 'text'];
    const run = async (name: string): Promise<readonly Buffer[]> => {
      const files = formats.map((format) => join(work, `${name}.${format}`));
      const outputs = formats.flatMap((format, index) => ['-o', `${format}=${files[index] ?? ''}`]);
      await bulwark(['scan', 'examples/minikube', '--now', now, '--details', ...outputs]);
      return files.map((file) => readFileSync(file));
    };
    const [one, two] = [await run('one'), await run('two')];
    for (const [index, bytes] of one.entries()) expect(two[index]?.equals(bytes), formats[index]).toBe(true);
  });
});
