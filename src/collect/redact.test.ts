import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldPath, Json, JsonObject } from '../cluster/json.ts';
import { countNodes, locate } from '../cluster/positions.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { blankWords, isSecretName, redactDocument, redactObject, redactText, tokenFileFacts } from './redact.ts';

const marker = 'MARKERs3cr3tMARKER';
const marker64 = Buffer.from(marker).toString('base64');
const pem = `-----BEGIN RSA PRIVATE KEY-----\nMIIE${marker}\nAAAA\n-----END RSA PRIVATE KEY-----\n`;

const clean = (value: Json): void => {
  const text = JSON.stringify(value);
  for (const secret of [marker, marker64, Buffer.from(pem).toString('base64').slice(40, 60)]) expect(text).not.toContain(secret);
};

const pod = (spec: object): JsonObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: spec as JsonObject });

describe('redactObject', () => {
  it('keeps names and sizes of a Secret', () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      type: 'Opaque',
      data: { key: marker64, n: null },
      stringData: { other: marker },
    };
    expect(redactObject(secret)).toEqual({
      ...secret,
      data: { key: '<redacted: 18 bytes>', n: null },
      stringData: { other: '<redacted: 18 bytes>' },
    });
    clean(redactObject({ ...secret, data: marker64 }));
    clean(redactObject({ ...secret, data: [marker64], stringData: { a: { b: marker } } }));
  });

  it('drops last-applied and managedFields everywhere', () => {
    const metadata = {
      name: 'x',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":"${marker}"}`, 'a/b': 'c' },
      managedFields: [{ x: marker }],
    };
    expect(redactObject({ apiVersion: 'v1', kind: 'Service', metadata })['metadata']).toEqual({
      name: 'x',
      annotations: { 'a/b': 'c' },
    });
  });

  it('keeps the ConfigMaps that controls read, without their secrets', () => {
    const map = (namespace: string, name: string, data: JsonObject): JsonObject =>
      redactObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data });
    expect(map('web', 'app', { 'a.conf': marker })['data']).toEqual({ 'a.conf': '<redacted: 18 bytes>' });
    expect(map('kube-public', 'cluster-info', { kubeconfig: marker })['data']).toEqual({ kubeconfig: '<redacted: 18 bytes>' });
    const text = `apiServer:\n  extraArgs:\n    anonymous-auth: "false"\ncertificateKey: ${marker}\n`;
    const kept = (map('kube-system', 'kubeadm-config', { ClusterConfiguration: text })['data'] as JsonObject)[
      'ClusterConfiguration'
    ] as string;
    expect(kept).toContain('anonymous-auth: "false"');
    expect(kept).toHaveLength(text.length);
    clean(kept);
    expect(map('kube-system', 'cilium-config', { 'enable-policy': 'never' })['data']).toEqual({ 'enable-policy': 'never' });
  });

  it('blanks variables but operational ones', () => {
    const env = [
      { name: 'DB_PASSWORD', value: marker },
      { name: 'HARMLESS', value: marker },
      { name: 'ETCD_CLIENT_CERT_AUTH', value: 'true' },
      { name: 'ETCD_ROOT_PASSWORD', value: marker },
      { name: 'REF', valueFrom: { secretKeyRef: { name: 's', key: 'password' } } },
    ];
    const result = redactObject(pod({ containers: [{ name: 'c', env }] }));
    clean(result);
    expect(JSON.stringify(result)).toContain('"value":"true"');
    expect(JSON.stringify(result)).toContain('"secretKeyRef":{"name":"s","key":"password"}');
  });

  it('blanks secrets in commands, headers, URLs and custom resources', () => {
    const container = {
      name: 'c',
      command: ['sh', '-c', `PGPASSWORD=${marker} run --token ${marker} --db=postgres://u:${marker}@db/x`],
      args: [
        `--password=${marker}`,
        '--api-key',
        marker,
        `--client-secret="${marker}"`,
        '--token-auth-file=/etc/t.csv',
        '--anonymous-auth=false',
      ],
      livenessProbe: { httpGet: { httpHeaders: [{ name: 'Authorization', value: `Bearer ${marker}` }] } },
    };
    const result = redactObject(pod({ containers: [container] }));
    clean(result);
    expect(JSON.stringify(result)).toContain('--token-auth-file=/etc/t.csv');
    expect(JSON.stringify(result)).toContain('--anonymous-auth=false');
    clean(
      redactObject({
        apiVersion: 'x.io/v1',
        kind: 'Db',
        metadata: { name: 'x' },
        spec: { auth: { clientSecret: marker, privateKey: pem, nested: [{ apiToken: marker }], cert: pem } },
      }),
    );
    clean(
      redactObject({
        apiVersion: 'helm.cattle.io/v1',
        kind: 'HelmChartConfig',
        metadata: { name: 'x' },
        spec: { valuesContent: `admin:\n  password: ${marker}\n` },
      }),
    );
    clean(
      redactObject({
        apiVersion: 'v1',
        kind: 'EncryptionConfig',
        providers: [{ aescbc: { keys: [{ name: 'k', secret: marker64 }] } }],
      } as never),
    );
  });

  it('returns the same object where nothing is secret, and is idempotent', () => {
    const plain = pod({ containers: [{ name: 'c', image: 'x', args: ['--v=2'] }] });
    expect(redactObject(plain)).toBe(plain);
    const once = redactObject(
      pod({
        containers: [{ name: 'c', env: [{ name: 'A', value: marker }], args: [`--password=${marker}`, '--token', marker] }],
      }),
    );
    expect(redactObject(once)).toEqual(once);
  });
});

