import { cpSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../../src/cluster/json.ts';
import { listAt, objectAt, stringAt } from '../../src/cluster/json.ts';
import type { Credential } from '../../testbed/certificates.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import type { Testbed } from '../../testbed/find.ts';
import type { ServerProcess } from '../../testbed/processes.ts';
import { freePorts, startServer, Watchdog } from '../../testbed/processes.ts';
import { softManifest, Supervisor, writePki } from './supervisor.ts';
import type { TlsEtcd } from './tls-etcd.ts';
import { startTlsEtcd } from './tls-etcd.ts';

const manifests = '/etc/kubernetes/manifests';
const pki = '/etc/kubernetes/pki';

/** A control plane that nobody hardened: a static pod below a host tree, its etcd, a controller manager, and people bound by RBAC. */
export interface SoftPlane {
  readonly plane: ControlPlane;
  readonly supervisor: Supervisor;
  readonly folder: string;
  /** The host tree. */
  readonly root: string;
  /** Kubeconfig of an administrator whom a binding makes one. */
  readonly operator: string;
  /** Kubeconfig of a user of the namespace shop. */
  readonly jane: string;
  /** Every object that people write, without what the server and its controllers keep in it; asked as the operator. */
  objects(): Promise<Readonly<Record<string, unknown>>>;
  stop(): Promise<void>;
}

/** Starts it and creates its objects. The host is called cp-1. */
export async function startSoftPlane(testbed: Testbed): Promise<SoftPlane> {
  const etcd = await startTlsEtcd(testbed);
  const plane = await startControlPlane(testbed, {
    files: { 'etcd-ca.crt': etcd.client.authorities, 'etcd.crt': etcd.client.certificate, 'etcd.key': etcd.client.key },
    flags: {
      'etcd-servers': etcd.url,
      'etcd-cafile': '{dir}/etcd-ca.crt',
      'etcd-certfile': '{dir}/etcd.crt',
      'etcd-keyfile': '{dir}/etcd.key',
      'disable-admission-plugins': 'PodSecurity,LimitRanger',
      'allow-privileged': 'true',
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-harden-'));
  const root = join(folder, 'root');
  writeHostTree(plane, etcd, root);
  const manager = await startManager(plane);
  for (const [path, object] of softClusterObjects) await made(plane, path, object);
  await until(async () => {
    const account = await plane.request('GET', '/api/v1/namespaces/shop/serviceaccounts/default');
    return account.status === 200;
  });
  const operator = plane.credentialFor('operator', ['operators']);
  const supervisor = new Supervisor(plane, root, { etcd: 'of the manifest' });
  await supervisor.start();
  return {
    plane,
    supervisor,
    folder,
    root,
    operator: plane.kubeconfigFor(operator, 'operator.kubeconfig'),
    jane: plane.kubeconfigFor(plane.credentialFor('jane', ['shopkeepers']), 'jane.kubeconfig'),
    objects: () => objectsOf(plane, operator),
    stop: async () => {
      await supervisor.stop();
      await manager.stop();
      await plane.stop();
      await etcd.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function writeHostTree(plane: ControlPlane, etcd: TlsEtcd, root: string): void {
  const write = (path: string, text: string, mode: number): void => {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true, mode: 0o755 });
    writeFileSync(at, text);
    chmodSync(at, mode);
  };
  writePki(plane, root);
  mkdirSync(join(root, pki, 'etcd'), { mode: 0o755 });
  cpSync(join(plane.dir, 'etcd-ca.crt'), join(root, pki, 'etcd/ca.crt'));
  cpSync(join(plane.dir, 'etcd.crt'), join(root, pki, 'apiserver-etcd-client.crt'));
  cpSync(join(plane.dir, 'etcd.key'), join(root, pki, 'apiserver-etcd-client.key'));
  const kubelets = plane.authority.issue({ commonName: 'kube-apiserver-kubelet-client' });
  write(`${pki}/apiserver-kubelet-client.crt`, kubelets.certificate, 0o644);
  write(`${pki}/apiserver-kubelet-client.key`, kubelets.key, 0o600);
  write('/etc/hostname', 'cp-1\n', 0o644);
  const manifest = softManifest(plane, [
    `--etcd-cafile=${pki}/etcd/ca.crt`,
    `--etcd-certfile=${pki}/apiserver-etcd-client.crt`,
    `--etcd-keyfile=${pki}/apiserver-etcd-client.key`,
    '--disable-admission-plugins=PodSecurity,LimitRanger',
    '--allow-privileged=true',
  ]).replace(/--etcd-servers=\S+/, `--etcd-servers=${etcd.url}`);
  write(
    `${manifests}/kube-apiserver.yaml`,
    manifest.replace('--authorization-mode=Node,RBAC', '--authorization-mode=RBAC'),
    0o640,
  );
  write(`${manifests}/etcd.yaml`, etcdManifest(etcd), 0o600);
}

/** The etcd as its manifest says it, with the names of kubeadm's files. */
function etcdManifest(etcd: TlsEtcd): string {
  const words = [
    `--listen-client-urls=${etcd.url}`,
    `--advertise-client-urls=${etcd.url}`,
    `--cert-file=${pki}/etcd/server.crt`,
    `--key-file=${pki}/etcd/server.key`,
    `--trusted-ca-file=${pki}/etcd/ca.crt`,
    '--client-cert-auth=true',
    '--data-dir=/var/lib/etcd',
  ];
  return [
    'apiVersion: v1',
    'kind: Pod',
    'metadata: {name: etcd, namespace: kube-system, labels: {component: etcd, tier: control-plane}}',
    'spec:',
    '  hostNetwork: true',
    '  containers:',
    '  - name: etcd',
    '    image: registry.k8s.io/etcd:3.5.15-0',
    '    command:',
    '    - etcd',
    ...words.map((word) => `    - ${word}`),
    '    volumeMounts:',
    `    - {name: certs, mountPath: ${pki}/etcd}`,
    '  volumes:',
    `  - {name: certs, hostPath: {path: ${pki}/etcd, type: DirectoryOrCreate}}`,
    '',
  ].join('\n');
}

/** kube-controller-manager with an identity of its own, as clusters have it: an audit log then names no system:masters for it. */
async function startManager(plane: ControlPlane): Promise<{ stop(): Promise<void> }> {
  const program = plane.testbed.controllerManager;
  if (program === undefined) throw new Error('the testbed has no kube-controller-manager');
  const [port = 0] = await freePorts(1);
  const watchdog = new Watchdog(mkdtempSync(join(plane.dir, 'manager-')));
  const words = [
    `--kubeconfig=${plane.kubeconfigFor(plane.credentialFor('system:kube-controller-manager'), 'manager.kubeconfig')}`,
    `--service-account-private-key-file=${plane.dir}/sa.key`,
    `--root-ca-file=${plane.dir}/ca.crt`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${plane.dir}/manager-certs`,
  ];
  const start = (): ServerProcess =>
    startServer('kube-controller-manager', program, words, { cwd: plane.dir, env: {}, watchdog });
  let server = start();
  // It ends where it cannot reach the API server for long; a kubelet would start it anew.
  const looking = setInterval(() => {
    if (server.exitCode() !== undefined) server = start();
  }, 500);
  return {
    stop: async () => {
      clearInterval(looking);
      await server.stop();
      await watchdog.release();
    },
  };
}

async function made(plane: ControlPlane, path: string, object: object): Promise<void> {
  const answer = await plane.request('POST', path, object);
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** Waits until it holds. Error after a minute. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come true within a minute');
}

/** Every file and folder below a root but for the logs: path, mode, owner, bytes. */
export function treeOf(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mode, uid, gid } = statSync(path);
      const text = entry.isFile() ? readFileSync(path, 'base64') : '';
      return [path.slice(root.length), (mode & 0o7777).toString(8), uid, gid, text].join(' ');
    })
    .filter((line) => !line.startsWith('/var'))
    .sort();
}

const listed = [
  '/api/v1/namespaces',
  '/api/v1/serviceaccounts',
  '/api/v1/secrets',
  '/api/v1/configmaps',
  '/api/v1/limitranges',
  '/api/v1/resourcequotas',
  '/apis/apps/v1/deployments',
  '/apis/networking.k8s.io/v1/networkpolicies',
  '/apis/rbac.authorization.k8s.io/v1/roles',
  '/apis/rbac.authorization.k8s.io/v1/rolebindings',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
];

/** What the server writes into metadata, and the count of roll-outs. */
const kept = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'deployment.kubernetes.io/revision',
]);

async function objectsOf(plane: ControlPlane, credential: Credential): Promise<Readonly<Record<string, unknown>>> {
  const all: Record<string, unknown> = {};
  for (const path of listed) {
    const { status, body } = await plane.request('GET', path, undefined, { as: { credential } });
    if (status === 404) continue;
    for (const object of listAt((body as JsonObject)['items']).map(objectAt)) {
      const metadata = without(objectAt(object['metadata']), kept);
      const annotations = without(objectAt(metadata['annotations']), kept);
      const name = `${path} ${stringAt(metadata['namespace']) ?? ''}/${stringAt(metadata['name']) ?? ''}`;
      all[name] = { ...without(object, new Set(['status'])), metadata: { ...metadata, annotations } };
    }
  }
  return all;
}

function without(object: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.has(name)));
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const roleOf = (name: string, rule: object): readonly [string, object] => [
  `${rbac}/clusterroles`,
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules: [rule] },
];
const boundTo = (name: string, role: string, subject: object): readonly [string, object] => [
  `${rbac}/clusterrolebindings`,
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [subject],
  },
];
const user = (name: string): object => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name });
const account = (namespace: string, name: string): object => ({ kind: 'ServiceAccount', namespace, name });

const container = (more: object): object => ({ name: 'main', image: 'registry.example.com/shop:1', ...more });
const deployment = (name: string, pod: object): readonly [string, object] => [
  '/apis/apps/v1/namespaces/shop/deployments',
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: pod },
    },
  },
];

/** What people create who are in a hurry; every fault in it has a remedy. */
const softClusterObjects: readonly (readonly [string, object])[] = [
  ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }],
  ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tools', labels: { team: 'infra' } } }],
  boundTo('operator', 'cluster-admin', user('operator')),
  [
    `${rbac}/namespaces/shop/roles`,
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'shopkeeper' },
      rules: [
        { apiGroups: [''], resources: ['pods', 'configmaps', 'services'], verbs: ['get', 'list', 'create', 'delete'] },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'patch'] },
      ],
    },
  ],
  [
    `${rbac}/namespaces/shop/rolebindings`,
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'shopkeepers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'shopkeeper' },
      subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'shopkeepers' }],
    },
  ],
  ['/api/v1/namespaces/shop/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } }],
  boundTo('robot', 'cluster-admin', account('shop', 'robot')),
  boundTo('world', 'view', user('system:anonymous')),
  boundTo('default-pods', 'view', account('shop', 'default')),
  roleOf('wild', { apiGroups: ['apps'], resources: ['*'], verbs: ['*'] }),
  boundTo('wild', 'wild', user('builder')),
  roleOf('binder', {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterroles', 'rolebindings'],
    verbs: ['bind', 'create'],
  }),
  boundTo('binder', 'binder', user('tenant')),
  roleOf('reader', { apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: ['get', 'list'] }),
  boundTo('reader', 'reader', user('auditor')),
  roleOf('prober', { apiGroups: [''], resources: ['nodes', 'nodes/proxy'], verbs: ['get'] }),
  boundTo('prober', 'prober', user('monitor')),
  roleOf('admission', {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingwebhookconfigurations'],
    verbs: ['get', 'delete'],
  }),
  boundTo('admission', 'admission', user('policy')),
  [
    '/api/v1/namespaces/shop/secrets',
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'till' },
      stringData: { word: 'open sesame' },
    },
  ],
  deployment('web', { containers: [container({ resources: { requests: { cpu: '100m', memory: '64Mi' } } })] }),
  deployment('tool', {
    hostPID: true,
    containers: [
      container({
        securityContext: {
          privileged: true,
          runAsUser: 0,
          allowPrivilegeEscalation: true,
          capabilities: { add: ['NET_ADMIN'] },
          seccompProfile: { type: 'Unconfined' },
        },
      }),
    ],
  }),
  [
    '/api/v1/namespaces/shop/limitranges',
    {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'limits' },
      spec: { limits: [{ type: 'Container', max: { cpu: '200m' }, defaultRequest: { cpu: '100m' }, default: { cpu: '200m' } }] },
    },
  ],
];
