import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestAuthority } from '../../../testbed/certificates.ts';
import type { ClusterParts } from '../parts.ts';
import { defaultLimits } from './api-client.ts';
import type { LiveOptions } from './collect-live.ts';
import { collectLive } from './collect-live.ts';
import { FakeApiServer } from './fixtures/fake-api-server.ts';
import type { Answer } from './fixtures/fake-api-server.ts';

const limits = { ...defaultLimits, connectMs: 500, answerMs: 400, pauseMs: 5, longestPauseMs: 20 };
let server: FakeApiServer;
const servers: (Server | ReturnType<typeof createTcpServer>)[] = [];

beforeEach(async () => {
  server = new FakeApiServer();
  await server.start();
});
afterEach(async () => {
  await server.stop();
  for (const other of servers.splice(0)) other.close();
});

function collect(options: LiveOptions = {}): Promise<ClusterParts> {
  return collectLive({ kubeconfig: server.kubeconfig(), limits, environment: { PATH: process.env['PATH'] }, ...options });
}

const pod = (name: string, extra: object = {}): object => ({
  metadata: { name, namespace: 'web', managedFields: [{ manager: 'x' }] },
  spec: {},
  ...extra,
});
const list = (kind: string, items: readonly object[], metadata: object = {}): Answer => ({
  body: { kind, apiVersion: 'v1', metadata, items },
});
const forbidden = (message: string): Answer => ({ status: 403, body: { kind: 'Status', code: 403, message } });
const kindsOf = (parts: ClusterParts): readonly string[] => (parts.listings ?? []).map((listing) => listing.kind);
const on = (path: string, answer: (url: URL) => Answer | undefined): void => {
  server.route = (url) => (url.pathname === path ? answer(url) : undefined);
};

