import type { Json, JsonObject } from '../../src/cluster/json.ts';

/** Repeatable random choices: the same seed, the same cases. */
export class Choices {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(bound: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * bound);
  }

  one<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const odd = [
  '0',
  '+5',
  '1.500',
  '0.0001',
  '1e3',
  '12E',
  '1000E',
  '1Ki',
  '1.1Ki',
  '0009Ki',
  '1n',
  '.5',
  '1.',
  '0.1Mi',
  '1025Mi',
  '3e-1',
  '99999999999999999999',
];
const wrong = ['-1', '-100m', 'abc', '1gb', '1 Gi', '', '1ee3', '--1', '1e', '5kk', null, 2, 0.25, 1500000];
const amounts: Readonly<Record<string, readonly string[]>> = {
  cpu: ['50m', '100m', '200m', '250m', '500m', '700m', '1', '1500m', '2', '1.5', '4'],
  memory: ['32Mi', '64Mi', '100M', '128Mi', '256Mi', '512Mi', '1Gi', '1.5Gi', '2Gi', '1e9'],
  'ephemeral-storage': ['100Mi', '1Gi', '2Gi', '500M'],
  'hugepages-2Mi': ['2Mi', '4Mi', '3Mi', '64Mi'],
  'hugepages-1Gi': ['1Gi', '2Gi'],
  'nvidia.com/gpu': ['1', '2', '0', '1500m', '4'],
  'example.com/foo': ['1', '3'],
};

function amount(choices: Choices, resource: string): Json {
  const roll = choices.below(100);
  if (roll < 3) return choices.one(wrong);
  if (roll < 9) return choices.one(odd);
  return choices.one(amounts[resource] ?? ['1']);
}

function list(choices: Choices, resources: readonly string[], percent: number): JsonObject | undefined {
  const chosen = resources.filter(() => choices.chance(percent));
  if (chosen.length === 0 && choices.chance(85)) return undefined;
  return Object.fromEntries(chosen.map((name) => [name, amount(choices, name)]));
}

function requirements(choices: Choices, rare: boolean): JsonObject | undefined {
  if (choices.chance(20)) return undefined;
  const resources = [
    'cpu',
    'memory',
    ...(rare
      ? choices.one([
          ['ephemeral-storage'],
          ['hugepages-2Mi'],
          ['nvidia.com/gpu'],
          ['example.com/foo', 'hugepages-1Gi'],
          ['storage'],
          ['example.com'],
          ['requests.cpu'],
          ['a/b/c'],
        ])
      : []),
  ];
  const requests = list(choices, resources, 55);
  const limits = list(choices, resources, 55);
  return { ...(requests === undefined ? {} : { requests }), ...(limits === undefined ? {} : { limits }) };
}

/** A pod that is valid but for its resources. */
export function generatePod(choices: Choices, name: string, mayGenerateName: boolean): JsonObject {
  const rare = choices.chance(25);
  const container = (title: string, initial: boolean): JsonObject => {
    const resources = requirements(choices, rare);
    return {
      name: title,
      image: 'x',
      ...(resources === undefined ? {} : { resources }),
      ...(initial && choices.chance(40) ? { restartPolicy: 'Always' } : {}),
    };
  };
  const podLevel = choices.chance(20) ? requirements(choices, choices.chance(20)) : undefined;
  const initial = choices.chance(40)
    ? Array.from({ length: 1 + choices.below(3) }, (_, index) => container(`i${index}`, true))
    : [];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: mayGenerateName && choices.chance(6) ? { generateName: 'g-' } : { name },
    spec: {
      automountServiceAccountToken: false,
      containers: Array.from({ length: 1 + choices.below(3) }, (_, index) => container(`c${index}`, false)),
      ...(initial.length === 0 ? {} : { initContainers: initial }),
      ...(podLevel === undefined ? {} : { resources: podLevel }),
      ...(choices.chance(15) ? { runtimeClassName: choices.one(['heavy', 'plain', 'absent']) } : {}),
      ...(choices.chance(5) ? { overhead: { cpu: '250m', memory: '32Mi' } } : {}),
      ...(choices.chance(20) ? { priorityClassName: choices.one(['high', 'low', 'absent', 'system-cluster-critical']) } : {}),
      ...(choices.chance(20) ? { activeDeadlineSeconds: choices.one([10, 1000, 0]) } : {}),
      ...(choices.chance(10)
        ? {
            affinity: {
              podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [
                  { topologyKey: 'zone', labelSelector: {}, namespaces: ['other'] },
                ],
              },
            },
          }
        : {}),
    },
  };
}

