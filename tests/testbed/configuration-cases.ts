const secret = 'djNSmnBN0HNBOaTRX5QyDNfEHf2/H7K9XiU9YxYZg2Y=';
const encryption = 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n';
const aes = `  - aescbc: {keys: [{name: a, secret: ${secret}}]}\n`;
const entry = (resources: string, providers: string): string => `- resources: [${resources}]\n  providers:\n${providers}`;
const kms = (fields: string): string => `  - kms: {apiVersion: v2, name: k, endpoint: "unix:///none.sock", ${fields}}\n`;

/** Faults of YAML and JSON that any file can have, with a head that names the kind. */
function brokenTexts(head: string): readonly string[] {
  return [
    '\n',
    '# nothing\n',
    'text',
    '- a\n',
    `${head}\tx: y\n`,
    `${head}x: "\n`,
    `${head}x: 'y\n`,
    `${head}x: [a, b\n`,
    `${head}x: {a: b\n`,
    `${head}x: y: z\n`,
    `${head}x: {{ .Values.y }}\n`,
    `${head}x: *none\n`,
    `${head}x: @y\n`,
    `${head}x: "\\y"\n`,
    `${head}x: |\n\ty\n`,
    `${head}x: !!int y\n`,
    `${head}x:\n- a\n b: c\n`,
    `${head}x: 1\nx: 2\ny: 3\ny: 4\n`,
    `${head}? [a]\n: b\n`,
    `%YAML 1.2\n---\n${head}`,
    `${head}x: \u0001\n`,
    `---\n---\n${head}`,
    '{"kind": "X",}',
    '{"kind": "X"} more',
    '{"kind": 1}',
    '{"kind": "X", "apiVersion": "a/b/c"}',
    '{"kind": tru}',
    '{"kind": "\\x"}',
    '{"kind": "X',
    'kind: X\n',
    'apiVersion: v9\nkind: X\n',
  ];
}

/** Made-up EncryptionConfigurations; both sides are asked what they say of them. */
export const encryptionFiles: readonly string[] = [
  ...brokenTexts(encryption.replace('resources:\n', '')),
  encryption + entry('secrets', aes),
  encryption + entry('secrets, "*."', aes) + entry('"*.apps", "*.apps"', aes),
  encryption + entry('"*.*"', aes) + entry('secrets', aes),
  encryption + entry('"*.apps"', aes) + entry('deployments.apps', aes),
  encryption + entry('Secrets, "*", "a.*", events.events.k8s.io, x.extensions, apiserveripinfo', aes),
  encryption + entry('secrets', '  - {}\n  - null\n'),
  encryption + entry('secrets', '  - aesgcm: {keys: []}\n  - secretbox:\n'),
  encryption +
    entry('secrets', '  - aesgcm: {keys: [{name: "", secret: ""}, {name: a, secret: "a b"}, {name: b, secret: eHh4}]}\n'),
  encryption + entry('secrets', '  - secretbox: {keys: [{name: a, secret: AAAAAAAAAAAAAAAAAAAAAA==}]}\n'),
  encryption + entry('secrets', kms('timeout: 0s, cachesize: 5')),
  encryption + entry('secrets', kms('timeout: -1ms')),
  encryption + entry('secrets', kms('timeout: 1.5')),
  encryption + entry('secrets', kms('timeout: "1.5"')),
  encryption + entry('secrets', kms('cachesize: 9999999999')),
  encryption + entry('secrets', '  - kms: {apiVersion: v3, name: "a:b", endpoint: "http://x"}\n'),
  encryption +
    entry(
      'secrets',
      '  - kms: {apiVersion: v2, name: a, endpoint: "a b:c"}\n  - kms: {apiVersion: v2, name: a, endpoint: "%zz"}\n',
    ),
  encryption +
    entry('secrets', '  - kms: {apiVersion: v2, name: a, endpoint: ":x"}\n  - kms: {name: b, endpoint: "unix:///x y"}\n'),
  encryption + entry('secrets', '  - kms: {apiVersion: v1, name: a, endpoint: "unix:///x", cachesize: 0}\n'),
  `${encryption}- resources: secrets\n`,
  `${encryption}- resources: [{a: b}]\n  providers: 5\n`,
  `${encryption}- providers: [{aescbc: true}]\n`,
  `${encryption}- a: b\n  resources: [x]\n  c: [1]\n  Providers: []\n`,
  JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['a', 'a'], providers: [{ identity: {}, x: 1 }], y: 2 }],
  }),
];

const admission = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n';
const podSecurity = (fields: string): string =>
  `${admission}plugins:\n- name: PodSecurity\n  configuration:\n    apiVersion: pod-security.admission.config.k8s.io/v1\n    kind: PodSecurityConfiguration\n${fields}`;

