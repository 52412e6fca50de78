import type { JsonObject } from '../../cluster/json.ts';
import { isObject, objectAt, stringAt, stringsAt, valueAt } from '../../cluster/json.ts';

/** A flag that kubeadm writes by itself. */
export interface BaseFlag {
  readonly name: string;
  readonly value: string;
}

interface Endpoint {
  readonly advertiseAddress?: string;
  readonly bindPort?: number;
  readonly nodeName?: string;
}

const kubernetesFolder = '/etc/kubernetes';
const authorizationModes: ReadonlySet<string> = new Set(['Node', 'RBAC', 'Webhook', 'ABAC', 'AlwaysAllow', 'AlwaysDeny']);

/** The modes of `--authorization-mode` in `extraArgs` that kubeadm knows; `Node,RBAC` where none is left (getAuthzModes). */
export function filterAuthorizationModes(text: string): string {
  const modes = text.split(',').filter((mode) => authorizationModes.has(mode));
  return modes.length === 0 ? 'Node,RBAC' : modes.join(',');
}

/**
 * kubeadm's own flags for the API server. `extra` are the `extraArgs` of `apiServer`: with `authorization-config` in them kubeadm
 * from 1.30 leaves `--authorization-mode` out. Flags whose value only the host knows are left out where it was not seen.
 */
export function apiServerFlags(
  configuration: JsonObject,
  endpoint: Endpoint,
  minor: number | undefined,
  extra: ReadonlyMap<string, string>,
): BaseFlag[] {
  const pki = pkiFolder(configuration);
  const structured = extra.has('authorization-config') && (minor === undefined || minor >= 30);
  return [
    ...(endpoint.advertiseAddress === undefined ? [] : [flag('advertise-address', endpoint.advertiseAddress)]),
    flag('enable-admission-plugins', 'NodeRestriction'),
    flag('service-cluster-ip-range', serviceSubnet(configuration)),
    flag('service-account-key-file', `${pki}/sa.pub`),
    flag('service-account-signing-key-file', `${pki}/sa.key`),
    flag('service-account-issuer', `https://kubernetes.default.svc.${networking(configuration, 'dnsDomain') ?? 'cluster.local'}`),
    flag('client-ca-file', `${pki}/ca.crt`),
    flag('tls-cert-file', `${pki}/apiserver.crt`),
    flag('tls-private-key-file', `${pki}/apiserver.key`),
    flag('kubelet-client-certificate', `${pki}/apiserver-kubelet-client.crt`),
    flag('kubelet-client-key', `${pki}/apiserver-kubelet-client.key`),
    flag('enable-bootstrap-token-auth', 'true'),
    flag('secure-port', String(endpoint.bindPort ?? 6443)),
    flag('allow-privileged', 'true'),
    flag('kubelet-preferred-address-types', 'InternalIP,ExternalIP,Hostname'),
    flag('requestheader-username-headers', 'X-Remote-User'),
    flag('requestheader-group-headers', 'X-Remote-Group'),
    flag('requestheader-extra-headers-prefix', 'X-Remote-Extra-'),
    flag('requestheader-client-ca-file', `${pki}/front-proxy-ca.crt`),
    flag('requestheader-allowed-names', 'front-proxy-client'),
    flag('proxy-client-cert-file', `${pki}/front-proxy-client.crt`),
    flag('proxy-client-key-file', `${pki}/front-proxy-client.key`),
    ...etcdClientFlags(configuration, endpoint, pki),
    ...(structured ? [] : [flag('authorization-mode', filterAuthorizationModes(extra.get('authorization-mode') ?? ''))]),
  ];
}

function etcdClientFlags(configuration: JsonObject, endpoint: Endpoint, pki: string): BaseFlag[] {
  const external = valueAt(configuration, ['etcd', 'external']);
  if (isObject(external)) {
    const ca = stringAt(external['caFile']) ?? '';
    const certificate = stringAt(external['certFile']) ?? '';
    const key = stringAt(external['keyFile']) ?? '';
    return [
      flag('etcd-servers', stringsAt(external['endpoints']).join(',')),
      ...(ca === '' ? [] : [flag('etcd-cafile', ca)]),
      ...(certificate === '' || key === '' ? [] : [flag('etcd-certfile', certificate), flag('etcd-keyfile', key)]),
    ];
  }
  return [
    flag('etcd-servers', advertisedClients(configuration) ?? `https://${loopback(endpoint)}:2379`),
    flag('etcd-cafile', `${pki}/etcd/ca.crt`),
    flag('etcd-certfile', `${pki}/apiserver-etcd-client.crt`),
    flag('etcd-keyfile', `${pki}/apiserver-etcd-client.key`),
  ];
}