describe('collectLive', () => {
  it('reads a cluster: version, who asks, objects by API path, and lists kinds that are not served as empty', async () => {
    on('/api/v1/pods', () => list('PodList', [pod('front')]));
    const parts = await collect();
    expect(parts.gaps).toEqual([]);
    expect(parts.gitVersion).toEqual({ text: 'v1.31.4', place: { source: '/version', path: 'gitVersion' } });
    expect(parts.self).toMatchObject({ username: 'tester' });
    expect(parts.objects).toHaveLength(1);
    expect(parts.objects?.[0]).toMatchObject({
      kindKey: 'Pod',
      namespace: 'web',
      seenIn: 'api',
      base: [],
      document: { source: '/api/v1/namespaces/web/pods/front' },
      manifest: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'front' } },
    });
    expect(JSON.stringify(parts.objects)).not.toContain('managedFields');
    expect(kindsOf(parts)).toEqual(
      expect.arrayContaining(['Pod', 'CiliumNetworkPolicy.cilium.io', 'NetworkPolicy.networking.k8s.io']),
    );
    expect(new Set(server.seen.filter((line) => !line.startsWith('GET ')))).toEqual(
      new Set(['POST /apis/authentication.k8s.io/v1/selfsubjectreviews']),
    );
    expect(parts.kubeconfigs).toMatchObject([{ inUse: true, users: [{ name: 'tester', credential: 'token' }] }]);
    expect(JSON.stringify(parts)).not.toContain('marker-token');
  });

  it('follows pages to the end', async () => {
    on('/api/v1/pods', (url) => {
      expect(url.searchParams.get('limit')).toBe('500');
      const next = url.searchParams.get('continue');
      if (next === null) return list('PodList', [pod('a')], { continue: 'one+/=', remainingItemCount: 2 });
      return next === 'one+/=' ? list('PodList', [pod('b')], { continue: 'two' }) : list('PodList', [pod('c')]);
    });
    const parts = await collect();
    expect(parts.objects?.map((object) => object.name)).toEqual(['a', 'b', 'c']);
  });

  it('starts again when the server forgot the list, and does not count twice', async () => {
    let first = true;
    on('/api/v1/pods', (url) => {
      if (url.searchParams.get('continue') === null) return list('PodList', [pod('a')], { continue: 'next' });
      if (!first) return list('PodList', [pod('b')]);
      first = false;
      return { status: 410, body: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };
    });
    const parts = await collect();
    expect(parts.objects?.map((object) => object.name)).toEqual(['a', 'b']);
    expect(kindsOf(parts)).toContain('Pod');
  });

  it('asks for the whole list at once when pages expire again and again, and ends', async () => {
    on('/api/v1/pods', (url) => {
      if (!url.searchParams.has('limit')) return list('PodList', [pod('a'), pod('b')]);
      return url.searchParams.has('continue') ? { status: 410, body: {} } : list('PodList', [pod('a')], { continue: 'next' });
    });
    expect((await collect()).objects?.map((object) => object.name)).toEqual(['a', 'b']);
    on('/api/v1/pods', () => ({ status: 410, body: {} }));
    expect((await collect()).gaps).toMatchObject([{ kind: 'Pod', source: '/api/v1/pods', reason: '410 the list ended early' }]);
  });

  it('makes a refusal a gap that names the right, never an absence', async () => {
    on('/api/v1/secrets', () => forbidden('secrets is forbidden: User "tester" cannot list resource "secrets"'));
    const parts = await collect();
    expect(parts.gaps).toEqual([
      {
        source: '/api/v1/secrets',
        reason: '403 secrets is forbidden: User "tester" cannot list resource "secrets"',
        hint: 'grant list secrets (core); bulwark collect --print-rbac prints all',
        kind: 'Secret',
      },
    ]);
    expect(kindsOf(parts)).not.toContain('Secret');
  });

  it('keeps what came before a list broke off', async () => {
    on('/api/v1/pods', (url) =>
      url.searchParams.has('continue') ? { body: '{"kind":"PodList","items":[' } : list('PodList', [pod('a')], { continue: 'x' }),
    );
    const parts = await collect();
    expect(parts.objects?.map((object) => object.name)).toEqual(['a']);
    expect(parts.gaps).toMatchObject([{ kind: 'Pod', reason: expect.stringContaining('broken answer') as string }]);
    expect(kindsOf(parts)).not.toContain('Pod');
  });

  it.each([
    [{ body: { kind: 'Status' } }, 'broken answer: not a list'],
    [{ body: { kind: 'PodList', metadata: {}, items: 'none' } }, 'broken answer: not a list'],
    [{ body: '<html>' }, 'broken answer: no JSON'],
    [{ body: [] }, 'broken answer: not a list'],
    [{ status: 500, body: { message: 'etcd is down' } }, '500 etcd is down'],
    [{ delay: 2000, body: {} }, 'no answer within 0.4 s'],
  ] as [Answer, string][])('says what is wrong with the answer %j', async (answer, reason) => {
    on('/api/v1/pods', () => answer);
    const parts = await collect();
    expect(parts.gaps).toMatchObject([
      { kind: 'Pod', source: '/api/v1/pods', reason: expect.stringContaining(reason) as string },
    ]);
    expect(parts.listings?.length).toBeGreaterThan(20);
  });

  it('tries again where the server is busy, as long as it may', async () => {
    let asked = 0;
    on('/api/v1/pods', () =>
      ++asked < 3 ? { status: 429, headers: { 'retry-after': '0' }, body: {} } : list('PodList', [pod('a')]),
    );
    expect((await collect()).objects).toHaveLength(1);
    expect(asked).toBe(3);
    on('/api/v1/pods', () => ({ status: 429, headers: { 'retry-after': '9999' }, body: {} }));
    expect((await collect()).gaps).toMatchObject([{ kind: 'Pod', reason: expect.stringMatching(/^429/) as string }]);
  });

  it('keeps no value of a secret and no schema of a custom resource', async () => {
    server.route = ({ pathname }) => {
      if (pathname === '/api/v1/secrets')
        return list('SecretList', [
          {
            metadata: { name: 's', namespace: 'web' },
            type: 'Opaque',
            data: { password: Buffer.from('marker-secret').toString('base64') },
          },
        ]);
      if (pathname.endsWith('/customresourcedefinitions'))
        return list('CustomResourceDefinitionList', [
          {
            metadata: { name: 'x.example.com' },
            spec: { group: 'example.com', versions: [{ name: 'v1', served: true, schema: { openAPIV3Schema: {} } }] },
          },
        ]);
      return undefined;
    };
    const parts = await collect();
    const [secret, definition] = parts.objects ?? [];
    expect(secret?.manifest['data']).toEqual({ password: '<redacted: 13 bytes>' });
    expect(JSON.stringify(parts)).not.toContain(Buffer.from('marker-secret').toString('base64'));
    expect(definition?.manifest['spec']).toEqual({ group: 'example.com', versions: [{ name: 'v1', served: true }] });
  });

  it('reads one namespace alone, lists no namespaced kind, and says so', async () => {
    server.route = ({ pathname }) => {
      if (pathname === '/api/v1/namespaces') return forbidden('no');
      return pathname === '/api/v1/namespaces/web'
        ? { body: { kind: 'Namespace', metadata: { name: 'web', labels: { a: 'b' } } } }
        : undefined;
    };
    const parts = await collect({ namespace: 'web' });
    expect(kindsOf(parts)).not.toContain('Pod');
    expect(kindsOf(parts)).toContain('ClusterRole.rbac.authorization.k8s.io');
    expect(server.seen).toContain('GET /api/v1/namespaces/web/pods?limit=500');
    expect(server.seen.filter((line) => line.includes('kubeadm-config'))).toEqual([]);
    expect(parts.objects?.map((object) => object.kindKey)).toEqual(['Namespace']);
    expect(parts.gaps?.map((gap) => gap.source)).toEqual(['/api/v1/namespaces/web', '/api/v1/namespaces']);
  });

  it('asks for known versions where discovery is refused', async () => {
    server.route = ({ pathname }) => (pathname === '/api' || pathname === '/apis' ? forbidden('no') : undefined);
    const parts = await collect();
    expect(parts.gaps).toEqual([]);
    expect(kindsOf(parts)).toEqual(expect.arrayContaining(['Pod', 'CronJob.batch', 'CiliumNetworkPolicy.cilium.io']));
  });

  it('takes a group whose own server is down for a gap', async () => {
    server.route = ({ pathname }) => {
      if (pathname === '/apis')
        return {
          body: {
            kind: 'APIGroupDiscoveryList',
            items: [
              { metadata: { name: 'projectcalico.org' }, versions: [{ version: 'v3', freshness: 'Stale', resources: [] }] },
            ],
          },
        };
      return pathname.startsWith('/apis/projectcalico.org')
        ? { status: 503, body: { message: 'service unavailable' } }
        : undefined;
    };
    const parts = await collect();
    expect(parts.gaps?.map((gap) => gap.kind)).toEqual([
      'NetworkPolicy.projectcalico.org',
      'GlobalNetworkPolicy.projectcalico.org',
    ]);
  });

  it('takes a server without SelfSubjectReview as it is', async () => {
    server.route = ({ pathname }) => (pathname.endsWith('/v1/selfsubjectreviews') ? { status: 404, body: {} } : undefined);
    expect((await collect()).self).toMatchObject({ source: '/apis/authentication.k8s.io/v1beta1/selfsubjectreviews' });
    server.route = ({ pathname }) => (pathname.endsWith('/selfsubjectreviews') ? forbidden('no') : undefined);
    const parts = await collect();
    expect([parts.self, parts.gaps]).toEqual([undefined, []]);
  });
});

