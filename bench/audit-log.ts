import { closeSync, openSync, writeSync } from 'node:fs';
import { numbers } from './rbac-world.ts';

const agents = [
  'kubelet/v1.34.1 (linux/amd64) kubernetes/93248f9',
  'kube-controller-manager/v1.34.1 (linux/amd64) kubernetes/93248f9/leader-election',
  'app/v0.0.0 (linux/amd64) kubernetes/$Format',
  'kubectl/v1.34.1 (linux/amd64) kubernetes/93248f9',
  'argocd-application-controller/v2.12.3 (linux/amd64) kubernetes/$Format',
];
const kinds: readonly (readonly [string, string, string])[] = [
  ['', 'v1', 'pods'],
  ['', 'v1', 'configmaps'],
  ['', 'v1', 'secrets'],
  ['', 'v1', 'endpoints'],
  ['', 'v1', 'services'],
  ['coordination.k8s.io', 'v1', 'leases'],
  ['apps', 'v1', 'deployments'],
  ['apps', 'v1', 'replicasets'],
  ['batch', 'v1', 'jobs'],
  ['example.com', 'v1alpha1', 'widgets'],
];
const verbs = ['get', 'get', 'get', 'list', 'watch', 'update', 'patch', 'create', 'delete'];

/** Events of a cluster of some hundred accounts, each of about the size and with the members that API servers write; the same in every run. */
export function* auditEvents(count: number, users = 400): Generator<string> {
  const pick = numbers(23);
  const start = Date.parse('2026-11-01T00:00:00Z');
  const timeOf = (index: number): string =>
    new Date(start + index * 40).toISOString().replace('Z', `${String(index % 1000).padStart(3, '0')}Z`);
  const uid = (): string =>
    `${pick(2 ** 30)
      .toString(16)
      .padStart(8, '0')}-${pick(65536).toString(16).padStart(4, '0')}-4a5b-8c6d-${pick(2 ** 30)
      .toString(16)
      .padStart(12, '0')}`;
  for (let index = 0; index < count; index++) {
    const user = pick(users);
    const namespace = `team-${user % 60}`;
    const isNode = user % 10 === 0;
    const username = isNode ? `system:node:worker-${user}` : `system:serviceaccount:${namespace}:app-${user}`;
    const [group, version, resource] = kinds[(user + pick(4)) % kinds.length] ?? ['', 'v1', 'pods'];
    const verb = verbs[pick(verbs.length)] ?? 'get';
    const named = verb !== 'list' && verb !== 'watch' && verb !== 'create';
    const name = named ? `${resource}-${pick(5)}` : '';
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const refused = pick(200) === 0;
    const groups = isNode
      ? ['system:nodes', 'system:authenticated']
      : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    const body =
      verb === 'update' || verb === 'create'
        ? {
            requestObject: {
              kind: 'Lease',
              apiVersion: 'coordination.k8s.io/v1',
              metadata: { name: 'x', namespace, labels: { app: `app-${user}`, 'app.kubernetes.io/name': 'x' } },
              spec: { holderIdentity: username, leaseDurationSeconds: 40, renewTime: timeOf(index) },
            },
          }
        : {};
    const event = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'requestObject' in body ? 'Request' : 'Metadata',
      auditID: uid(),
      stage: 'ResponseComplete',
      requestURI: `${root}/namespaces/${namespace}/${resource}${name === '' ? '' : `/${name}`}${verb === 'list' || verb === 'watch' ? `?limit=500&resourceVersion=${index}` : ''}`,
      verb,
      user: {
        username,
        uid: uid(),
        groups,
        extra: isNode
          ? { 'authentication.kubernetes.io/credential-id': ['X509SHA256=3a5f0e9c1b7d'] }
          : {
              'authentication.kubernetes.io/credential-id': [`JTI=${uid()}`],
              'authentication.kubernetes.io/node-name': [`worker-${user % 40}`],
              'authentication.kubernetes.io/pod-name': [`app-${user}-${pick(3)}`],
            },
      },
      sourceIPs: [`10.0.${user % 250}.${1 + pick(3)}`],
      userAgent: agents[user % agents.length],
      objectRef: {
        resource,
        namespace,
        ...(named ? { name } : {}),
        ...(group === '' ? {} : { apiGroup: group }),
        apiVersion: version,
      },
      responseStatus: refused
        ? {
            metadata: {},
            status: 'Failure',
            message: `${resource} is forbidden: User "${username}" cannot ${verb} resource`,
            reason: 'Forbidden',
            code: 403,
          }
        : { metadata: {}, code: verb === 'create' ? 201 : 200 },
      ...body,
      requestReceivedTimestamp: timeOf(index),
      stageTimestamp: timeOf(index),
      annotations: {
        'authorization.k8s.io/decision': refused ? 'forbid' : 'allow',
        'authorization.k8s.io/reason':
          refused || isNode
            ? ''
            : `RBAC: allowed by RoleBinding "app-${user}/${namespace}" of Role "app-${user}" to ServiceAccount "app-${user}/${namespace}"`,
      },
    };
    yield JSON.stringify(event);
  }
}

/** Writes events until a file has this many bytes, or this many events; returns how many it has. */
export function writeAuditLog(
  path: string,
  until: { readonly bytes?: number; readonly events?: number },
): { events: number; bytes: number } {
  const { bytes: mostBytes = Infinity, events: mostEvents = Infinity } = until;
  const file = openSync(path, 'w');
  let [events, bytes, pending] = [0, 0, ''];
  const flush = (): void => {
    bytes += writeSync(file, pending);
    pending = '';
  };
  for (const line of auditEvents(Number.MAX_SAFE_INTEGER)) {
    if (events >= mostEvents || bytes >= mostBytes) break;
    pending += `${line}\n`;
    events++;
    if (pending.length > 8 * 1024 * 1024) flush();
  }
  flush();
  closeSync(file);
  return { events, bytes };
}