/** `advertise-client-urls` of the local etcd's `extraArgs`, in either form: the API server then uses these. */
function advertisedClients(configuration: JsonObject): string | undefined {
  const extra = valueAt(configuration, ['etcd', 'local', 'extraArgs']);
  if (isObject(extra)) return stringAt(extra['advertise-client-urls']);
  for (const entry of Array.isArray(extra) ? extra : [])
    if (objectAt(entry)['name'] === 'advertise-client-urls') return stringAt(objectAt(entry)['value']);
  return undefined;
}

/** kubeadm's own flags for the controller manager. */
export function controllerManagerFlags(configuration: JsonObject): BaseFlag[] {
  const pki = pkiFolder(configuration);
  const podSubnet = networking(configuration, 'podSubnet');
  const kubeconfig = `${kubernetesFolder}/controller-manager.conf`;
  return [
    ...clientFlags(kubeconfig),
    flag('client-ca-file', `${pki}/ca.crt`),
    flag('requestheader-client-ca-file', `${pki}/front-proxy-ca.crt`),
    flag('root-ca-file', `${pki}/ca.crt`),
    flag('service-account-private-key-file', `${pki}/sa.key`),
    flag('cluster-signing-cert-file', `${pki}/ca.crt`),
    flag('cluster-signing-key-file', `${pki}/ca.key`),
    flag('use-service-account-credentials', 'true'),
    flag('controllers', '*,bootstrapsigner,tokencleaner'),
    ...(podSubnet === undefined
      ? []
      : [
          flag('allocate-node-cidrs', 'true'),
          flag('cluster-cidr', podSubnet),
          flag('service-cluster-ip-range', serviceSubnet(configuration)),
        ]),
    flag('cluster-name', stringAt(configuration['clusterName']) ?? 'kubernetes'),
  ];
}

/** kubeadm's own flags for the scheduler. */
export function schedulerFlags(): BaseFlag[] {
  return clientFlags(`${kubernetesFolder}/scheduler.conf`);
}

function clientFlags(kubeconfig: string): BaseFlag[] {
  return [
    flag('bind-address', '127.0.0.1'),
    flag('leader-elect', 'true'),
    flag('kubeconfig', kubeconfig),
    flag('authentication-kubeconfig', kubeconfig),
    flag('authorization-kubeconfig', kubeconfig),
  ];
}

/** kubeadm's own flags for a local etcd. From 1.34 it writes etcd 3.6's names of the flags that had been experimental. */
export function etcdFlags(configuration: JsonObject, endpoint: Endpoint, minor: number | undefined): BaseFlag[] {
  const pki = `${pkiFolder(configuration)}/etcd`;
  const address = endpoint.advertiseAddress;
  const local = `https://${loopback(endpoint)}:2379`;
  const url = (port: number): string => `https://${bracketed(address ?? '')}:${port}`;
  const name = endpoint.nodeName;
  return [
    ...(name === undefined ? [] : [flag('name', name)]),
    flag('listen-client-urls', address === undefined ? local : `${local},${url(2379)}`),
    ...(address === undefined
      ? []
      : [
          flag('advertise-client-urls', url(2379)),
          flag('listen-peer-urls', url(2380)),
          flag('initial-advertise-peer-urls', url(2380)),
        ]),
    flag('data-dir', stringAt(valueAt(configuration, ['etcd', 'local', 'dataDir'])) ?? '/var/lib/etcd'),
    flag('cert-file', `${pki}/server.crt`),
    flag('key-file', `${pki}/server.key`),
    flag('trusted-ca-file', `${pki}/ca.crt`),
    flag('client-cert-auth', 'true'),
    flag('peer-cert-file', `${pki}/peer.crt`),
    flag('peer-key-file', `${pki}/peer.key`),
    flag('peer-trusted-ca-file', `${pki}/ca.crt`),
    flag('peer-client-cert-auth', 'true'),
    flag('snapshot-count', '10000'),
    flag('listen-metrics-urls', `http://${loopback(endpoint)}:2381`),
    ...(minor !== undefined && minor >= 34
      ? [flag('feature-gates', 'InitialCorruptCheck=true'), flag('watch-progress-notify-interval', '5s')]
      : [flag('experimental-initial-corrupt-check', 'true'), flag('experimental-watch-progress-notify-interval', '5s')]),
    ...(address === undefined || name === undefined ? [] : [flag('initial-cluster', `${name}=${url(2380)}`)]),
  ];
}

function flag(name: string, value: string): BaseFlag {
  return { name, value };
}

function pkiFolder(configuration: JsonObject): string {
  return stringAt(configuration['certificatesDir']) ?? '/etc/kubernetes/pki';
}

function networking(configuration: JsonObject, field: string): string | undefined {
  const value = stringAt(objectAt(configuration['networking'])[field]);
  return value === '' ? undefined : value;
}

function serviceSubnet(configuration: JsonObject): string {
  return networking(configuration, 'serviceSubnet') ?? '10.96.0.0/12';
}

/** kubeadm takes the loopback address of the family that it advertises. */
function loopback(endpoint: Endpoint): string {
  return endpoint.advertiseAddress?.includes(':') === true ? '[::1]' : '127.0.0.1';
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