describe('a server that fails on the way', () => {
  it('keeps what was read before the server no longer knew the credential', async () => {
    server.route = ({ pathname }) => {
      if (pathname === '/api/v1/pods') return list('PodList', [pod('front')]);
      return pathname === '/api/v1/limitranges' ? { status: 401, body: {} } : undefined;
    };
    const parts = await collect();
    expect(parts.objects).toHaveLength(1);
    expect(kindsOf(parts)).toContain('Pod');
    expect(kindsOf(parts)).not.toContain('LimitRange');
    expect(parts.gaps).toMatchObject([{ reason: expect.stringMatching(/^401/) as string }]);
  });

  it('does not wait for every kind when the server has gone', async () => {
    const listed = new RegExp('^/(?:api/v1|apis/[a-z0-9.]+/v1)/[a-z]+$');
    server.route = ({ pathname }) =>
      listed.test(pathname) && pathname !== '/api/v1/pods' ? { delay: 5000, body: {} } : undefined;
    const parts = await collect();
    expect(parts.gitVersion?.text).toBe('v1.31.4');
    expect(kindsOf(parts)).toContain('Pod');
    expect(parts.gaps?.length).toBeLessThan(12);
    expect(parts.gaps?.at(-1)?.reason).toContain('the server stopped answering');
  });

  it('keeps the version where discovery fails', async () => {
    server.route = ({ pathname }) => (pathname === '/apis' ? { status: 500, body: {} } : undefined);
    const parts = await collect();
    expect(parts).toMatchObject({ gitVersion: { text: 'v1.31.4' }, objects: [], gaps: [{ source: '/apis' }], kubeconfigs: [{}] });
  });

  it('does not take a 404 for absence where the kind is served', async () => {
    on('/api/v1/secrets', () => ({ status: 404, body: '<html>' }));
    const parts = await collect();
    expect(parts.gaps).toMatchObject([{ kind: 'Secret', reason: expect.stringContaining('404') as string }]);
    expect(kindsOf(parts)).not.toContain('Secret');
  });

  it('says when the namespace is not there', async () => {
    expect((await collect({ namespace: 'wbe' })).gaps?.map((gap) => gap.reason)).toContain('there is no namespace wbe');
  });
});

