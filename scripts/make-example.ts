// Makes examples/minikube anew: the report's own instance (Kubernetes 1.31, plug-in list of its Figure 5.2, no encryption,
// anonymous access on, audit as in its Listing 5.5) as a host tree, objects and an audit log that a real API server wrote.
// Call: npx tsx scripts/make-example.ts (needs the testbed's 1.31).
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dump } from 'js-yaml';
import { TestAuthority } from '../testbed/certificates.ts';
import type { ControlPlane } from '../testbed/control-plane.ts';
import { startControlPlane } from '../testbed/control-plane.ts';
import { findTestbeds } from '../testbed/find.ts';

const root = new URL('../examples/minikube/', import.meta.url).pathname;
const address = '192.168.49.2';
const version = 'v1.31.0';
const years = 365 * 24 * 3600;

function put(path: string, text: string, mode = 0o644): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: Metadata
    verbs: ["create"]
    namespaces: ["demo"]
    resources:
      - group: ""
        resources: ["pods"]

  - level: RequestResponse
    resources:
      - group: ""
        resources: ["namespaces"]
`;

interface StaticPod {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly mounts: readonly (readonly [name: string, path: string, type: string])[];
  readonly probePort: number;
  readonly probeHost: string;
  readonly scheme?: string;
}

const certs = '/var/lib/minikube/certs';

const staticPods: readonly StaticPod[] = [
  {
    name: 'kube-apiserver',
    image: `registry.k8s.io/kube-apiserver:${version}`,
    annotations: { 'kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint': `${address}:8443` },
    command: [
      'kube-apiserver',
      `--advertise-address=${address}`,
      '--allow-privileged=true',
      '--audit-log-path=-',
      '--audit-policy-file=/etc/ssl/certs/audit-policy.yaml',
      '--authorization-mode=Node,RBAC',
      `--client-ca-file=${certs}/ca.crt`,
      '--enable-admission-plugins=NamespaceLifecycle,LimitRanger,ServiceAccount,DefaultStorageClass,DefaultTolerationSeconds,NodeRestriction,MutatingAdmissionWebhook,ValidatingAdmissionWebhook,ResourceQuota',
      '--enable-bootstrap-token-auth=true',
      `--etcd-cafile=${certs}/etcd/ca.crt`,
      `--etcd-certfile=${certs}/apiserver-etcd-client.crt`,
      `--etcd-keyfile=${certs}/apiserver-etcd-client.key`,
      '--etcd-servers=https://127.0.0.1:2379',
      `--kubelet-client-certificate=${certs}/apiserver-kubelet-client.crt`,
      `--kubelet-client-key=${certs}/apiserver-kubelet-client.key`,
      '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
      `--proxy-client-cert-file=${certs}/front-proxy-client.crt`,
      `--proxy-client-key-file=${certs}/front-proxy-client.key`,
      '--requestheader-allowed-names=front-proxy-client',
      `--requestheader-client-ca-file=${certs}/front-proxy-ca.crt`,
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-username-headers=X-Remote-User',
      '--secure-port=8443',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${certs}/sa.pub`,
      `--service-account-signing-key-file=${certs}/sa.key`,
      '--service-cluster-ip-range=10.96.0.0/12',
      `--tls-cert-file=${certs}/apiserver.crt`,
      `--tls-private-key-file=${certs}/apiserver.key`,
    ],
    mounts: [
      ['ca-certs', '/etc/ssl/certs', 'DirectoryOrCreate'],
      ['k8s-certs', certs, 'DirectoryOrCreate'],
    ],
    probePort: 8443,
    probeHost: address,
    scheme: 'HTTPS',
  },
  {
    name: 'kube-controller-manager',
    image: `registry.k8s.io/kube-controller-manager:${version}`,
    command: [
      'kube-controller-manager',
      '--allocate-node-cidrs=true',
      '--authentication-kubeconfig=/etc/kubernetes/controller-manager.conf',
      '--authorization-kubeconfig=/etc/kubernetes/controller-manager.conf',
      '--bind-address=127.0.0.1',
      `--client-ca-file=${certs}/ca.crt`,
      '--cluster-cidr=10.244.0.0/16',
      '--cluster-name=mk',
      `--cluster-signing-cert-file=${certs}/ca.crt`,
      `--cluster-signing-key-file=${certs}/ca.key`,
      '--controllers=*,bootstrapsigner,tokencleaner',
      '--kubeconfig=/etc/kubernetes/controller-manager.conf',
      '--leader-elect=false',
      `--requestheader-client-ca-file=${certs}/front-proxy-ca.crt`,
      `--root-ca-file=${certs}/ca.crt`,
      `--service-account-private-key-file=${certs}/sa.key`,
      '--service-cluster-ip-range=10.96.0.0/12',
      '--use-service-account-credentials=true',
    ],
    mounts: [
      ['ca-certs', '/etc/ssl/certs', 'DirectoryOrCreate'],
      ['k8s-certs', certs, 'DirectoryOrCreate'],
      ['kubeconfig', '/etc/kubernetes/controller-manager.conf', 'FileOrCreate'],
    ],
    probePort: 10257,
    probeHost: '127.0.0.1',
    scheme: 'HTTPS',
  },
  {
    name: 'kube-scheduler',
    image: `registry.k8s.io/kube-scheduler:${version}`,
    command: [
      'kube-scheduler',
      '--authentication-kubeconfig=/etc/kubernetes/scheduler.conf',
      '--authorization-kubeconfig=/etc/kubernetes/scheduler.conf',
      '--bind-address=127.0.0.1',
      '--kubeconfig=/etc/kubernetes/scheduler.conf',
      '--leader-elect=false',
    ],
    mounts: [['kubeconfig', '/etc/kubernetes/scheduler.conf', 'FileOrCreate']],
    probePort: 10259,
    probeHost: '127.0.0.1',
    scheme: 'HTTPS',
  },
  {
    name: 'etcd',
    image: 'registry.k8s.io/etcd:3.5.15-0',
    annotations: { 'kubeadm.kubernetes.io/etcd.advertise-client-urls': `https://${address}:2379` },
    command: [
      'etcd',
      `--advertise-client-urls=https://${address}:2379`,
      `--cert-file=${certs}/etcd/server.crt`,
      '--client-cert-auth=true',
      '--data-dir=/var/lib/minikube/etcd',
      '--experimental-initial-corrupt-check=true',
      `--initial-advertise-peer-urls=https://${address}:2380`,
      `--initial-cluster=minikube=https://${address}:2380`,
      `--key-file=${certs}/etcd/server.key`,
      `--listen-client-urls=https://127.0.0.1:2379,https://${address}:2379`,
      '--listen-metrics-urls=http://127.0.0.1:2381',
      `--listen-peer-urls=https://${address}:2380`,
      '--name=minikube',
      `--peer-cert-file=${certs}/etcd/peer.crt`,
      '--peer-client-cert-auth=true',
      `--peer-key-file=${certs}/etcd/peer.key`,
      `--peer-trusted-ca-file=${certs}/etcd/ca.crt`,
      '--proxy-refresh-interval=70000',
      '--snapshot-count=10000',
      `--trusted-ca-file=${certs}/etcd/ca.crt`,
    ],
    mounts: [
      ['etcd-data', '/var/lib/minikube/etcd', 'DirectoryOrCreate'],
      ['etcd-certs', `${certs}/etcd`, 'DirectoryOrCreate'],
    ],
    probePort: 2381,
    probeHost: '127.0.0.1',
  },
];

