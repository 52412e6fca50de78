const rbac = 'rbac.authorization.k8s.io';

function clusterRole(name: string, rules: readonly object[]): object {
  return { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules };
}

function bound(name: string, role: string, ...subjects: readonly object[]): object {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects,
  };
}

const account = (namespace: string, name: string): object => ({ kind: 'ServiceAccount', name, namespace });
const group = (name: string): object => ({ apiGroup: rbac, kind: 'Group', name });
const user = (name: string): object => ({ apiGroup: rbac, kind: 'User', name });

function workload(kind: string, name: string, pod: object, more: object = {}): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'shop' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod }, ...more },
  };
}

const container = (more: object = {}): object => ({
  name: 'main',
  image: 'registry.example.com/app:1',
  env: [{ name: 'PASSWORD', value: 'marker-variable' }],
  ...more,
});

const pods: readonly object[] = [
  workload(
    'Deployment',
    'front',
    { containers: [container({ ports: [{ containerPort: 8080, name: 'http' }], args: ['--db=db.data.svc:5432'] })] },
    { replicas: 3 },
  ),
  workload('Deployment', 'agent', {
    hostNetwork: true,
    hostPID: true,
    containers: [
      container({ securityContext: { privileged: true, runAsUser: 0 }, ports: [{ containerPort: 9000, hostPort: 9000 }] }),
    ],
    volumes: [{ name: 'socket', hostPath: { path: '/run/containerd/containerd.sock' } }],
  }),
  workload(
    'StatefulSet',
    'queue',
    {
      securityContext: { seccompProfile: { type: 'Unconfined' }, runAsNonRoot: false },
      containers: [
        container({
          securityContext: { capabilities: { add: ['NET_ADMIN'] }, allowPrivilegeEscalation: true },
          resources: { requests: { cpu: '700m' } },
        }),
      ],
    },
    { serviceName: 'queue' },
  ),
  workload('DaemonSet', 'log', {
    initContainers: [container({ name: 'init' })],
    containers: [container({ resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '2', memory: '2Gi' } } })],
  }),
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'report', namespace: 'shop' },
    spec: {
      schedule: '0 4 * * *',
      jobTemplate: {
        spec: { template: { spec: { restartPolicy: 'Never', serviceAccountName: 'reporter', containers: [container()] } } },
      },
    },
  },
];

/** What a cluster looks like that nobody hardened: every object is one that a remedy changes, or leaves alone with a reason. */
export const softObjects = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    ...['shop', 'data', 'empty'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
    })),
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1' },
      spec: { providerID: 'aws:///eu-west-1a/i-1' },
      status: { addresses: [{ type: 'InternalIP', address: '10.0.0.4' }] },
    },
    ...['default', 'reporter'].map((name) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: 'shop' },
    })),
    ...pods,
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'front', namespace: 'shop' },
      spec: { type: 'LoadBalancer', selector: { app: 'front' }, ports: [{ port: 80, targetPort: 'http' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'db', namespace: 'data' },
      spec: { selector: { app: 'db' }, ports: [{ port: 5432 }] },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'open', namespace: 'data' },
      spec: {
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{}],
        egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'limits', namespace: 'shop' },
      spec: { limits: [{ type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' } }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'reporter-token', namespace: 'shop', annotations: { 'kubernetes.io/service-account.name': 'reporter' } },
      type: 'kubernetes.io/service-account-token',
    },
    clusterRole('everything-read', [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }]),
    bound('everything-read', 'everything-read', group('auditors')),
    clusterRole('scraper', [{ apiGroups: [''], resources: ['nodes', 'nodes/proxy'], verbs: ['get', 'list', 'create'] }]),
    bound('scraper', 'scraper', account('shop', 'scraper')),
    bound('kubelets', 'system:kubelet-api-admin', group('monitoring')),
    clusterRole('tenants', [
      { apiGroups: [rbac], resources: ['roles', 'rolebindings'], verbs: ['*'] },
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['validatingwebhookconfigurations'],
        verbs: ['get', 'create', 'delete'],
      },
    ]),
    bound('tenants', 'tenants', group('platform'), account('kube-system', 'tenant-controller')),
    bound('deployer', 'cluster-admin', account('shop', 'deployer')),
    bound('editors', 'edit', group('developers')),
    bound('world', 'view', user('system:anonymous'), group('system:unauthenticated')),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'default-view', namespace: 'shop' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'view' },
      subjects: [account('shop', 'default')],
    },
  ],
};

/** Objects that the guardrails refuse, by the name of the policy. */
export const refusedByGuardrails: Readonly<Record<string, object>> = {
  'bulwark-anonymous-bindings': bound('public', 'view', group('system:unauthenticated')),
  'bulwark-external-ips': {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'taken', namespace: 'data' },
    spec: { externalIPs: ['192.0.2.1'], selector: { app: 'db' }, ports: [{ port: 80 }] },
  },
  'bulwark-token-secrets': {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'token', namespace: 'data', annotations: { 'kubernetes.io/service-account.name': 'default' } },
    type: 'kubernetes.io/service-account-token',
  },
};

/** A pod with the runtime's socket, in a namespace where Pod Security does not refuse it first. */
export const podWithSocket = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'steers', namespace: 'lax' },
  spec: {
    automountServiceAccountToken: false,
    containers: [container()],
    volumes: [{ name: 'run', hostPath: { path: '/var/run/' } }],
  },
};
