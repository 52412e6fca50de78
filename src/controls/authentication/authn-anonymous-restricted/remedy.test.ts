import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Change } from '../../../cluster/change.ts';
import { collect } from '../../../collect/collect.ts';
import { remediesOf, stepsOf } from '../../fixtures/remedies-of.ts';
import { control } from './control.ts';
import { remedy } from './remedy.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulwark-remedy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const manifest = (version: string, flags: readonly string[]): string => `apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:${version}
      command:
        - kube-apiserver
${flags.map((flag) => `        - '${flag}'`).join('\n')}
      livenessProbe:
        httpGet: {host: 192.0.2.11, path: /livez, port: 6443, scheme: HTTPS}
      startupProbe:
        httpGet: {path: /livez, port: probe-port, scheme: HTTPS}
      volumeMounts:
        - {name: k8s, mountPath: /etc/kubernetes}
  volumes:
    - name: k8s
      hostPath: {path: /etc/kubernetes}
`;

let count = 0;

async function changesOf(
  version: string,
  flags: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<readonly Change[]> {
  const root = join(folder, String(count++));
  mkdirSync(join(root, 'etc/kubernetes/manifests'), { recursive: true });
  writeFileSync(join(root, 'etc/kubernetes/manifests/kube-apiserver.yaml'), manifest(version, flags));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'etc/kubernetes', name), text);
  const cluster = await collect({ paths: [root], hostRoots: [], auditLogs: [], names: [root] });
  const [first] = remediesOf(control, remedy, cluster);
  return stepsOf(first).flat();
}

const written = (changes: readonly Change[]) => {
  const file = changes.find((change) => change.kind === 'write-file');
  return file?.kind === 'write-file' ? (parse(file.text) as Record<string, unknown>) : undefined;
};
const flagsOf = (changes: readonly Change[]) =>
  changes.flatMap((change) =>
    change.kind === 'set-flag' ? [`${change.flag}=${change.value}`] : change.kind === 'remove-flag' ? [`-${change.flag}`] : [],
  );

describe('from 1.32 on', () => {
  it.each([
    ['v1.32.1', 'v1beta1'],
    ['v1.33.9', 'v1beta1'],
    ['v1.34.0', 'v1'],
    ['v1.37.2', 'v1'],
  ])('writes the block for %s', async (version, api) => {
    const changes = await changesOf(version, ['--anonymous-auth=true']);
    expect(written(changes)).toEqual({
      apiVersion: `apiserver.config.k8s.io/${api}`,
      kind: 'AuthenticationConfiguration',
      anonymous: { enabled: true, conditions: [{ path: '/livez' }, { path: '/readyz' }, { path: '/healthz' }] },
    });
    expect(flagsOf(changes)).toEqual(['authentication-config=/etc/kubernetes/authentication/config.yaml', '-anonymous-auth']);
  });

  it('carries the OIDC flags over as the server itself reads them', async () => {
    const flags = [
      'issuer-url=https://idp.example.com',
      'client-id=kube',
      'groups-claim=groups',
      'groups-prefix=oidc:',
      'required-claim=hd=example.com',
    ];
    const changes = await changesOf(
      'v1.36.0',
      flags.map((flag) => `--oidc-${flag}`),
    );
    expect(written(changes)?.['jwt']).toEqual([
      {
        issuer: { url: 'https://idp.example.com', audiences: ['kube'] },
        claimValidationRules: [{ claim: 'hd', requiredValue: 'example.com' }],
        claimMappings: {
          username: { claim: 'sub', prefix: 'https://idp.example.com#' },
          groups: { claim: 'groups', prefix: 'oidc:' },
        },
      },
    ]);
    expect(flagsOf(changes).filter((flag) => flag.startsWith('-oidc'))).toHaveLength(5);
  });

  it('turns anonymous requests off where the CA of the issuer was not seen', async () => {
    const changes = await changesOf('v1.36.0', [
      '--oidc-issuer-url=https://idp.example.com',
      '--oidc-client-id=kube',
      '--oidc-ca-file=/etc/kubernetes/idp.crt',
    ]);
    expect(flagsOf(changes)).toContain('anonymous-auth=false');
    expect(flagsOf(changes).some((flag) => flag.startsWith('-oidc'))).toBe(false);
  });

  it('narrows a block that is there and keeps who may sign in', async () => {
    const file = `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
  - issuer: {url: 'https://idp.example.com', audiences: [kube]}
    claimMappings: {username: {claim: sub, prefix: ''}}
anonymous:
  enabled: true
  conditions:
    - path: /livez
    - path: /version
`;
    const changes = await changesOf('v1.36.0', ['--authentication-config=/etc/kubernetes/authn.yaml'], { 'authn.yaml': file });
    expect(changes).toEqual([
      expect.objectContaining({
        kind: 'edit-file',
        path: '/etc/kubernetes/authn.yaml',
        edits: [{ op: 'remove', path: ['anonymous', 'conditions', 1] }],
      }),
    ]);
  });
});

describe('before 1.32', () => {
  it('switches anonymous requests off, with the probes as TCP checks on the same host', async () => {
    const changes = await changesOf('v1.31.4', []);
    expect(flagsOf(changes)).toEqual(['anonymous-auth=false']);
    const edits = changes.flatMap((change) => (change.kind === 'edit-manifest' ? change.edits : []));
    const at = ['spec', 'containers', 0];
    expect(edits).toEqual([
      { op: 'remove', path: [...at, 'startupProbe', 'httpGet'] },
      { op: 'set', path: [...at, 'startupProbe', 'tcpSocket'], value: { port: 'probe-port' } },
      { op: 'remove', path: [...at, 'livenessProbe', 'httpGet'] },
      { op: 'set', path: [...at, 'livenessProbe', 'tcpSocket'], value: { host: '192.0.2.11', port: 6443 } },
    ]);
  });
});