function manifestOf(pod: StaticPod): object {
  const probe = (path: string): object => ({
    httpGet: { host: pod.probeHost, path, port: pod.probePort, scheme: pod.scheme ?? 'HTTP' },
    periodSeconds: 10,
    timeoutSeconds: 15,
    failureThreshold: 8,
  });
  const health = pod.name === 'kube-apiserver' ? '/livez' : '/healthz';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(pod.annotations === undefined ? {} : { annotations: pod.annotations }),
      labels: { component: pod.name, tier: 'control-plane' },
      name: pod.name,
      namespace: 'kube-system',
    },
    spec: {
      containers: [
        {
          command: pod.command,
          image: pod.image,
          imagePullPolicy: 'IfNotPresent',
          livenessProbe: probe(health),
          name: pod.name,
          resources: { requests: { cpu: pod.name === 'kube-apiserver' ? '250m' : '100m' } },
          startupProbe: probe(health),
          volumeMounts: pod.mounts.map(([name, mountPath]) => ({
            mountPath,
            name,
            ...(name === 'etcd-data' ? {} : { readOnly: true }),
          })),
        },
      ],
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      volumes: pod.mounts.map(([name, path, type]) => ({ hostPath: { path, type }, name })),
    },
  };
}

const yaml = (value: unknown): string => dump(value, { lineWidth: -1, noRefs: true });

