// The objects of examples/minikube: what minikube and its user put into the report's cluster.

type Body = Readonly<Record<string, unknown>>;

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const rbacApi = 'rbac.authorization.k8s.io/v1';

/** API path and object, in the order in which they are sent. */
export function objects(
  manifests: readonly Body[],
  at: { readonly address: string; readonly version: string },
): readonly (readonly [string, Body])[] {
  return [
    ['/api/v1/nodes', node(at)],
    ...manifests.map((manifest): readonly [string, Body] => ['/api/v1/namespaces/kube-system/pods', mirrorPod(manifest)]),
    ...system,
    ...demo,
    ...addons,
  ];
}

function node({ address, version }: { readonly address: string; readonly version: string }): Body {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'minikube',
      labels: {
        'kubernetes.io/hostname': 'minikube',
        'kubernetes.io/os': 'linux',
        'minikube.k8s.io/name': 'minikube',
        'minikube.k8s.io/version': 'v1.34.0',
        'node-role.kubernetes.io/control-plane': '',
      },
    },
    spec: { podCIDR: '10.244.0.0/24' },
    status: {
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: 'minikube' },
      ],
      capacity: { cpu: '2', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '2', memory: '8Gi', pods: '110' },
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'docker://27.2.0',
        kernelVersion: '6.1.0',
        kubeProxyVersion: version,
        kubeletVersion: version,
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'Ubuntu 22.04.4 LTS',
        systemUUID: '',
      },
    },
  };
}

/** What the kubelet publishes for a static pod. */
function mirrorPod(manifest: Body): Body {
  const metadata = manifest['metadata'] as Readonly<Record<string, unknown>>;
  const name = String(metadata['name']);
  return {
    ...manifest,
    metadata: {
      ...metadata,
      name: `${name}-minikube`,
      annotations: {
        ...(metadata['annotations'] as object | undefined),
        'kubernetes.io/config.mirror': 'd41d8cd98f00b204e9800998ecf8427e',
        'kubernetes.io/config.source': 'file',
      },
    },
    spec: { ...(manifest['spec'] as object), nodeName: 'minikube' },
  };
}

interface Deployment {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly spec?: Body;
  readonly container?: Body;
  readonly kind?: 'Deployment' | 'DaemonSet';
}

function workload({
  name,
  namespace,
  image,
  spec = {},
  container = {},
  kind = 'Deployment',
}: Deployment): readonly [string, Body] {
  const labels = { app: name };
  const body = {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, labels },
    spec: {
      ...(kind === 'Deployment' ? { replicas: 1 } : {}),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image, ...container }], ...spec } },
    },
  };
  return [`/apis/apps/v1/namespaces/${namespace}/${kind === 'Deployment' ? 'deployments' : 'daemonsets'}`, body];
}

function account(namespace: string, name: string): readonly [string, Body] {
  return [
    `/api/v1/namespaces/${namespace}/serviceaccounts`,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
  ];
}

function clusterBinding(name: string, role: string, subject: Body): readonly [string, Body] {
  return [
    `${rbac}/clusterrolebindings`,
    {
      apiVersion: rbacApi,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [subject],
    },
  ];
}

const serviceAccount = (namespace: string, name: string): Body => ({ kind: 'ServiceAccount', name, namespace });
const group = (name: string): Body => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name });

