import { gzipSync } from 'node:zlib';

/** Markers by the place where each was planted; a leak then names its place. */
export const planted = new Map<string, string>();

/** Plants a marker: a text that stands nowhere else. Lower-case letters and digits alone, 16 of them, as in a bootstrap token. */
export function marker(place: string): string {
  const known = planted.get(place);
  if (known !== undefined) return known;
  const text = `zq${String(planted.size).padStart(3, '0')}xv7kj2wpq9h`;
  planted.set(place, text);
  return text;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
/** A key of 32 bytes in Base64 whose bytes and whose text both hold the marker. */
const key = (place: string): string => base64(marker(place).repeat(2));
const pem = (place: string, type = 'RSA PRIVATE KEY'): string =>
  `-----BEGIN ${type}-----\n${marker(place)}${'A'.repeat(48)}\n${base64(marker(`${place} (base64)`))}\n-----END ${type}-----\n`;
const indented = (text: string, by: number): string => text.replace(/^(?=.)/gm, ' '.repeat(by));

const kubeconfig = (place: string): string => `apiVersion: v1
kind: Config
current-context: a
clusters: [{name: a, cluster: {server: "https://user:${marker(`${place} URL`)}@127.0.0.1:1", proxy-url: "http://u:${marker(`${place} proxy`)}@127.0.0.1:2"}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
users:
- name: a
  user:
    token: ${marker(`${place} token`)}
    username: u
    password: ${marker(`${place} password`)}
    client-certificate-data: bm9uZQ==
    client-key-data: ${base64(pem(`${place} key`))}
- name: b
  user:
    auth-provider: {name: oidc, config: {client-secret: ${marker(`${place} client-secret`)}, id-token: ${marker(`${place} id-token`)}, refresh-token: ${marker(`${place} refresh-token`)}}}
- name: c
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: aws
      args: [--password, ${marker(`${place} exec argument`)}, "--token=${marker(`${place} exec flag`)}"]
      env: [{name: AWS_SECRET_ACCESS_KEY, value: ${marker(`${place} exec env`)}}]
`;

const encryption = (place: string): string => `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - aescbc: {keys: [{name: k1, secret: ${key(`${place} aescbc`)}}]}
  - aesgcm:
      keys:
      - name: k2
        secret: "${key(`${place} aesgcm`)}"
  - secretbox:
      keys:
      - name: k3
        secret: >-
          ${key(`${place} secretbox`)}
  - aescbc: {keys: [{name: not-base64, secret: "!!${marker(`${place} no base64`)}"}]}
  - identity: {}
`;

const pod = (words: string): string => `apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system, annotations: {example.com/api-token: ${marker('pod annotation')}}}
spec:
  hostNetwork: true
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.31.0
    command: [kube-apiserver, ${words}]
    env: [{name: ROOT_PW, value: ${marker('static pod env')}}, {name: GOMAXPROCS, value: "2"}]
    volumeMounts: [{name: k, mountPath: /etc/kubernetes}]
  volumes: [{name: k, hostPath: {path: /etc/kubernetes}}]
---
apiVersion: v1
kind: Secret
metadata: {name: beside, namespace: kube-system, annotations: {kubectl.kubernetes.io/last-applied-configuration: ${marker('static pod beside last-applied')}}}
data: {p: ${base64(marker('Secret beside a static pod'))}}
stringData: {p: ${marker('stringData beside a static pod')}}
`;

const serverWords = (place: string): string =>
  [
    '--token-auth-file=/etc/kubernetes/tokens.csv',
    '--encryption-provider-config=/etc/kubernetes/enc.yaml',
    '--authentication-token-webhook-config-file=/etc/kubernetes/webhook.conf',
    '--authorization-webhook-config-file=/etc/kubernetes/webhook.conf',
    '--audit-webhook-config-file=/etc/kubernetes/webhook.conf',
    '--service-account-signing-key-file=/etc/kubernetes/pki/sa.key',
    '--tls-private-key-file=/etc/kubernetes/pki/apiserver.key',
    `--etcd-servers=https://root:${marker(`${place} etcd URL`)}@127.0.0.1:2379`,
    `--oidc-client-secret=${marker(`${place} oidc flag`)}`,
    '--cloud-config-password',
    marker(`${place} two words`),
    `--kubelet-token=${marker(`${place} token flag`)}`,
  ]
    .map((word) => JSON.stringify(word))
    .join(', ');

const kubeadm = `apiVersion: kubeadm.k8s.io/v1beta3
kind: InitConfiguration
bootstrapTokens: [{token: abcdef.${marker('kubeadm bootstrap token')}}]
certificateKey: ${Buffer.from(marker('kubeadm certificateKey').repeat(2)).toString('hex')}
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: JoinConfiguration
discovery: {bootstrapToken: {token: abcdef.${marker('kubeadm discovery token')}}, tlsBootstrapToken: abcdef.${marker('kubeadm tlsBootstrapToken')}}
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: v1.31.0
apiServer: {extraArgs: {oidc-client-secret: ${marker('kubeadm extraArgs')}}}
etcd: {external: {endpoints: ["https://r:${marker('kubeadm etcd URL')}@127.0.0.1:2379"]}}
`;

const lastApplied = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', data: { p: base64(marker('last-applied')) } });

const objects = `apiVersion: v1
kind: Secret
metadata:
  name: s
  namespace: a
  annotations: {kubectl.kubernetes.io/last-applied-configuration: ${JSON.stringify(lastApplied)}}
  managedFields: [{manager: m, fieldsV1: {"f:data": {"f:${marker('managedFields')}": {}}}}]
type: Opaque
data: {password: ${base64(marker('Secret data'))}, "tls.key": ${base64(pem('Secret tls.key'))}}
stringData: {password: ${marker('Secret stringData')}, number: 5}
---
apiVersion: v1
kind: Secret
metadata: {name: wrong, namespace: a}
data: ${marker('Secret data that is a text')}
stringData: [${marker('Secret stringData that is a list')}]
---
apiVersion: v1
kind: Secret
metadata: {name: nested, namespace: a}
data: {a: {b: ${marker('Secret nested data')}}, c: [${marker('Secret list data')}]}
---
apiVersion: v1
kind: SecretList
metadata: {}
items:
- metadata: {name: l, namespace: a}
  data: {p: ${base64(marker('SecretList'))}}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: l2, namespace: a}
  data: {p: ${base64(marker('List'))}}
---
apiVersion: v1
kind: Secret
metadata: {namespace: a}
data: {p: ${base64(marker('Secret without a name'))}}
---
apiVersion: v1
kind: Secret
metadata: ${marker('Secret whose metadata is a text')}
data: {p: ${base64(marker('Secret with wrong metadata'))}}
---
kind: Secret
metadata: {name: noversion}
data: {p: ${base64(marker('Secret without apiVersion'))}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: a}
data: {password: ${marker('ConfigMap password')}, app.properties: "db.url=jdbc:x://u:${marker('ConfigMap URL')}@h/d"}
binaryData: {b: ${base64(marker('ConfigMap binaryData'))}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kubeadm-config, namespace: kube-system}
data:
  ClusterConfiguration: |
    apiVersion: kubeadm.k8s.io/v1beta3
    kind: ClusterConfiguration
    kubernetesVersion: v1.31.0
    certificateKey: ${marker('kubeadm-config certificateKey')}
    apiServer: {extraArgs: {oidc-client-secret: ${marker('kubeadm-config extraArgs')}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: a}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers:
      - name: c
        image: registry.example/a:1
        args: ["--password=${marker('args flag')}", --db-token, ${marker('args two words')}, "postgres://u:${marker('args URL')}@h/d"]
        command: [sh, -c, "export API_KEY=${marker('command variable')}; curl -H 'Authorization: Bearer ${marker('command bearer')}' http://x"]
        env: [{name: DB, value: ${marker('env value')}}, {name: DB_PASSWORD, value: "${marker('env password')}"}]
        securityContext: {privileged: true}
        livenessProbe: {httpGet: {path: /, port: 80, httpHeaders: [{name: Authorization, value: ${marker('probe header')}}]}}
      volumes: [{name: h, hostPath: {path: /}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: w}
webhooks: [{name: w.example.com, clientConfig: {url: "https://u:${marker('webhook URL')}@h/x", caBundle: bm9uZQ==}, failurePolicy: Ignore, sideEffects: None, admissionReviewVersions: [v1], rules: []}]
---
apiVersion: example.com/v1
kind: Database
metadata: {name: custom, namespace: a}
spec: {password: ${marker('custom resource password')}, connectionString: "Server=x;Password=${marker('connection string')}", nested: {clientSecret: ${marker('custom clientSecret')}, key: |
${indented(pem('custom PEM'), 2)}  }}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa, namespace: a, annotations: {token: ${marker('annotation token')}}}
`;

const broken = `apiVersion: v1
kind: Secret
metadata: {name: broken, namespace: a}
data:
  password: ${base64(marker('broken YAML data'))}
  token: "${marker('broken YAML string')}
    wrong: [
 bad indent: {
---
{{ if .Values.x }}
apiVersion: v1
kind: Secret
stringData: {p: ${marker('template')}, q: {{ .Values.${marker('template path')} }}}
{{ end }}
---
apiVersion: v1
kind: Secret
metadata: {name: dup}
data: {p: ${base64(marker('duplicate key 1'))}, p: ${base64(marker('duplicate key 2'))}}
---
apiVersion: v1
kind: Secret
metadata: {name: ref}
data: *${marker('unknown alias')}
---
apiVersion: v1
kind: Secret
metadata: {name: tag}
data: !!int ${marker('wrong tag')}
`;

const auditEvent = (fields: object): string =>
  JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: 'x',
    stage: 'ResponseComplete',
    verb: 'create',
    user: { username: 'admin', groups: ['system:masters'], extra: { 'example.com/token': [marker('audit user extra')] } },
    sourceIPs: ['10.0.0.1'],
    userAgent: 'kubectl',
    stageTimestamp: '2026-11-26T00:00:00.000000Z',
    requestReceivedTimestamp: '2026-11-26T00:00:00.000000Z',
    ...fields,
  });