function writeHost(): void {
  put('host/etc/hostname', 'minikube\n');
  for (const pod of staticPods) put(`host/etc/kubernetes/manifests/${pod.name}.yaml`, yaml(manifestOf(pod)), 0o600);
  put('host/etc/ssl/certs/audit-policy.yaml', auditPolicy);
  put('host/var/lib/kubelet/config.yaml', kubeletConfiguration);
  put('host/lib/systemd/system/kubelet.service', kubeletUnit);
  put('host/etc/systemd/system/kubelet.service.d/10-kubeadm.conf', kubeletDropIn);
  put('host/etc/cni/net.d/1-k8s.conflist', bridge);
  writeCertificates();
}

const kubeletConfiguration = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  x509:
    clientCAFile: ${certs}/ca.crt
cgroupDriver: cgroupfs
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
containerRuntimeEndpoint: unix:///var/run/cri-dockerd.sock
evictionHard:
  imagefs.available: 0%
  nodefs.available: 0%
  nodefs.inodesFree: 0%
failSwapOn: false
hairpinMode: hairpin-veth
imageGCHighThresholdPercent: 100
rotateCertificates: true
runtimeRequestTimeout: 15m
staticPodPath: /etc/kubernetes/manifests
`;
const kubeletUnit = `[Unit]
Description=kubelet: The Kubernetes Node Agent

[Service]
ExecStart=/var/lib/minikube/binaries/${version}/kubelet
Restart=always

