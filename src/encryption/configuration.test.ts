import { describe, expect, it } from 'vitest';
import { loadEncryptionConfiguration, providersOf, storedPrefix, writeProvider } from './configuration.ts';

const key = 'djNSmnBN0HNBOaTRX5QyDNfEHf2/H7K9XiU9YxYZg2Y=';
const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n';

function load(entries: string, minor = 37, automaticReload = false) {
  return loadEncryptionConfiguration(head + entries, {
    path: 'enc.yaml',
    minor,
    automaticReload,
    gates: (name) => name !== 'KMSv1' || minor < 29,
  });
}

function accepted(entries: string) {
  const loaded = load(entries);
  if (loaded.kind === 'refused') throw new Error(loaded.message);
  return loaded.configuration;
}

const entry = (resources: string, provider: string): string => `- resources: [${resources}]\n  providers:\n${provider}`;
const cbc = (name: string): string => `  - aescbc: {keys: [{name: ${name}, secret: ${key}}]}\n`;
const identity = '  - identity: {}\n';

describe('writeProvider', () => {
  it('takes the resource itself before its group, and the group before everything', () => {
    const configuration = accepted(
      entry('secrets', cbc('one')) + entry('"*."', cbc('core')) + entry('"*.apps"', cbc('apps')) + entry('"*.*"', cbc('all')),
    );
    const prefix = (resource: string): string => storedPrefix(writeProvider(configuration, resource));
    expect(prefix('secrets')).toBe('k8s:enc:aescbc:v1:one:');
    expect(prefix('configmaps')).toBe('k8s:enc:aescbc:v1:core:');
    expect(prefix('deployments.apps')).toBe('k8s:enc:aescbc:v1:apps:');
    expect(prefix('widgets.example.test')).toBe('k8s:enc:aescbc:v1:all:');
    expect(prefix('events.events.k8s.io')).toBe('k8s:enc:aescbc:v1:core:');
  });

  it('joins the providers of several entries in the order of the file', () => {
    const configuration = accepted(
      entry('configmaps', identity) + entry('secrets', cbc('a') + identity) + entry('secrets', cbc('b')),
    );
    expect(providersOf(configuration, 'secrets')?.map(({ keyName, path }) => [keyName, path.join('/')])).toEqual([
      ['a', 'resources/1/providers/0'],
      [undefined, 'resources/1/providers/1'],
      ['b', 'resources/2/providers/0'],
    ]);
  });

  it('is undefined for a resource that no entry names', () => {
    expect(writeProvider(accepted(entry('configmaps', cbc('a'))), 'secrets')).toBeUndefined();
    expect(storedPrefix(undefined)).toBe('plaintext');
  });

  it('names a KMS provider with its version', () => {
    const kms = '  - kms: {apiVersion: v2, name: k, endpoint: "unix:///a.sock"}\n';
    expect(writeProvider(accepted(entry('secrets', kms)), 'secrets')).toMatchObject({
      provider: 'kms',
      kmsVersion: 'v2',
      kmsName: 'k',
    });
  });
});

describe('loadEncryptionConfiguration', () => {
  it('names the place of a fault', () => {
    expect(load(entry('secrets', '  - aescbc: {keys: [{name: a, secret: eA==}]}\n'))).toMatchObject({
      kind: 'refused',
      line: 6,
      column: 31,
    });
  });

  it('accepts unknown fields up to 1.30, and KMS v1 in 1.28', () => {
    const odd = `- resources: [secrets]\n  comment: x\n  providers:\n${cbc('a')}`;
    const v1 = entry('secrets', '  - kms: {name: k, endpoint: "unix:///a.sock"}\n');
    expect([28, 29, 30, 31, 37].map((minor) => load(odd, minor).kind)).toEqual([
      'accepted',
      'accepted',
      'accepted',
      'refused',
      'refused',
    ]);
    expect([28, 29, 37].map((minor) => load(v1, minor).kind)).toEqual(['accepted', 'refused', 'refused']);
  });

  it('prints two providers in one element as the server does, and without the key for reports', () => {
    const both = entry('secrets', `${cbc('a')}    identity: {}\n`);
    const loaded = load(both);
    expect(loaded.kind === 'refused' && loaded.message).toContain(`"Secret":"${key}"`);
    expect(loaded.kind === 'refused' && loaded.reportMessage).toContain('"Secret":"REDACTED"');
    const older = load(both, 33);
    expect(older.kind === 'refused' && older.message).not.toContain(key);
  });

  it('refuses a resource that an earlier wildcard hides', () => {
    expect(load(entry('"*.*"', identity) + entry('secrets', identity))).toMatchObject({
      message: 'error while building transformers: resource "secrets" is masked by earlier rule "*.*"',
      line: 7,
    });
  });

  it('lets a KMS v1 name be repeated, but not with automatic reload', () => {
    const kms = '  - kms: {name: k, endpoint: "unix:///a.sock"}\n';
    expect(load(entry('secrets', kms + kms), 28).kind).toBe('accepted');
    expect(load(entry('secrets', kms + kms), 28, true).kind).toBe('refused');
  });
});