describe('kubelets', () => {
  const nodes = (count: number): Answer =>
    list(
      'NodeList',
      Array.from({ length: count }, (_, index) => ({
        metadata: { name: `n${index}` },
        status: { nodeInfo: { kubeletVersion: 'v1.31.4' } },
      })),
    );

  it('shows what /configz says, without tokens in headers', async () => {
    server.route = ({ pathname }) => {
      if (pathname === '/api/v1/nodes') return nodes(2);
      return pathname.endsWith('/proxy/configz')
        ? {
            body: {
              kubeletconfig: {
                authentication: { anonymous: { enabled: false } },
                staticPodURLHeader: { 'X-Own': ['marker-secret'] },
              },
            },
          }
        : undefined;
    };
    const parts = await collect();
    expect(parts.components?.map(({ name, host, version }) => [name, host, version?.text])).toEqual([
      ['kubelet', 'n0', 'v1.31.4'],
      ['kubelet', 'n1', 'v1.31.4'],
    ]);
    expect(JSON.stringify(parts.components?.map(({ configz }) => configz))).not.toContain('marker-secret');
  });

  it('asks one kubelet alone where the right is missing', async () => {
    server.route = ({ pathname }) =>
      pathname === '/api/v1/nodes' ? nodes(30) : pathname.endsWith('/configz') ? forbidden('nodes "n0" is forbidden') : undefined;
    const parts = await collect();
    expect(parts.gaps).toMatchObject([{ source: '/api/v1/nodes/NAME/proxy/configz', reason: '403 nodes "n0" is forbidden' }]);
    expect(server.seen.filter((line) => line.includes('configz'))).toHaveLength(1);
  });

  it('stops asking where kubelets do not answer, and says how many are left', async () => {
    server.route = ({ pathname }) =>
      pathname === '/api/v1/nodes'
        ? nodes(30)
        : pathname.endsWith('/configz')
          ? { status: 503, body: { message: 'error trying to reach service' } }
          : undefined;
    const gaps = (await collect()).gaps ?? [];
    expect(gaps.length).toBeLessThan(10);
    expect(gaps.at(-1)?.reason).toMatch(/^2\d more kubelets were not asked/);
  });

  it('asks none where there are very many', async () => {
    server.route = ({ pathname }) => (pathname === '/api/v1/nodes' ? nodes(501) : undefined);
    expect((await collect()).gaps).toMatchObject([{ reason: expect.stringContaining('501 nodes') as string }]);
    expect(server.seen.filter((line) => line.includes('configz'))).toEqual([]);
  });
});