[Install]
WantedBy=multi-user.target
`;
const kubeletDropIn = `[Service]
ExecStart=
ExecStart=/var/lib/minikube/binaries/${version}/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --config=/var/lib/kubelet/config.yaml --hostname-override=minikube --kubeconfig=/etc/kubernetes/kubelet.conf --node-ip=${address}
`;
const bridge = `${JSON.stringify(
  {
    cniVersion: '0.4.0',
    name: 'bridge',
    plugins: [
      {
        type: 'bridge',
        bridge: 'bridge',
        isDefaultGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: { type: 'host-local', subnet: '10.244.0.0/16' },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  },
  null,
  2,
)}\n`;

/** Public halves alone: private keys are no part of an example. */
function writeCertificates(): void {
  const ca = new TestAuthority('minikubeCA');
  const etcd = new TestAuthority('etcd-ca');
  const front = new TestAuthority('front-proxy-ca');
  const issue = (
    authority: TestAuthority,
    commonName: string,
    organizations: readonly string[] = [],
    addresses: readonly string[] = [],
  ): string =>
    authority.issue({
      commonName,
      organizations,
      addresses,
      names: addresses.length === 0 ? [] : ['kubernetes', 'kubernetes.default', 'localhost', 'minikube'],
      lifetime: 3 * years,
    }).certificate;
  put(`host${certs}/ca.crt`, ca.credential.certificate);
  put(`host${certs}/front-proxy-ca.crt`, front.credential.certificate);
  put(`host${certs}/etcd/ca.crt`, etcd.credential.certificate);
  put(`host${certs}/apiserver.crt`, issue(ca, 'minikube', ['system:masters'], [address, '10.96.0.1', '127.0.0.1', '10.0.0.1']));
  put(`host${certs}/apiserver-kubelet-client.crt`, issue(ca, 'kube-apiserver-kubelet-client', ['system:masters']));
  put(`host${certs}/apiserver-etcd-client.crt`, issue(etcd, 'kube-apiserver-etcd-client', ['system:masters']));
  put(`host${certs}/front-proxy-client.crt`, issue(front, 'front-proxy-client'));
  put(`host${certs}/etcd/server.crt`, issue(etcd, 'minikube', [], [address, '127.0.0.1']));
  put(`host${certs}/etcd/peer.crt`, issue(etcd, 'minikube', [], [address, '127.0.0.1']));
}

const pause = (milliseconds: number): Promise<void> => new Promise((done) => void setTimeout(done, milliseconds));

/** What minikube and its user put into the cluster. */
async function fill(plane: ControlPlane): Promise<void> {
  const user = plane.credentialFor('minikube-user', ['system:masters']);
  const send = async (path: string, body: object): Promise<void> => {
    const answer = await plane.request('POST', path, body, { as: { credential: user } });
    if (answer.status >= 300) console.error(path, answer.status, JSON.stringify(answer.body).slice(0, 300));
  };
  const { objects } = await import('./example-objects.ts');
  for (const [path, body] of objects(
    staticPods.map((pod) => manifestOf(pod) as Readonly<Record<string, never>>),
    { address, version },
  ))
    await send(path, body);
  await pause(4000);
}

const kinds: readonly (readonly [file: string, path: string])[] = [
  ['namespaces', '/api/v1/namespaces'],
  ['nodes', '/api/v1/nodes'],
  ['pods', '/api/v1/pods'],
  ['services', '/api/v1/services'],
  ['serviceaccounts', '/api/v1/serviceaccounts'],
  ['secrets', '/api/v1/secrets'],
  ['configmaps', '/api/v1/configmaps'],
  ['limitranges', '/api/v1/limitranges'],
  ['resourcequotas', '/api/v1/resourcequotas'],
  ['podtemplates', '/api/v1/podtemplates'],
  ['replicationcontrollers', '/api/v1/replicationcontrollers'],
  ['persistentvolumes', '/api/v1/persistentvolumes'],
  ['persistentvolumeclaims', '/api/v1/persistentvolumeclaims'],
  ['deployments', '/apis/apps/v1/deployments'],
  ['replicasets', '/apis/apps/v1/replicasets'],
  ['daemonsets', '/apis/apps/v1/daemonsets'],
  ['statefulsets', '/apis/apps/v1/statefulsets'],
  ['jobs', '/apis/batch/v1/jobs'],
  ['cronjobs', '/apis/batch/v1/cronjobs'],
  ['networkpolicies', '/apis/networking.k8s.io/v1/networkpolicies'],
  ['clusterroles', '/apis/rbac.authorization.k8s.io/v1/clusterroles'],
  ['clusterrolebindings', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'],
  ['roles', '/apis/rbac.authorization.k8s.io/v1/roles'],
  ['rolebindings', '/apis/rbac.authorization.k8s.io/v1/rolebindings'],
  ['validatingadmissionpolicies', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies'],
  ['validatingadmissionpolicybindings', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings'],
  ['validatingwebhookconfigurations', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'],
  ['mutatingwebhookconfigurations', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'],
  ['customresourcedefinitions', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'],
  ['endpointslices', '/apis/discovery.k8s.io/v1/endpointslices'],
];

interface List {
  readonly kind: string;
  readonly apiVersion: string;
  readonly items: readonly { readonly metadata: Record<string, unknown>; data?: unknown }[];
}

async function save(plane: ControlPlane): Promise<void> {
  for (const [file, path] of kinds) {
    const { status, body } = await plane.request('GET', path);
    if (status !== 200) throw new Error(`${path}: ${status}`);
    const list = body as List;
    const items = list.items.map((item) => {
      delete item.metadata['managedFields'];
      if (list.kind === 'ConfigMapList' && item.metadata['name'] !== 'kubeadm-config') item.data = {};
      return item;
    });
    put(`objects/${file}.yaml`, yaml({ apiVersion: list.apiVersion, kind: list.kind, items }));
  }
}

const testbed = findTestbeds().find(({ minor }) => minor === 31);
if (testbed === undefined) throw new Error('the testbed has no 1.31: node testbed/build.mjs 1.31');
rmSync(root, { recursive: true, force: true });
writeHost();
const plane = await startControlPlane(testbed, {
  controllerManager: true,
  files: { 'audit-policy.yaml': auditPolicy },
  flags: {
    'audit-log-path': 'audit.log',
    'allow-privileged': 'true',
    'audit-policy-file': 'audit-policy.yaml',
    'enable-admission-plugins':
      'NamespaceLifecycle,LimitRanger,ServiceAccount,DefaultStorageClass,DefaultTolerationSeconds,NodeRestriction,MutatingAdmissionWebhook,ValidatingAdmissionWebhook,ResourceQuota',
  },
});
try {
  await fill(plane);
  await save(plane);
  // Requests of the testbed's own administrator are no part of the story.
  const lines = readFileSync(join(plane.dir, 'audit.log'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.includes('"username":"admin"'));
  put('audit/audit.log', `${lines.join('\n')}\n`);
} finally {
  await plane.stop();
}