const limitRange = (...limits: Json[]): JsonObject => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'l' },
  spec: { limits },
});
const quota = (name: string, hard: JsonObject, used: JsonObject, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name },
  spec: { hard, ...more },
  status: { hard, used },
});
const scoped = (scopeName: string, operator: string, values?: readonly string[]): JsonObject => ({
  scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values === undefined ? {} : { values }) }] },
});

/** What a namespace of the test holds. */
export const setups: Readonly<Record<string, readonly JsonObject[]>> = {
  none: [],
  'default-max': [limitRange({ type: 'Container', max: { cpu: '1', memory: '1Gi' }, min: { cpu: '100m' } })],
  defaults: [limitRange({ type: 'Container', default: { cpu: '500m', memory: '256Mi' }, defaultRequest: { cpu: '200m' } })],
  ratio: [
    limitRange(
      { type: 'Container', maxLimitRequestRatio: { cpu: '1.5', memory: '2' } },
      { type: 'Pod', maxLimitRequestRatio: { cpu: '3' } },
    ),
  ],
  pod: [limitRange({ type: 'Pod', max: { cpu: '2', memory: '1Gi' }, min: { cpu: '150m' } })],
  rare: [
    limitRange({
      type: 'Container',
      max: { 'nvidia.com/gpu': '2', 'hugepages-2Mi': '4Mi', 'ephemeral-storage': '1Gi' },
      default: { 'example.com/foo': '2' },
    }),
  ],
  zero: [limitRange({ type: 'Container', default: { cpu: '0' }, min: { memory: '-1' }, max: { memory: '1.500Gi' } })],
  compute: [
    quota(
      'q',
      { 'requests.cpu': '1', 'limits.cpu': '2', 'requests.memory': '1Gi', 'limits.memory': '2Gi' },
      { 'requests.cpu': '500m', 'limits.cpu': '1', 'requests.memory': '1Mi', 'limits.memory': '0' },
    ),
  ],
  plain: [
    quota(
      'q',
      { cpu: '1', memory: '1Gi', pods: '5', 'count/pods': '9' },
      { cpu: '0', memory: '0', pods: '4', 'count/pods': '9' },
    ),
  ],
  extended: [
    quota(
      'q',
      {
        'requests.nvidia.com/gpu': '1',
        'requests.hugepages-2Mi': '2Mi',
        'hugepages-1Gi': '1Gi',
        'requests.ephemeral-storage': '1Gi',
        'limits.ephemeral-storage': '1Gi',
        'requests.example.com/foo': '2',
      },
      {
        'requests.nvidia.com/gpu': '0',
        'requests.hugepages-2Mi': '0',
        'hugepages-1Gi': '0',
        'requests.ephemeral-storage': '0',
        'limits.ephemeral-storage': '0',
        'requests.example.com/foo': '1',
      },
    ),
  ],
  best: [quota('q', { pods: '0' }, { pods: '0' }, { scopes: ['BestEffort'] })],
  terminating: [
    quota('q', { pods: '0', 'limits.cpu': '1' }, { pods: '0', 'limits.cpu': '0' }, { scopes: ['Terminating', 'NotBestEffort'] }),
  ],
  priority: [quota('q', { pods: '0' }, { pods: '0' }, scoped('PriorityClass', 'In', ['high', 'low']))],
  'no-priority': [quota('q', { pods: '0' }, { pods: '0' }, scoped('PriorityClass', 'DoesNotExist'))],
  cross: [quota('q', { pods: '0' }, { pods: '0' }, scoped('CrossNamespacePodAffinity', 'Exists'))],
  unknown: [quota('q', { pods: '5', configmaps: '3' }, {})],
  both: [
    limitRange({ type: 'Container', default: { cpu: '400m', memory: '128Mi' }, defaultRequest: { cpu: '100m' } }),
    quota('q', { 'requests.cpu': '500m', 'limits.memory': '300Mi' }, { 'requests.cpu': '0', 'limits.memory': '0' }),
  ],
};