export const admissionFiles: readonly string[] = [
  ...brokenTexts(admission),
  `${admission}plugins: []\nextra: 1\n`,
  `${admission}plugins:\n- name: 5\n`,
  `${admission}plugins: {}\n`,
  `${admission}plugins:\n- name: PodSecurity\n  path: /none\n  configuration: text\n`,
  `${admission}plugins:\n- name: PodSecurity\n  configuration: []\n`,
  `${admission}plugins:\n- name: PodSecurity\n  configuration: {kind: A, apiVersion: "<b>"}\n`,
  podSecurity(''),
  podSecurity('    defaults: {enforce: none, audit: "", warn: x, warn-version: v1, audit-version: v1.999}\n'),
  podSecurity('    defaults: {enforce: baseline, enforceVersion: latest}\n    x: y\n'),
  podSecurity('    defaults: []\n'),
  podSecurity('    exemptions: {namespaces: [a.b, -x, a, a], runtimeClasses: [A, a.b, a.b], usernames: [x, "", x]}\n'),
  podSecurity(`    exemptions: {namespaces: [${'n'.repeat(64)}]}\n`),
  podSecurity('    exemptions: {usernames: x}\n'),
  podSecurity('    defaults: {enforce: baseline}\n').replace('config.k8s.io/v1\n    kind', 'config.k8s.io/v1alpha1\n    kind'),
  podSecurity('').replace('config.k8s.io/v1\n    kind', 'config.k8s.io/v2\n    kind'),
  'imagePolicy:\n  kubeConfigFile: x\n',
  'podNodeSelectorPluginConfig: {}\n',
  'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: []\n',
];

const authentication = 'apiVersion: apiserver.config.k8s.io/v1beta1\nkind: AuthenticationConfiguration\n';
const issuer = (fields: string, rest = '  claimMappings: {username: {claim: sub, prefix: ""}}\n'): string =>
  `${authentication}jwt:\n- issuer: {${fields}}\n${rest}`;
const good = 'url: "https://a.test", audiences: [a]';

export const authenticationFiles: readonly string[] = [
  ...brokenTexts(authentication),
  `${authentication}jwt: []\n`,
  `${authentication}jwt: [{}]\n`,
  `${authentication}anonymous: {enabled: false, conditions: [{path: /a}, {path: "<b>"}]}\n`.replace('v1beta1', 'v1alpha1'),
  issuer(good),
  issuer('url: "http://u:p@a.test/?q#f", audiences: [a, a, ""]'),
  issuer('url: "https://a b", audiences: []'),
  issuer('url: "https://a.test", discoveryURL: "https://a.test/", audiences: [a], audienceMatchPolicy: X'),
  issuer('url: "https://kubernetes.default.svc", audiences: [a, b]'),
  issuer('url: "https://kubernetes.default.svc", audiences: [a]'),
  issuer(`${good}, certificateAuthority: x`),
  issuer(`${good}, egressSelectorType: x`),
  issuer(
    good,
    '  claimMappings:\n    username: {claim: sub}\n    groups: {claim: g, expression: g, prefix: x}\n    uid: {claim: a, expression: b}\n',
  ),
  issuer(
    good,
    '  claimMappings:\n    username: {}\n    extra: [{key: A}, {key: "a.test/B"}, {key: "k8s.io/a"}, {key: "a.test/ x"}, {key: ""}]\n',
  ),
  issuer(
    good,
    '  claimMappings: {username: {claim: sub, prefix: ""}}\n  claimValidationRules: [{}, {claim: a, expression: b}, {claim: a, message: m}, {claim: a}]\n',
  ),
  issuer(good, '  claimMappings: {username: {claim: sub, prefix: ""}}\n  userValidationRules: [{}]\n'),
  issuer(good) + issuer(good).slice(issuer(good).indexOf('- issuer')),
];

const authorization = 'apiVersion: apiserver.config.k8s.io/v1beta1\nkind: AuthorizationConfiguration\n';
const webhook = (fields: string): string =>
  `${authorization}authorizers:\n- type: Webhook\n  name: w\n  webhook:\n    timeout: 3s\n    subjectAccessReviewVersion: v1\n    failurePolicy: Deny\n${fields}`;

export const authorizationFiles: readonly string[] = [
  ...brokenTexts(authorization),
  `${authorization}authorizers: []\n`,
  `${authorization}authorizers: [{}, {type: X}, {type: RBAC}, {type: RBAC, name: rbac}, {type: Node, name: A_B}]\n`,
  `${authorization}authorizers: [{type: RBAC, name: x}, {type: Node, name: y}, {type: AlwaysDeny, name: alwaysdeny}]\n`,
  `${authorization}authorizers: [{type: RBAC, name: rbac, webhook: {timeout: null}}]\n`,
  `${authorization}authorizers: [{type: RBAC, name: rbac, webhook: {}}, {type: Webhook, name: rbac}]\n`,
  webhook('    connectionInfo: {}\n'),
  webhook('    connectionInfo: {type: X, kubeConfigFile: y}\n'),
  webhook('    connectionInfo: {type: InClusterConfig, kubeConfigFile: y}\n'),
  webhook(
    '    connectionInfo: {type: KubeConfigFile, kubeConfigFile: y}\n    matchConditions: [{expression: " "}]\n    matchConditionSubjectAccessReviewVersion: v2\n',
  ),
  webhook('    connectionInfo: {type: KubeConfigFile}\n    authorizedTTL: -1s\n    unauthorizedTTL: 1d\n'),
  webhook('    connectionInfo: {type: KubeConfigFile}\n    authorizedTTL: -1s\n')
    .replace('3s', '31s')
    .replace('Deny', 'Maybe')
    .replace('v1\n    f', 'v2\n    f'),
];