const audit = [
  auditEvent({
    requestURI: `/api/v1/namespaces/a/secrets?token=${marker('audit URI')}`,
    objectRef: { resource: 'secrets', namespace: 'a', name: 's', apiVersion: 'v1' },
    requestObject: {
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name: 's' },
      data: { p: base64(marker('audit requestObject')) },
    },
    responseObject: {
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name: 's' },
      data: { p: base64(marker('audit responseObject')) },
    },
  }),
  auditEvent({
    requestURI: '/api/v1/namespaces/a/serviceaccounts/b/token',
    objectRef: { resource: 'serviceaccounts', subresource: 'token', namespace: 'a', name: 'b', apiVersion: 'v1' },
    responseObject: { kind: 'TokenRequest', status: { token: marker('audit TokenRequest') } },
  }),
  auditEvent({
    verb: 'list',
    requestURI: '/api/v1/secrets',
    objectRef: { resource: 'secrets', apiVersion: 'v1' },
    responseObject: { kind: 'SecretList', items: [{ data: { p: marker('audit SecretList') } }] },
  }),
  auditEvent({
    requestURI: '/apis/authentication.k8s.io/v1/tokenreviews',
    objectRef: { resource: 'tokenreviews', apiGroup: 'authentication.k8s.io', apiVersion: 'v1' },
    requestObject: { kind: 'TokenReview', spec: { token: marker('audit TokenReview') } },
  }),
  `{"kind":"Event","broken": "${marker('audit broken line')}`,
].join('\n');