/** What the whole cluster of the test holds. */
export const world: readonly JsonObject[] = [
  { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'high' }, value: 1000 },
  { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'low' }, value: 10 },
  {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'heavy' },
    handler: 'h',
    overhead: { podFixed: { cpu: '250m', memory: '32Mi' } },
  },
  { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'plain' }, handler: 'h' },
];

/** A pod with some requests and limits of its containers changed. */
export function resized(choices: Choices, pod: JsonObject): JsonObject {
  const spec = pod['spec'] as JsonObject;
  const change = (value: Json): Json => {
    const container = value as JsonObject;
    if (choices.chance(40)) return container;
    const before = (container['resources'] ?? {}) as JsonObject;
    const lists = ['requests', 'limits'].map((kind) => {
      const given = Object.entries((before[kind] ?? {}) as JsonObject);
      const kept = given
        .filter(() => choices.chance(95))
        .map(([name, old]) => [name, choices.chance(50) ? choices.one(amounts[name] ?? ['1']) : old]);
      const added = choices.chance(10) ? [['cpu', choices.one(amounts['cpu'] ?? ['1'])]] : [];
      return [kind, Object.fromEntries([...added, ...kept])];
    });
    return { ...container, resources: { ...before, ...Object.fromEntries(lists) } };
  };
  const list = (name: string) => (Array.isArray(spec[name]) ? { [name]: (spec[name] as Json[]).map(change) } : {});
  const podLevel =
    spec['resources'] === undefined ? {} : { resources: (change({ resources: spec['resources'] }) as JsonObject)['resources'] };
  return { ...pod, spec: { ...spec, ...list('containers'), ...list('initContainers'), ...podLevel } };
}

/** A quota of object counts and storage with random room, and bounds on claims. */
export function countingLimits(choices: Choices, name: string): { readonly limitRange: JsonObject; readonly quota: JsonObject } {
  const names = [
    'configmaps',
    'count/configmaps',
    'count/secrets',
    'secrets',
    'services',
    'services.nodeports',
    'services.loadbalancers',
    'count/services',
    'persistentvolumeclaims',
    'requests.storage',
    'gold.storageclass.storage.k8s.io/requests.storage',
    'gold.storageclass.storage.k8s.io/persistentvolumeclaims',
    'count/jobs.batch',
    'count/deployments.apps',
    'count/leases.coordination.k8s.io',
    'count/limitranges',
    'replicationcontrollers',
  ];
  const chosen = names.filter(() => choices.chance(60));
  const hard = Object.fromEntries(
    chosen.map((entry) => [entry, entry.endsWith('requests.storage') ? choices.one(['5Gi', '10Gi']) : String(choices.below(4))]),
  );
  const used = Object.fromEntries(
    chosen
      .filter(() => choices.chance(97))
      .map((entry) => [entry, entry.endsWith('requests.storage') ? choices.one(['0', '3Gi']) : String(choices.below(2))]),
  );
  const bounds = {
    type: 'PersistentVolumeClaim',
    min: { storage: choices.one(['1Gi', '500Mi']) },
    max: { storage: choices.one(['6Gi', '8G']) },
  };
  return { limitRange: { ...limitRange(bounds), metadata: { name } }, quota: quota(name, hard, used) };
}