const system: readonly (readonly [string, Body])[] = [
  account('kube-system', 'coredns'),
  account('kube-system', 'kube-proxy'),
  account('kube-system', 'storage-provisioner'),
  workload({
    name: 'coredns',
    namespace: 'kube-system',
    image: 'registry.k8s.io/coredns/coredns:v1.11.1',
    spec: { serviceAccountName: 'coredns' },
    container: { args: ['-conf', '/etc/coredns/Corefile'] },
  }),
  workload({
    name: 'kube-proxy',
    namespace: 'kube-system',
    kind: 'DaemonSet',
    image: 'registry.k8s.io/kube-proxy:v1.31.0',
    spec: { serviceAccountName: 'kube-proxy', hostNetwork: true },
    container: { securityContext: { privileged: true } },
  }),
  clusterBinding('kubeadm:node-proxier', 'system:node-proxier', serviceAccount('kube-system', 'kube-proxy')),
  clusterBinding(
    'storage-provisioner',
    'system:persistent-volume-provisioner',
    serviceAccount('kube-system', 'storage-provisioner'),
  ),
  clusterBinding('minikube-rbac', 'cluster-admin', serviceAccount('kube-system', 'default')),
  clusterBinding('kubeadm:cluster-admins', 'cluster-admin', group('kubeadm:cluster-admins')),
  clusterBinding(
    'kubeadm:kubelet-bootstrap',
    'system:node-bootstrapper',
    group('system:bootstrappers:kubeadm:default-node-token'),
  ),
  [
    `${rbac}/namespaces/kube-public/roles`,
    {
      apiVersion: rbacApi,
      kind: 'Role',
      metadata: { name: 'kubeadm:bootstrap-signer-clusterinfo', namespace: 'kube-public' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['cluster-info'], verbs: ['get'] }],
    },
  ],
  [
    `${rbac}/namespaces/kube-public/rolebindings`,
    {
      apiVersion: rbacApi,
      kind: 'RoleBinding',
      metadata: { name: 'kubeadm:bootstrap-signer-clusterinfo', namespace: 'kube-public' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'kubeadm:bootstrap-signer-clusterinfo' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:anonymous' }],
    },
  ],
];

/** The report's demo namespace: its ResourceQuota (Listing 5.3), its LimitRange (Listing 5.4), and the pod that asks for 700m. */
const demo: readonly (readonly [string, Body])[] = [
  ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } }],
  [
    '/api/v1/namespaces/demo/resourcequotas',
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'example-cpu-mem-resourcequota', namespace: 'demo' },
      spec: { hard: { 'requests.cpu': '1', 'requests.memory': '1Gi', 'limits.cpu': '2', 'limits.memory': '2Gi' } },
    },
  ],
  [
    '/api/v1/namespaces/demo/limitranges',
    {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'cpu-resource-constraint', namespace: 'demo' },
      spec: {
        limits: [
          {
            type: 'Container',
            default: { cpu: '500m' },
            defaultRequest: { cpu: '500m' },
            max: { cpu: '1' },
            min: { cpu: '100m' },
          },
        ],
      },
    },
  ],
  workload({
    name: 'frontend',
    namespace: 'demo',
    image: 'nginx:1.27',
    container: { resources: { requests: { cpu: '200m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } } },
  }),
  workload({
    name: 'reporting',
    namespace: 'demo',
    image: 'example.test/reporting:2.1',
    container: { resources: { requests: { cpu: '700m', memory: '256Mi' }, limits: { memory: '512Mi' } } },
  }),
  [
    '/api/v1/namespaces/demo/pods',
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'demo-pod', namespace: 'demo' },
      spec: {
        containers: [
          {
            name: 'nginx',
            image: 'nginx:1.27',
            resources: { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
          },
        ],
      },
    },
  ],
];

/** Add-ons as people install them. */
const addons: readonly (readonly [string, Body])[] = [
  ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubernetes-dashboard' } }],
  account('kubernetes-dashboard', 'kubernetes-dashboard'),
  clusterBinding('kubernetes-dashboard', 'cluster-admin', serviceAccount('kubernetes-dashboard', 'kubernetes-dashboard')),
  workload({
    name: 'kubernetes-dashboard',
    namespace: 'kubernetes-dashboard',
    image: 'docker.io/kubernetesui/dashboard:v2.7.0',
    spec: { serviceAccountName: 'kubernetes-dashboard', securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
    container: { securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsUser: 1001 } },
  }),
  ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'monitoring' } }],
  account('monitoring', 'node-agent'),
  [
    `${rbac}/clusterroles`,
    {
      apiVersion: rbacApi,
      kind: 'ClusterRole',
      metadata: { name: 'node-agent' },
      rules: [
        { apiGroups: [''], resources: ['nodes', 'nodes/proxy', 'pods'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: ['*'], resources: ['*'], verbs: ['get'] },
      ],
    },
  ],
  clusterBinding('node-agent', 'node-agent', serviceAccount('monitoring', 'node-agent')),
  workload({
    name: 'node-agent',
    namespace: 'monitoring',
    kind: 'DaemonSet',
    image: 'example.test/node-agent:0.9',
    spec: {
      serviceAccountName: 'node-agent',
      hostPID: true,
      volumes: [{ name: 'docker', hostPath: { path: '/var/run/docker.sock' } }],
    },
    container: { securityContext: { privileged: true }, volumeMounts: [{ name: 'docker', mountPath: '/var/run/docker.sock' }] },
  }),
];