const unit = `[Unit]
Description=x
[Service]
Environment=K3S_TOKEN=${marker('unit Environment')} "OTHER_PASSWORD=${marker('unit quoted Environment')}"
EnvironmentFile=-/etc/default/api.env
ExecStart=/usr/bin/kube-apiserver --anonymous-auth=false --oidc-client-secret=${marker('unit flag')} \\
  --some-password ${marker('unit two words')} $MORE
`;

const k3s = (place: string): Record<string, string> => ({
  'config.yaml': `token: ${marker(`${place} token`)}
agent-token: ${marker(`${place} agent-token`)}
datastore-endpoint: "mysql://root:${marker(`${place} datastore`)}@tcp(10.0.0.1:3306)/k3s"
etcd-s3-access-key: ${marker(`${place} S3 access key`)}
etcd-s3-secret-key: ${marker(`${place} S3 secret key`)}
kube-apiserver-arg: ["oidc-client-secret=${marker(`${place} apiserver-arg`)}", anonymous-auth=true]
`,
  'registries.yaml': `configs: {"r.example": {auth: {username: u, password: ${marker(`${place} registry`)}}}}\n`,
});

/** Files with a marker everywhere that a secret can stand, by their path. */
export function plantedFiles(): Readonly<Record<string, string | Buffer>> {
  const kubernetes = 'host/etc/kubernetes';
  const rancher = (name: string): Record<string, string> => {
    const { 'config.yaml': config = '', 'registries.yaml': registries = '' } = k3s(name);
    return {
      [`${name}/etc/rancher/${name}/config.yaml`]: config,
      [`${name}/etc/rancher/${name}/registries.yaml`]: registries,
      [`${name}/etc/rancher/${name}/${name}.yaml`]: kubeconfig(`${name} kubeconfig`),
      [`${name}/var/lib/rancher/${name}/server/token`]: `K10abc::server:${marker(`${name} server token`)}\n`,
      [`${name}/var/lib/rancher/${name}/server/cred/encryption-config.json`]: JSON.stringify({
        kind: 'EncryptionConfiguration',
        apiVersion: 'apiserver.config.k8s.io/v1',
        resources: [
          { resources: ['secrets'], providers: [{ aescbc: { keys: [{ name: 'k', secret: key(`${name} encryption`) }] } }] },
        ],
      }),
      [`${name}/etc/systemd/system/${name}.service`]: `[Service]\nExecStart=/usr/local/bin/${name} server --token ${marker(`${name} unit`)} --token=${marker(`${name} unit flag`)}\nEnvironmentFile=-/etc/systemd/system/${name}.service.env\n`,
      [`${name}/etc/systemd/system/${name}.service.env`]: `K3S_TOKEN=${marker(`${name} environment`)}\n`,
    };
  };
  return {
    'objects/objects.yaml': objects,
    'objects/broken.yaml': broken,
    'objects/broken.json': `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"},"data":{"p":"${base64(marker('broken JSON'))}",`,
    'objects/packed.yaml.gz': gzipSync(
      `apiVersion: v1\nkind: Secret\nmetadata: {name: z}\ndata: {p: ${base64(marker('packed Secret'))}}\n`,
    ),
    'loose/kube-apiserver.yaml': pod(serverWords('loose pod')),
    'loose/enc.yaml': encryption('loose encryption'),
    'loose/kubeconfig.conf': kubeconfig('loose kubeconfig'),
    'loose/kubeadm.yaml': kubeadm,
    'loose/tokens.csv': `${marker('loose token file')},u,1,"system:masters"\n`,
    'units/kube-apiserver.service': unit,
    'units/api.env': `MORE="--cloud-secret=${marker('env file flag')}"\nDB_PASSWORD=${marker('env file variable')}\n`,
    'units/kubelet.args': `--token=${marker('args file')}\n--anonymous-auth=false\n`,
    'units/etcd.cmdline': Buffer.from(
      `etcd\0--listen-client-urls=https://r:${marker('cmdline URL')}@h:1\0--password\0${marker('cmdline')}\0`,
    ),
    'audit/audit.log': audit,
    [`${kubernetes}/manifests/kube-apiserver.yaml`]: pod(serverWords('host pod')),
    [`${kubernetes}/manifests/broken.yaml`]: broken,
    [`${kubernetes}/tokens.csv`]: `${marker('token file')},alice,1,"system:masters"\nbad line ${marker('token file bad line')}\n`,
    [`${kubernetes}/enc.yaml`]: encryption('host encryption'),
    [`${kubernetes}/webhook.conf`]: kubeconfig('webhook kubeconfig'),
    [`${kubernetes}/admin.conf`]: kubeconfig('admin.conf'),
    [`${kubernetes}/kubelet.conf`]: kubeconfig('kubelet.conf'),
    [`${kubernetes}/bootstrap-kubelet.conf`]: kubeconfig('bootstrap-kubelet.conf'),
    [`${kubernetes}/pki/sa.key`]: pem('sa.key'),
    [`${kubernetes}/pki/apiserver.key`]: pem('apiserver.key', 'EC PRIVATE KEY'),
    [`${kubernetes}/pki/apiserver.crt`]: pem('a key in place of a certificate', 'PRIVATE KEY'),
    [`${kubernetes}/kubeadm-config.yaml`]: kubeadm,
    'host/var/lib/kubelet/config.yaml': `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nstaticPodURLHeader: {Authorization: ["Bearer ${marker('staticPodURLHeader')}"]}\n`,
    'host/var/lib/kubelet/kubeadm-flags.env': `KUBELET_KUBEADM_ARGS="--token=${marker('kubeadm-flags.env')}"\n`,
    'host/etc/systemd/system/kubelet.service': `[Service]\nEnvironment=PROXY=http://u:${marker('unit proxy')}@h:1\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml --bootstrap-token=${marker('kubelet unit')}\n`,
    'host/etc/cni/net.d/10-calico.conflist': `{"name":"k8s","plugins":[{"type":"calico","kubernetes":{"k8s_auth_token":"${marker('CNI token')}"}}]}`,
    ...rancher('k3s'),
    ...rancher('rke2'),
  };
}

/** Every form of a marker that a text could hold: plain, hexadecimal, Base64 at each of its three alignments. */
export function formsOf(text: string): readonly string[] {
  const hex = Buffer.from(text).toString('hex');
  const packed = [0, 1, 2].map((shift) => {
    const whole = Buffer.from(`${'\0'.repeat(shift)}${text}`)
      .toString('base64')
      .replace(/=+$/, '');
    // The signs at both edges depend on the neighbours.
    return whole.slice(shift === 0 ? 0 : 4, -2);
  });
  return [text, hex, hex.toUpperCase(), ...packed];
}

/** The places whose marker stands in a text in any form. */
export function leaksIn(text: string): readonly string[] {
  return [...planted].flatMap(([place, secret]) => (formsOf(secret).some((form) => text.includes(form)) ? [place] : []));
}