/** One object of each of several kinds, by the path it is posted to. */
export function countedObjects(choices: Choices, base: string): readonly (readonly [string, JsonObject])[] {
  const group = (prefix: string) => base.replace('/api/v1', prefix);
  const meta = { name: 'x' };
  const template = {
    metadata: { labels: { a: 'b' } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] },
  };
  const claim = (storage: Json | undefined): JsonObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: meta,
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(choices.chance(50) ? { storageClassName: choices.one(['gold', 'silver', '']) } : {}),
      resources: storage === undefined ? {} : { requests: { storage } },
    },
  });
  const service = (): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta,
    spec: {
      type: choices.one(['ClusterIP', 'NodePort', 'LoadBalancer']),
      ports: Array.from({ length: 1 + choices.below(2) }, (_, index) => ({ name: `p${index}`, port: 80 + index })),
    },
  });
  const loadBalancer = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta,
    spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] },
  };
  return [
    [`${base}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta }],
    [`${base}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: meta }],
    [`${base}/limitranges`, { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'other' }, spec: { limits: [] } }],
    [`${base}/services`, service()],
    [`${base}/services`, service()],
    [`${base}/services`, loadBalancer],
    ...['1Gi', '7Gi', '100Mi', '8G', '1.5', undefined, '0', '-1Gi', 'x', '2500000001m'].map(
      (storage) => [`${base}/persistentvolumeclaims`, claim(storage)] as const,
    ),
    [group('/apis/batch/v1').concat('/jobs'), { apiVersion: 'batch/v1', kind: 'Job', metadata: meta, spec: { template } }],
    [
      group('/apis/coordination.k8s.io/v1').concat('/leases'),
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: meta, spec: {} },
    ],
  ];
}

const boundLists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'];

/** A LimitRange or ResourceQuota, often with faults. */
export function generateObject(choices: Choices, name: string): JsonObject {
  return choices.chance(50) ? generateLimitRange(choices, name) : generateQuota(choices, name);
}

function generateLimitRange(choices: Choices, name: string): JsonObject {
  const item = (): JsonObject => {
    const resources = choices.one([
      ['cpu'],
      ['cpu', 'memory'],
      ['nvidia.com/gpu'],
      ['storage'],
      ['foo'],
      ['hugepages-2Mi'],
      ['a.b/c/d'],
      ['Bad_Domain/x'],
    ]);
    const type = choices.one([
      'Container',
      'Container',
      'Container',
      'Pod',
      'PersistentVolumeClaim',
      'Image',
      'example.com/Thing',
      '',
      'a b',
    ]);
    const lists = boundLists.filter(() => choices.chance(40)).map((bound) => [bound, list(choices, resources, 90) ?? {}]);
    return { type, ...Object.fromEntries(lists) };
  };
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: choices.chance(4) ? 'Bad_Name' : name },
    spec: { limits: Array.from({ length: 1 + choices.below(2) }, item) },
  };
}

function generateQuota(choices: Choices, name: string): JsonObject {
  const names = [
    'pods',
    'cpu',
    'limits.memory',
    'requests.storage',
    'configmaps',
    'count/jobs.batch',
    'foo',
    'nvidia.com/gpu',
    'requests.nvidia.com/gpu',
    'hugepages-2Mi',
    'services.nodeports',
    'count/',
    'storage',
    'gold.storageclass.storage.k8s.io/requests.storage',
    'limits.storage',
  ];
  const hard = Object.fromEntries(
    Array.from({ length: 1 + choices.below(2) }, () => [
      choices.one(names),
      choices.one<Json>(['1', '2', '1500m', '-1', '1Gi', 'x', '0', '1.5']),
    ]),
  );
  const scopes = [
    'BestEffort',
    'NotBestEffort',
    'Terminating',
    'NotTerminating',
    'PriorityClass',
    'CrossNamespacePodAffinity',
    'VolumeAttributesClass',
    'Other',
  ];
  const expression = (): JsonObject => ({
    scopeName: choices.one(scopes),
    operator: choices.one(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', '']),
    ...(choices.chance(50) ? { values: choices.one([[], ['a'], ['a', 'b<c']]) } : {}),
  });
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name },
    spec: {
      hard,
      ...(choices.chance(30) ? { scopes: Array.from({ length: 1 + choices.below(2) }, () => choices.one(scopes)) } : {}),
      ...(choices.chance(35)
        ? { scopeSelector: { matchExpressions: Array.from({ length: 1 + choices.below(2) }, expression) } }
        : {}),
    },
  };
}
