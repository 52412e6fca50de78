import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { collectLive } from './collect-live.ts';
import type { Connection } from './connection.ts';
import type { Environment } from './environment-proxy.ts';
import { inClusterConnection } from './in-cluster.ts';
import { connectionOf } from './kubeconfig-context.ts';
import { readKubeconfigFiles } from './kubeconfig-sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulwark-kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
};
const entries = (name: string, server: string, token: string): string => `
clusters: [{name: ${name}, cluster: {server: "${server}"}}]
users: [{name: ${name}, user: {token: ${token}}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}}}]
`;
const connect = (environment: Environment, context?: string): Promise<Connection> =>
  connectionOf(readKubeconfigFiles(undefined, environment), context, environment);
const gapsOf = async (options: Parameters<typeof collectLive>[0]): Promise<unknown> =>
  (await collectLive({ environment: {}, ...options })).gaps;

describe('kubeconfig', () => {
  it('merges the files of KUBECONFIG: the first to name something decides, missing files are passed over', async () => {
    const first = write('first', `apiVersion: v1\nkind: Config\n${entries('a', 'https://a:1', 'first')}`);
    const second = write('second', `current-context: b\n${entries('b', 'https://b:2', 'second')}`);
    const third = write('third', `current-context: a\n${entries('a', 'https://other:3', 'third')}`);
    const KUBECONFIG = [first, join(folder, 'missing'), second, third].join(delimiter);
    const current = await connect({ KUBECONFIG });
    expect([current.context, current.server.url.href]).toEqual(['b', 'https://b:2/']);
    const named = await connect({ KUBECONFIG }, 'a');
    expect([named.server.url.href, await named.credentials(false)]).toEqual(['https://a:1/', { authorization: 'Bearer first' }]);
    expect(named.kubeconfig).toMatchObject({
      source: first,
      inUse: true,
      servers: ['https://a:1'],
      users: [{ name: 'a', place: { path: 'users[0]' } }],
    });
    expect(JSON.stringify(named.kubeconfig)).not.toContain('Bearer');
  });

  it('reads ~/.kube/config where nothing else is named', async () => {
    write('home/.kube/config', `current-context: h\n${entries('h', 'h:6443', 'x')}`);
    expect((await connect({ HOME: join(folder, 'home') })).server.url.href).toBe('https://h:6443/');
  });

  it('keeps reading where one file of the list is broken', async () => {
    const KUBECONFIG = [write('broken', 'a: [1\n'), write('good', `current-context: g\n${entries('g', 'https://g', 'x')}`)].join(
      delimiter,
    );
    const files = readKubeconfigFiles(undefined, { KUBECONFIG });
    expect([files.files.length, files.gaps.length]).toEqual([1, 1]);
    expect(files.gaps[0]).toMatchObject({
      reason: expect.stringMatching(/^broken YAML/) as string,
      line: expect.any(Number) as number,
    });
  });

  it.each([
    ['no current-context', entries('a', 'https://a', 'marker-token'), undefined, /^no current-context/],
    [
      'an unknown context',
      `current-context: x\n${entries('a', 'https://a', 'marker-token')}`,
      undefined,
      /^there is no context "x"/,
    ],
    [
      'a context of the command line that is not there',
      entries('a', 'https://a', 'marker-token'),
      'y',
      /^there is no context "y"/,
    ],
    [
      'a cluster that is not there',
      'current-context: c\ncontexts: [{name: c, context: {cluster: gone, user: u}}]',
      undefined,
      /names the cluster gone, which is not there/,
    ],
    [
      'a user that is not there',
      `current-context: c\ncontexts: [{name: c, context: {cluster: a, user: gone}}]\n${entries('a', 'https://a', 'marker-token').replace(/contexts.*\n/, '')}`,
      undefined,
      /names the user gone/,
    ],
    ['an empty file', '', undefined, /^no current-context/],
    ['something else', 'kind: Pod\napiVersion: v1\n', undefined, /not a kubeconfig/],
    ['broken YAML', 'users:\n  - token: marker-token\n - x', undefined, /^broken YAML/],
    ['a binary file', '\u0000\u0001\u0002', undefined, /./],
    [
      'a file of certificates that is not there',
      `current-context: a\nclusters: [{name: a, cluster: {server: "https://a", certificate-authority: gone.crt}}]\nusers: []\ncontexts: [{name: a, context: {cluster: a, user: ""}}]`,
      undefined,
      /certificate-authority .*gone.crt: ENOENT/,
    ],
    [
      'a certificate without a key',
      `current-context: a\n${entries('a', 'https://127.0.0.1:1', 'x').replace('token: x', 'client-certificate-data: LS0t')}`,
      undefined,
      /without a client key/,
    ],
  ])('says what is wrong with %s', async (_, text, context, reason) => {
    const kubeconfig = write('wrong', text);
    const gaps = await gapsOf({ kubeconfig, ...(context === undefined ? {} : { context }) });
    expect(gaps).toMatchObject([
      {
        source: expect.stringContaining(kubeconfig) as string,
        reason: expect.stringMatching(reason) as string,
        hint: expect.any(String) as string,
      },
    ]);
    expect(JSON.stringify(gaps)).not.toContain('marker-token');
  });

  it('says where it looked when there is none', async () => {
    expect(await gapsOf({ kubeconfig: join(folder, 'none') })).toMatchObject([
      { source: join(folder, 'none'), reason: 'no such kubeconfig file' },
    ]);
    expect(await gapsOf({ environment: { HOME: join(folder, 'nobody') } })).toMatchObject([
      { source: join(folder, 'nobody/.kube/config'), reason: expect.stringContaining('no kubeconfig was found') as string },
    ]);
    expect(await gapsOf({ kubeconfig: folder })).toMatchObject([{ reason: 'a folder, not a kubeconfig file' }]);
  });
});

describe('in a pod', () => {
  it('speaks as its service account, with the token of the moment', async () => {
    const account = join(folder, 'account');
    write('account/token', 'one\n');
    write('account/ca.crt', 'PEM');
    const connection = inClusterConnection({ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }, account);
    expect(connection?.server).toMatchObject({ authorities: 'PEM', insecure: false });
    expect(connection?.server.url.href).toBe('https://[fd00::1]/');
    expect(await connection?.credentials(false)).toEqual({ authorization: 'Bearer one' });
    write('account/token', 'two\n');
    expect(await connection?.credentials(true)).toEqual({ authorization: 'Bearer two' });
    expect(JSON.stringify(connection?.kubeconfig)).not.toMatch(/one|two/);
  });

  it('is not in a pod elsewhere', () => {
    expect(inClusterConnection({}, folder)).toBeUndefined();
    expect(
      inClusterConnection({ KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }, join(folder, 'gone')),
    ).toBeUndefined();
  });
});