describe('redactDocument', () => {
  it('keeps places true when members are dropped', () => {
    const text = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata:\n    managedFields:\n    - a: {b: c}\n    name: s\n  data: {a: {b: 1}, c: eA==}\n  type: Opaque\n- kind: Pod\n  apiVersion: v1\n  spec: {x: 1}\n`;
    const [document] = parseDocuments(text, 'x.yaml').documents;
    const redacted = redactDocument(document!);
    expect(redacted.positions).toHaveLength(countNodes(redacted.value) * 2);
    const at = (path: FieldPath): string => JSON.stringify(locate(redacted.value, redacted.positions!, path));
    expect(at(['items', 0, 'metadata', 'name'])).toBe('{"line":9,"column":5}');
    expect(at(['items', 0, 'type'])).toBe('{"line":11,"column":3}');
    expect(at(['items', 1, 'spec', 'x'])).toBe('{"line":14,"column":10}');
  });

  it('blanks items of a typed list that carry no kind', () => {
    const [document] = parseDocuments(
      `apiVersion: v1\nkind: SecretList\nitems: [{metadata: {name: a}, data: {k: ${marker64}}}]\n`,
      'x',
    ).documents;
    clean(redactDocument(document!).value);
  });
});

const sameShape = (text: string): string => {
  const result = redactText(text);
  expect(result).toHaveLength(text.length);
  expect(result.split('\n').map((line) => line.length)).toEqual(text.split('\n').map((line) => line.length));
  for (const secret of [marker, marker64, 's3cr3t']) expect(result).not.toContain(secret);
  expect(redactText(result)).toBe(result);
  return result;
};

describe('redactText', () => {
  it('keeps the validity of encryption keys', () => {
    const config = (secret: string): string =>
      `kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources:\n- resources: [secrets]\n  providers:\n  - aescbc:\n      keys:\n      - name: key1\n        secret: ${secret}\n`;
    const secretOf = (text: string): unknown =>
      (
        parseDocuments(text, 'x').documents[0]!.value as never as {
          resources: { providers: { aescbc: { keys: { secret: unknown }[] } }[] }[];
        }
      ).resources[0]!.providers[0]!.aescbc.keys[0]!.secret;
    const key = Buffer.alloc(32, 's3cr3t').toString('base64');
    expect(secretOf(sameShape(config(key)))).toBe(`${'A'.repeat(43)}=`);
    expect(secretOf(sameShape(config(`"${key}"`)))).toBe(`${'A'.repeat(43)}=`);
    expect(secretOf(sameShape(config(key.replaceAll('=', ''))))).toBe('A'.repeat(43));
    expect(secretOf(sameShape(config('czNjcjN0_w-*')))).toBe('AAAAAAAA-A--');
    expect(secretOf(sameShape(config(`|\n          ${key}`)))).toBe(`${'A'.repeat(43)}=\n`);
    sameShape(config(key).replace('key1\n', '"key1\n'));
    sameShape(
      JSON.stringify({
        kind: 'EncryptionConfiguration',
        resources: [{ providers: [{ secretbox: { keys: [{ name: 'a', secret: marker64 }] } }] }],
      }),
    );
    sameShape(`a: &k ${marker64}\nkeys:\n- secret: *k\n`);
  });

  it('blanks kubeconfigs, kubeadm, k3s, units and environment files', () => {
    const kept = sameShape(
      `apiVersion: v1\nkind: Config\nclusters:\n- cluster: {server: "https://x:6443", certificate-authority-data: Q0E=}\nusers:\n- name: a\n  user:\n    token: ${marker}\n    client-key-data: ${Buffer.from(pem).toString('base64')}\n    client-certificate-data: Q0VSVA==\n    password: "${marker}"\n    exec:\n      command: x\n      env: [{name: A, value: ${marker}}]\n      args: [--token=${marker}]\n`,
    );
    expect(kept).toContain('client-certificate-data: Q0VSVA==');
    expect(kept).toContain('server: "https://x:6443"');
    sameShape(`kind: InitConfiguration\nbootstrapTokens:\n- token: abcdef.s3cr3t0123456789\ncertificateKey: ${marker}\n`);
    const k3s = sameShape(
      `token: ${marker}\nagent-token: "${marker}"\nagent-token-file: /var/x\ndatastore-endpoint: postgres://u:${marker}@h:5432/k\netcd-s3-secret-key: ${marker}\nkube-apiserver-arg:\n- anonymous-auth=false\nsecrets-encryption: true\n`,
    );
    expect(k3s).toContain('@h:5432/k');
    expect(k3s).toContain('agent-token-file: /var/x');
    expect(k3s).toContain('anonymous-auth=false');
    expect(
      sameShape(
        `[Service]\nEnvironment=K3S_TOKEN=${marker}\nExecStart=/usr/bin/k3s server --token ${marker} --anonymous-auth=false\n`,
      ),
    ).toContain('--anonymous-auth=false');
    sameShape(`K3S_TOKEN='${marker}'\nK3S_DATASTORE_ENDPOINT=mysql://root:${marker}@tcp(h)/k\n`);
  });

  it('blanks private keys anywhere, and broken YAML rather too much', () => {
    sameShape(`notes\n${pem}more`);
    sameShape(`{"key": ${JSON.stringify(pem)}}`);
    sameShape(`-----BEGIN PRIVATE KEY-----\n${marker}\n`);
    sameShape(
      `a: [\npassword: ${marker}\nsecret: "${marker64}"\nb: {token: ${marker}, x: 1}\ntoken: |\n  ${marker}\n  ${marker}\nc: 1\n`,
    );
  });

  it('leaves audit policies, admission and authentication configuration as they are', () => {
    for (const text of [
      'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n  resources:\n  - group: ""\n    resources: [secrets, serviceaccounts/token]\n',
      'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: https://x, audiences: [a]}\n  claimMappings: {username: {claim: sub, prefix: ""}}\nanonymous: {enabled: false}\n',
      'apiVersion: v1\nkind: Pod\nspec:\n  volumes:\n  - name: a\n    secret:\n      secretName: x\n  automountServiceAccountToken: false\n',
    ])
      expect(redactText(text)).toBe(text);
  });

  it('never throws and keeps lengths, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(redactText(text)).toHaveLength(text.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe('small parts', () => {
  it('tells names of secrets', () => {
    for (const name of [
      'password',
      'DB_PASSWORD',
      'clientSecret',
      'api-key',
      'example.com/token',
      'secretAccessKey',
      'privateKey',
      'accessToken',
    ])
      expect(isSecretName(name), name).toBe(true);
    for (const name of [
      'secretName',
      'tokenFile',
      'passwordFile',
      'key',
      'name',
      'secrets',
      'automountServiceAccountToken',
      'continueToken',
      'monkey',
    ])
      expect(isSecretName(name), name).toBe(false);
  });

  it('keeps the flags that controls read', () => {
    const words = [
      '--service-account-key-file=/k',
      '--authentication-token-webhook=true',
      '--authentication-token-webhook-cache-ttl=2m',
      '--enable-bootstrap-token-auth=true',
      '--auth-token=simple',
      '--service-account-max-token-expiration=24h',
      '--initial-cluster-token=etcd-1',
      '--encryption-provider-config=/e',
    ];
    expect(blankWords(words, () => 'X')).toBe(words);
  });

  it('says of a token file who is in it by number alone', () => {
    expect(tokenFileFacts(`${marker},alice,1,"system:masters,dev"\n\n${marker},bob,2\n# c\n${marker},bob,2,dev\n`)).toEqual({
      lines: 3,
      users: 2,
      groups: ['dev', 'system:masters'],
    });
  });
});