describe('credentials', () => {
  it('presents a client certificate, from data or from files beside the kubeconfig', async () => {
    const { certificate, key } = server.authority.issue({ commonName: 'jane', organizations: ['dev'] });
    writeFileSync(join(server.folder, 'jane.crt'), certificate);
    writeFileSync(join(server.folder, 'jane.key'), key);
    const parts = await collect({
      kubeconfig: server.kubeconfig({ user: { 'client-certificate': 'jane.crt', 'client-key': 'jane.key' } }),
    });
    expect(parts.gaps).toEqual([]);
    expect(new Set(server.commonNames)).toEqual(new Set(['jane']));
    expect(parts.kubeconfigs?.[0]?.users).toMatchObject([
      { credential: 'client-certificate', commonName: 'jane', organizations: ['dev'] },
    ]);
  });

  it('says when a client certificate has expired, before asking', async () => {
    const { certificate, key } = server.authority.issue({ commonName: 'old', lifetime: -60 });
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const parts = await collect({
      kubeconfig: server.kubeconfig({ user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) } }),
    });
    expect(parts).toEqual({
      gaps: [
        expect.objectContaining({
          source: expect.stringMatching(/: user tester$/) as string,
          reason: expect.stringMatching(/^the client certificate of old expired at 20/) as string,
        }),
      ],
    });
    expect(server.seen).toEqual([]);
  });

  it('reads a token file again when the server no longer knows the token', async () => {
    const file = join(server.folder, 'token');
    writeFileSync(file, 'old\n');
    server.route = (_, request) => {
      if (request.headers.authorization === 'Bearer new') return undefined;
      writeFileSync(file, 'new\n');
      return { status: 401, body: { kind: 'Status', code: 401 } };
    };
    expect((await collect({ kubeconfig: server.kubeconfig({ user: { tokenFile: 'token', token: 'other' } }) })).gaps).toEqual([]);
    expect(server.authorizations.slice(0, 2)).toEqual(['Bearer old', 'Bearer new']);
  });

  it('says what to do about a 401, once, and shows no token', async () => {
    server.route = () => ({ status: 401, body: { kind: 'Status', code: 401, message: 'Unauthorized' } });
    const parts = await collect();
    expect(parts).toEqual({
      gaps: [
        expect.objectContaining({
          source: `https://127.0.0.1:${server.port}`,
          reason: expect.stringMatching(/^401 .*user tester$/) as string,
        }),
      ],
    });
    expect(JSON.stringify(parts)).not.toContain('marker-token');
  });

  it('sends name and password, and impersonation', async () => {
    await collect({
      kubeconfig: server.kubeconfig({
        user: {
          username: 'u',
          password: 'pä:ss',
          as: 'jane',
          'as-groups': ['a', 'b'],
          'as-user-extra': { 'Example.com/X': ['1'] },
        },
      }),
    });
    expect(server.authorizations[0]).toBe(`Basic ${Buffer.from('u:pä:ss').toString('base64')}`);
    const sent = server.rawHeaders[0] ?? [];
    const impersonation = sent.flatMap((name, at) => (name.startsWith('impersonate-') ? [[name, sent[at + 1]]] : []));
    expect(impersonation).toEqual([
      ['impersonate-user', 'jane'],
      ['impersonate-group', 'a'],
      ['impersonate-group', 'b'],
      ['impersonate-extra-example.com%2Fx', '1'],
    ]);
  });

  const plugin = (name: string, script: string): string => {
    const path = join(server.folder, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o700);
    return `./${name}`;
  };
  const exec = (command: string, extra: object = {}): string =>
    server.kubeconfig({
      user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never', ...extra } },
    });

  it('runs an exec plug-in once, with what kubectl tells it, relative to the kubeconfig', async () => {
    const credential = '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s"}}';
    const command = plugin(
      'login',
      `printf '%s' "$KUBERNETES_EXEC_INFO" > ${server.folder}/info; echo "$1 $OWN" >> ${server.folder}/runs; printf '${credential}' marker-exec`,
    );
    const parts = await collect({
      kubeconfig: exec(command, { args: ['get-token'], env: [{ name: 'OWN', value: 'mine' }], provideClusterInfo: true }),
    });
    expect(parts.gaps).toEqual([]);
    expect(new Set(server.authorizations)).toEqual(new Set(['Bearer marker-exec']));
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(join(server.folder, 'runs'), 'utf8')).toBe('get-token mine\n');
    expect(JSON.parse(readFileSync(join(server.folder, 'info'), 'utf8'))).toMatchObject({
      kind: 'ExecCredential',
      apiVersion: 'client.authentication.k8s.io/v1',
      spec: {
        interactive: false,
        cluster: {
          server: `https://127.0.0.1:${server.port}`,
          'certificate-authority-data': expect.any(String) as string,
          config: null,
        },
      },
    });
    expect(JSON.stringify(parts)).not.toContain('marker-exec');
  });

  it('takes a certificate from an exec plug-in', async () => {
    const { certificate, key } = server.authority.issue({ commonName: 'plugged' });
    writeFileSync(
      join(server.folder, 'answer'),
      JSON.stringify({
        kind: 'ExecCredential',
        apiVersion: 'client.authentication.k8s.io/v1',
        status: { clientCertificateData: certificate, clientKeyData: key },
      }),
    );
    await collect({ kubeconfig: exec(plugin('login', `cat ${server.folder}/answer`)) });
    expect(new Set(server.commonNames)).toEqual(new Set(['plugged']));
  });

  it.each([
    ['not-there', {}, /not-there: not found/],
    ['exit 3', {}, /ended with exit code 3/],
    ['echo marker-output', {}, /printed no JSON/],
    ['echo "{\\"kind\\":\\"Other\\"}"', {}, /no ExecCredential/],
    [
      `echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"marker-output"}}'`,
      {},
      /another apiVersion/,
    ],
    [`echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{}}'`, {}, /neither a token nor/],
    ['true', { apiVersion: 'client.authentication.k8s.io/v1alpha1' }, /v1alpha1.* is not known/],
    ['true', { interactiveMode: 'Always' }, /needs a terminal/],
  ])('says what is wrong with the exec plug-in %j %j', async (script, extra, reason) => {
    const command = script === 'not-there' ? './not-there' : plugin('login', script);
    const parts = await collect({ kubeconfig: exec(command, extra) });
    expect(parts.gaps).toMatchObject([{ reason: expect.stringMatching(reason) as string }]);
    expect(JSON.stringify(parts)).not.toContain('marker-output');
  });

  it('asks an auth provider that has a valid token', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600 })}.x`;
    const provider = {
      name: 'oidc',
      config: {
        'id-token': token,
        'client-id': 'c',
        'client-secret': 's',
        'refresh-token': 'r',
        'idp-issuer-url': 'https://127.0.0.1:1',
      },
    };
    expect((await collect({ kubeconfig: server.kubeconfig({ user: { 'auth-provider': provider } }) })).gaps).toEqual([]);
    expect(server.authorizations[0]).toBe(`Bearer ${token}`);
    const parts = await collect({
      kubeconfig: server.kubeconfig({
        user: { 'auth-provider': { name: 'oidc', config: { ...provider.config, 'id-token': 'a.b.c' } } },
      }),
    });
    expect(parts.gaps).toMatchObject([{ reason: expect.stringContaining('auth provider oidc') as string }]);
  });
});

describe('the way to the server', () => {
  const listen = async (other: Server | ReturnType<typeof createTcpServer>): Promise<number> => {
    servers.push(other);
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    return (other.address() as AddressInfo).port;
  };
  const httpProxy = (seen: string[], allow: boolean): Server =>
    createServer().on('connect', (request, client: Socket) => {
      seen.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
      if (!allow) {
        client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const upstream = connect(server.port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      for (const socket of [client, upstream]) socket.on('error', () => upstream.destroy());
    });

  it('goes through proxy-url with a client certificate', async () => {
    const seen: string[] = [];
    const port = await listen(httpProxy(seen, true));
    const parts = await collect({
      kubeconfig: server.kubeconfig({ cluster: { 'proxy-url': `http://me:marker-pass@127.0.0.1:${port}` } }),
    });
    expect(parts.gaps).toEqual([]);
    expect(new Set(seen)).toEqual(
      new Set([`127.0.0.1:${server.port} Basic ${Buffer.from('me:marker-pass').toString('base64')}`]),
    );
    expect(JSON.stringify(parts)).not.toContain('marker-pass');
  });

  it('goes through the proxy of the environment', async () => {
    const seen: string[] = [];
    const port = await listen(httpProxy(seen, true));
    const kubeconfig = server.kubeconfig({ cluster: { server: `https://api.example.com:${server.port}` } });
    expect((await collect({ kubeconfig, environment: { https_proxy: `127.0.0.1:${port}` } })).gaps).toEqual([]);
    expect(seen[0]).toBe(`api.example.com:${server.port}`);
  });

  it('goes through a SOCKS5 proxy and still checks the certificate', async () => {
    const socks = createTcpServer((client) => {
      client.on('error', () => undefined);
      client.once('data', () => {
        client.write(Buffer.from([5, 0]));
        client.once('data', () => {
          const upstream = connect(server.port, '127.0.0.1', () => {
            client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
            upstream.pipe(client).pipe(upstream);
          });
          upstream.on('error', () => client.destroy());
        });
      });
    });
    const proxy = { 'proxy-url': `socks5://127.0.0.1:${await listen(socks)}` };
    const inTime = { ...limits, answerMs: 5000 };
    expect((await collect({ kubeconfig: server.kubeconfig({ cluster: proxy }), limits: inTime })).gaps).toEqual([]);
    const other = Buffer.from(new TestAuthority('other').credential.certificate).toString('base64');
    const parts = await collect({
      kubeconfig: server.kubeconfig({ cluster: { ...proxy, 'certificate-authority-data': other } }),
      limits: inTime,
    });
    expect(parts.gaps).toMatchObject([{ reason: expect.stringContaining('not trusted') as string }]);
  });

  it.each([
    ['refuses', { 'proxy-url': '' }, /proxy refused/],
    ['is no URL', { 'proxy-url': 'marker-pass' }, /no URL that can be used/],
    ['speaks something else', { 'proxy-url': 'ftp://me:marker-pass@host' }, /no URL that can be used/],
  ])('says when the proxy %s', async (_, cluster, reason) => {
    const port = await listen(httpProxy([], false));
    const proxy = cluster['proxy-url'] === '' ? { 'proxy-url': `http://127.0.0.1:${port}` } : cluster;
    const parts = await collect({ kubeconfig: server.kubeconfig({ cluster: proxy }) });
    expect(parts.gaps).toMatchObject([{ reason: expect.stringMatching(reason) as string }]);
    expect(JSON.stringify(parts)).not.toContain('marker-pass');
  });

  it('trusts nobody it was not told to, unless told not to look', async () => {
    const other = Buffer.from(new TestAuthority('other').credential.certificate).toString('base64');
    expect(
      (await collect({ kubeconfig: server.kubeconfig({ cluster: { 'certificate-authority-data': other } }) })).gaps,
    ).toMatchObject([
      {
        source: `https://127.0.0.1:${server.port}`,
        reason: expect.stringContaining('not trusted') as string,
        hint: expect.stringContaining('cluster fake') as string,
      },
    ]);
    expect(
      (await collect({ kubeconfig: server.kubeconfig({ cluster: { 'certificate-authority-data': '' } }) })).gaps,
    ).toMatchObject([{ reason: expect.stringContaining('not trusted') as string }]);
    const insecure = { 'certificate-authority-data': '', 'insecure-skip-tls-verify': true };
    expect((await collect({ kubeconfig: server.kubeconfig({ cluster: insecure }) })).gaps).toEqual([]);
    expect(server.seen).not.toEqual([]);
  });

  it.each(['marker-garbage', '-----BEGIN CERTIFICATE-----\nmarker-garbage\n-----END CERTIFICATE-----\n'])(
    'says when the authority %j is no certificate',
    async (text) => {
      const cluster = { 'certificate-authority-data': Buffer.from(text).toString('base64') };
      const parts = await collect({ kubeconfig: server.kubeconfig({ cluster }) });
      expect(parts.gaps).toMatchObject([{ reason: expect.stringMatching(/cannot be read|not trusted/) as string }]);
      expect(JSON.stringify(parts)).not.toContain('marker-garbage');
    },
  );

  it('checks the name in the certificate, or tls-server-name', async () => {
    expect(
      (await collect({ kubeconfig: server.kubeconfig({ cluster: { 'tls-server-name': 'api.example.com' } }) })).gaps,
    ).toEqual([]);
    expect(
      (await collect({ kubeconfig: server.kubeconfig({ cluster: { 'tls-server-name': 'other.example.com' } }) })).gaps,
    ).toMatchObject([{ reason: expect.stringContaining('other names than other.example.com') as string }]);
  });

  it.each([
    ['https://127.0.0.1:1', /the connection was refused/],
    ['https://no-such-host.invalid', /no-such-host.invalid is not known|no connection/],
    ['', /no server/],
    ['ftp://host', /scheme ftp/],
  ])('says what is wrong with the server %j', async (address, reason) => {
    const parts = await collect({ kubeconfig: server.kubeconfig({ cluster: { server: address } }) });
    expect(parts).toEqual({ gaps: [expect.objectContaining({ reason: expect.stringMatching(reason) as string })] });
  });

  it('says when a server takes the connection and never answers, or speaks no TLS, or is no API server', async () => {
    const silent = await listen(createTcpServer((socket) => socket.on('error', () => undefined)));
    expect(
      (await collect({ kubeconfig: server.kubeconfig({ cluster: { server: `https://127.0.0.1:${silent}` } }) })).gaps,
    ).toMatchObject([{ reason: expect.stringMatching(/^no (?:connection|answer)/) as string }]);
    const plain = await listen(createServer((_, response) => response.end('hello')));
    expect(
      (await collect({ kubeconfig: server.kubeconfig({ cluster: { server: `https://127.0.0.1:${plain}` } }) })).gaps,
    ).toMatchObject([{ reason: expect.stringContaining('does not speak https') as string }]);
    expect(
      (await collect({ kubeconfig: server.kubeconfig({ cluster: { server: `http://127.0.0.1:${plain}` } }) })).gaps,
    ).toMatchObject([{ reason: expect.stringContaining('no JSON') as string }]);
  });

  it('keeps the path of a server behind a gateway', async () => {
    server.route = (url) => (url.pathname.startsWith('/k8s/clusters/c-1/') ? undefined : { status: 404, body: {} });
    const parts = await collect({
      kubeconfig: server.kubeconfig({ cluster: { server: `https://127.0.0.1:${server.port}/k8s/clusters/c-1/` } }),
    });
    expect(server.seen[0]).toBe('GET /k8s/clusters/c-1/version');
    expect(parts.gaps).toHaveLength(1);
  });
});
