import { expect, test } from 'vitest';
import type { Component } from '../cluster/component.ts';
import { etcdSettingsOf } from './settings.ts';

function server(...flags: readonly string[]): Component {
  const source = 'kube-apiserver.yaml';
  return {
    name: 'kube-apiserver',
    host: 'cp-1',
    seenAs: 'static-pod',
    commandLine: { arguments: flags.map((text) => ({ text, place: { source } })) },
    document: { value: {}, source },
    files: new Map(),
    environment: new Map(),
    running: false,
  };
}

const files: Readonly<Record<string, string>> = { '/ca': 'CA', '/crt': 'CERTIFICATE', '/key': 'KEY' };
const tls = ['--etcd-cafile=/ca', '--etcd-certfile=/crt', '--etcd-keyfile=/key'];
const read = (...flags: readonly string[]): ReturnType<typeof etcdSettingsOf> =>
  etcdSettingsOf(server(...flags), 31, (path) => files[path]);

test('endpoints, certificates and prefix come from the flags', () => {
  expect(
    read('--etcd-servers=https://a:2379/,https://b:2379', '--etcd-servers=https://c:2379', ...tls, '--etcd-prefix=own/'),
  ).toEqual({
    kind: 'known',
    settings: {
      endpoints: ['https://a:2379', 'https://b:2379', 'https://c:2379'],
      authorities: 'CA',
      certificate: 'CERTIFICATE',
      key: 'KEY',
    },
    prefix: '/own',
  });
});

test('a plain endpoint needs no file, and none is read', () => {
  const asked: string[] = [];
  const reading = etcdSettingsOf(server('--etcd-servers=http://127.0.0.1:2379', ...tls), 31, (path) => {
    asked.push(path);
    return undefined;
  });
  expect(reading).toMatchObject({ kind: 'known', settings: { endpoints: ['http://127.0.0.1:2379'] }, prefix: '/registry' });
  expect(asked).toEqual([]);
});

test.each([
  [['--etcd-servers=https://a:2379', '--etcd-keyfile=/elsewhere'], '/elsewhere (--etcd-keyfile) cannot be read from here'],
  [['--etcd-servers=unix:///kine.sock'], 'the store is not etcd (kine, or a socket)'],
  [[], '--etcd-servers was not seen'],
])('%j: says why not', (flags, why) => {
  expect(read(...flags)).toEqual({ kind: 'unknown', why });
});
