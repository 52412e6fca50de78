import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bindingObject, guardrails, policyObject } from '../../src/controls/admission/guardrail-policies-remedy.ts';
import { modernSuites } from '../../src/controls/api-server/serving-tls.ts';
import { defaultPolicy } from '../../src/controls/audit/default-policy.ts';
import type { ControlPlane, ControlPlaneOptions } from '../../testbed/control-plane.ts';
import type { Testbed } from '../../testbed/find.ts';
import type { TlsEtcd } from './tls-etcd.ts';

const system = ['kube-system', 'kube-public', 'kube-node-lease'];

const encryption = `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox:
          keys:
            - name: key1
              secret: ${Buffer.alloc(32, 7).toString('base64')}
      - identity: {}
`;

const admission = `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      defaults: {enforce: baseline, enforce-version: latest, audit: restricted, audit-version: latest, warn: restricted, warn-version: latest}
      exemptions: {usernames: [], runtimeClasses: [], namespaces: [kube-system, kube-public, kube-node-lease]}
`;

const authentication = `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true
  conditions: [{path: /livez}, {path: /readyz}, {path: /healthz}]
`;

const everything = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: None
    resources: [{group: rbac.authorization.k8s.io}]
  - level: RequestResponse
`;

/** An API server as Bulwark plans it, over an etcd with TLS. */
export function hardened(testbed: Testbed, etcd: TlsEtcd): ControlPlaneOptions {
  return {
    controllerManager: true,
    files: {
      'encryption.yaml': encryption,
      'admission.yaml': admission,
      'audit-policy.yaml': defaultPolicy,
      'authentication.yaml': authentication,
      'etcd-ca.crt': etcd.client.authorities,
      'etcd.crt': etcd.client.certificate,
      'etcd.key': etcd.client.key,
    },
    flags: {
      'etcd-servers': etcd.url,
      'etcd-cafile': '{dir}/etcd-ca.crt',
      'etcd-certfile': '{dir}/etcd.crt',
      'etcd-keyfile': '{dir}/etcd.key',
      'encryption-provider-config': '{dir}/encryption.yaml',
      'admission-control-config-file': '{dir}/admission.yaml',
      'enable-admission-plugins': 'NodeRestriction',
      // Without it the server refuses privileged pods by itself: both ways are tried.
      'allow-privileged': String(testbed.minor !== 31),
      'audit-policy-file': '{dir}/audit-policy.yaml',
      'audit-log-path': '{dir}/audit.log',
      'tls-min-version': 'VersionTLS12',
      'tls-cipher-suites': modernSuites.join(','),
      ...(testbed.minor >= 34 ? { 'authentication-config': '{dir}/authentication.yaml' } : { 'anonymous-auth': 'false' }),
    },
  };
}

/** The opposite: defaults, and what people switch off. */
export const soft: ControlPlaneOptions = {
  controllerManager: true,
  files: { 'audit-policy.yaml': everything },
  flags: {
    'disable-admission-plugins': 'PodSecurity,LimitRanger',
    'audit-policy-file': '{dir}/audit-policy.yaml',
    'audit-log-path': '{dir}/audit.log',
    'authorization-mode': 'RBAC',
    'allow-privileged': 'true',
  },
};

/**
 * Writes the static pod manifest that would start this API server, below the control plane's folder: the folder is the host tree, and
 * its own path inside the container is the tree's root.
 */
export function writeManifest(plane: ControlPlane, options: Pick<ControlPlaneOptions, 'flags'>): void {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'kube-apiserver',
      namespace: 'kube-system',
      labels: { component: 'kube-apiserver', tier: 'control-plane' },
    },
    spec: {
      hostNetwork: true,
      containers: [
        {
          name: 'kube-apiserver',
          image: `registry.k8s.io/kube-apiserver:v${plane.testbed.version}`,
          command: ['kube-apiserver', ...plane.apiserverWords(options)],
          volumeMounts: [{ name: 'host', mountPath: plane.dir }],
        },
      ],
      volumes: [{ name: 'host', hostPath: { path: '/' } }],
    },
  };
  const path = join(plane.dir, 'etc/kubernetes/manifests/kube-apiserver.yaml');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(pod, undefined, 2));
}

const container = {
  name: 'c',
  image: 'registry.invalid/web:1',
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } },
};
const deployment = (name: string, spec: object): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec },
  },
});

/** Objects of a namespace that follows the catalogue. */
export function goodObjects(minor: number): readonly (readonly [string, object])[] {
  const security = {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const web = { automountServiceAccountToken: false, containers: [{ ...container, securityContext: security }] };
  const vap = '/apis/admissionregistration.k8s.io/v1';
  const policies =
    minor < 30
      ? []
      : guardrails.flatMap((guardrail): [string, object][] => [
          [`${vap}/validatingadmissionpolicies`, policyObject(guardrail, system)],
          [`${vap}/validatingadmissionpolicybindings`, bindingObject(guardrail.name, ['Deny'])],
        ]);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  return [
    ...policies,
    ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } }],
    [
      '/api/v1/namespaces/shop/limitranges',
      {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'defaults' },
        spec: {
          limits: [
            {
              type: 'Container',
              default: { cpu: '500m', memory: '256Mi', 'ephemeral-storage': '1Gi' },
              defaultRequest: { cpu: '100m', memory: '64Mi', 'ephemeral-storage': '100Mi' },
              max: { cpu: '2', memory: '2Gi', 'ephemeral-storage': '4Gi' },
            },
            { type: 'PersistentVolumeClaim', max: { storage: '10Gi' } },
          ],
        },
      },
    ],
    [
      '/api/v1/namespaces/shop/resourcequotas',
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'compute' },
        spec: { hard: { 'requests.cpu': '8', 'requests.memory': '8Gi', 'limits.cpu': '8', 'limits.memory': '8Gi' } },
      },
    ],
    ['/apis/apps/v1/namespaces/shop/deployments', deployment('web', web)],
  ];
}

/** Objects with the faults that the controls look for. */
export const badObjects: readonly (readonly [string, object])[] = [
  ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }],
  ['/api/v1/namespaces/shop/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } }],
  ...[
    ['robot', 'ServiceAccount', 'cluster-admin', 'shop'],
    ['everybody', 'User', 'view', undefined],
    ['nodes', 'Group', 'system:node', undefined],
    ['wild', 'User', 'wild', undefined],
    ['binder', 'User', 'binder', undefined],
    ['reader', 'User', 'reader', undefined],
    ['prober', 'User', 'prober', undefined],
    ['admission', 'User', 'admission', undefined],
    ['pods', 'Default', 'view', 'shop'],
  ].map(([name = '', kind, role, namespace]): [string, object] => [
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `bad-${name}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [
        kind === 'ServiceAccount' || kind === 'Default'
          ? { kind: 'ServiceAccount', name: kind === 'Default' ? 'default' : name, namespace }
          : {
              kind,
              apiGroup: 'rbac.authorization.k8s.io',
              name: name === 'everybody' ? 'system:anonymous' : kind === 'Group' ? 'system:nodes' : name,
            },
      ],
    },
  ]),
  ...Object.entries({
    wild: { apiGroups: ['apps'], resources: ['*'], verbs: ['*'] },
    binder: { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles', 'rolebindings'], verbs: ['bind', 'create'] },
    reader: { apiGroups: [''], resources: ['secrets'], verbs: ['list'] },
    prober: { apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] },
    admission: { apiGroups: ['admissionregistration.k8s.io'], resources: ['validatingwebhookconfigurations'], verbs: ['delete'] },
  }).map(([name, rule]): [string, object] => [
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules: [rule] },
  ]),
  [
    '/apis/apps/v1/namespaces/shop/deployments',
    deployment('bad', {
      hostPID: true,
      containers: [{ ...container, resources: {}, securityContext: { privileged: true } }],
      volumes: [{ name: 'host', hostPath: { path: '/' } }],
    }),
  ],
];

/** Creates objects in their order. */
export async function create(plane: ControlPlane, objects: readonly (readonly [string, object])[]): Promise<void> {
  for (const [path, object] of objects) {
    const answer = await plane.request('POST', path, object);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}
