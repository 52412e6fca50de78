import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { applyEdits } from '../../../cluster/apply-edits.ts';
import type { Change } from '../../../cluster/change.ts';
import type { Json } from '../../../cluster/json.ts';
import { collect } from '../../../collect/collect.ts';
import { remediesOf, stepsOf } from '../../fixtures/remedies-of.ts';
import { control } from './control.ts';
import { remedy } from './remedy.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulwark-remedy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = '/etc/kubernetes/encryption.yaml';
const zeros = `${'A'.repeat(43)}=`;
const sevens = Buffer.from(new Uint8Array(32).fill(7)).toString('base64');
const key = { secretbox: { keys: [{ name: 'bulwark-2026-11-26', secret: sevens }] } };
const aescbc = { aescbc: { keys: [{ name: 'k1', secret: zeros }] } };

let count = 0;

/** One host for each configuration; \`undefined\`: no flag. */
async function remediesFor(...configurations: readonly (Json | undefined)[]) {
  const hostRoots = configurations.map((configuration, index) => {
    const root = join(folder, String(count++));
    mkdirSync(join(root, 'etc/kubernetes/manifests'), { recursive: true });
    writeFileSync(join(root, 'etc/hostname'), `cp-${index + 1}\n`);
    const flag = configuration === undefined ? '' : `, --encryption-provider-config=${path}`;
    writeFileSync(
      join(root, 'etc/kubernetes/manifests/kube-apiserver.yaml'),
      `apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.31.4
      command: [kube-apiserver${flag}]
      volumeMounts: [{name: k8s, mountPath: /etc/kubernetes}]
  volumes: [{name: k8s, hostPath: {path: /etc/kubernetes}}]
`,
    );
    if (configuration !== undefined) writeFileSync(join(root, path), JSON.stringify(configuration));
    return root;
  });
  const cluster = await collect({ paths: [], hostRoots, auditLogs: [], names: hostRoots });
  return remediesOf(control, remedy, cluster);
}

const configurationOf = (providers: readonly Json[], resources: readonly string[] = ['secrets']): Json => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'EncryptionConfiguration',
  resources: [{ resources, providers }],
});

function edited(value: Json, ...steps: readonly (readonly Change[])[]): Json {
  return applyEdits(
    value,
    steps.flat().flatMap((change) => (change.kind === 'edit-file' ? change.edits : [])),
  );
}

const textOf = (changes: readonly Change[] | undefined): unknown => {
  const file = changes?.find((change) => change.kind === 'write-file');
  return file?.kind === 'write-file' ? parse(file.text) : undefined;
};

describe('one API server', () => {
  it('writes a fresh key first and identity last, for root alone, and rewrites after the restart', async () => {
    const [first] = await remediesFor(undefined);
    const [write, rewrite] = stepsOf(first);
    expect(write?.[0]).toMatchObject({ kind: 'write-file', mode: 0o600, secret: true });
    expect(textOf(write)).toEqual(configurationOf([key, { identity: {} }]));
    expect(rewrite).toEqual([{ kind: 'rewrite-objects', resource: 'secrets', apiGroup: '' }]);
  });

  it('puts the key before a weak one, which reads on', async () => {
    const value = configurationOf([aescbc, { identity: {} }]);
    const [write = []] = stepsOf((await remediesFor(value))[0]);
    expect(edited(value, write)).toEqual(configurationOf([key, aescbc, { identity: {} }]));
  });

  it('moves an identity that wrote to the end', async () => {
    const value = configurationOf([{ identity: {} }, aescbc]);
    const [write = []] = stepsOf((await remediesFor(value))[0]);
    expect(edited(value, write)).toEqual(configurationOf([key, aescbc, { identity: {} }]));
  });

  it('rewrites what else the same entry encrypts', async () => {
    const value = configurationOf([aescbc], ['secrets', 'configmaps']);
    const [, rewrite = []] = stepsOf((await remediesFor(value))[0]);
    expect(rewrite.map((change) => (change.kind === 'rewrite-objects' ? change.resource : ''))).toEqual([
      'configmaps',
      'secrets',
    ]);
  });

  it('leaves a file that is refused to a person: its keys may be needed', async () => {
    const [first] = await remediesFor(configurationOf([{ secretbox: { keys: [{ name: 'k', secret: 'AAAA' }] } }]));
    expect(first).toMatchObject({ kind: 'none' });
  });
});

describe('several API servers', () => {
  it('lets every server read with the key before one writes with it', async () => {
    const both = await remediesFor(undefined, undefined);
    expect(both).toHaveLength(2);
    for (const one of both) {
      const [read, write] = stepsOf(one);
      expect(textOf(read)).toEqual(configurationOf([{ identity: {} }, key]));
      expect(textOf(write)).toEqual(configurationOf([key, { identity: {} }]));
    }
  });

  it('promotes the key in a file that is there', async () => {
    const value = configurationOf([aescbc, { identity: {} }]);
    const [read = [], write = []] = stepsOf((await remediesFor(value, value))[0]);
    expect(edited(value, read)).toEqual(configurationOf([aescbc, key, { identity: {} }]));
    expect(edited(value, read, write)).toEqual(configurationOf([key, aescbc, { identity: {} }]));
  });

  it('gives no key of its own to a server whose neighbour encrypts already', async () => {
    const good = configurationOf([{ secretbox: { keys: [{ name: 'k1', secret: zeros }] } }, { identity: {} }]);
    const remedies = await remediesFor(good, undefined);
    expect(remedies).toMatchObject([{ kind: 'none' }]);
  });
});
