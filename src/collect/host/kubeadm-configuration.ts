import type { Argument } from '../../cluster/command-line.ts';
import type { ComponentName } from '../../cluster/component.ts';
import type { Document } from '../../cluster/document.ts';
import { placeOf } from '../../cluster/document.ts';
import type { FieldPath, Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, valueAt } from '../../cluster/json.ts';
import { parseVersion } from '../../cluster/version.ts';
import type { BaseFlag } from './kubeadm-flags.ts';
import { apiServerFlags, controllerManagerFlags, etcdFlags, filterAuthorizationModes, schedulerFlags } from './kubeadm-flags.ts';
import { containerPaths } from './mounts.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import { configure } from './configured-component.ts';

/** An argument of kubeadm's `extraArgs`, in either of its two forms. */
interface ExtraArgument {
  readonly name: string;
  readonly value: string;
  /** `append` or `prepend` of v1beta4 from 1.36: joined to kubeadm's own value instead of replacing it. */
  readonly merge: string;
  readonly path: FieldPath;
}

/** What else of kubeadm's configuration the flags need: InitConfiguration's endpoint and node name, where they were seen. */
export interface KubeadmHost {
  readonly host: string;
  readonly advertiseAddress?: string;
  readonly bindPort?: number;
  readonly nodeName?: string;
}

/** Reports whether a value is a kubeadm document of the kind, of any of its API versions. */
export function isKubeadm(value: Json, kind: string): value is JsonObject {
  return isObject(value) && value['kind'] === kind && (stringAt(value['apiVersion'])?.startsWith('kubeadm.k8s.io/') ?? false);
}

/** Reads the host's part of an InitConfiguration or JoinConfiguration. */
export function kubeadmHostOf(value: JsonObject, fallback: string): KubeadmHost {
  const endpoint = objectAt(value['localAPIEndpoint'] ?? objectAt(value['controlPlane'])['localAPIEndpoint']);
  const advertiseAddress = stringAt(endpoint['advertiseAddress']);
  const bindPort = endpoint['bindPort'];
  const nodeName = stringAt(objectAt(value['nodeRegistration'])['name']);
  return {
    host: nodeName ?? fallback,
    ...(advertiseAddress === undefined ? {} : { advertiseAddress }),
    ...(typeof bindPort === 'number' ? { bindPort } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
  };
}

/**
 * The components that kubeadm would write for a ClusterConfiguration (v1beta3 and v1beta4): its own flags for that version plus
 * `extraArgs`, and a local etcd unless `etcd.external` is set. Flags of kubeadm's own have the place of the component's section.
 * Source: K:cmd/kubeadm/app/phases/controlplane/manifests.go and phases/etcd/local.go of 1.28.15, 1.31.14, 1.37.2.
 */
export function kubeadmComponents(document: Document, where: KubeadmHost): ConfiguredComponent[] {
  const configuration = objectAt(document.value);
  const versionText = stringAt(configuration['kubernetesVersion']);
  const version = versionText === undefined ? undefined : parseVersion(versionText);
  const minor = version?.minor;
  const external = isObject(valueAt(configuration, ['etcd', 'external']));
  const parts: { name: ComponentName; section: FieldPath; flags: readonly BaseFlag[] }[] = [
    {
      name: 'kube-apiserver',
      section: ['apiServer'],
      flags: apiServerFlags(configuration, where, minor, extraNames(document, ['apiServer'])),
    },
    { name: 'kube-controller-manager', section: ['controllerManager'], flags: controllerManagerFlags(configuration) },
    { name: 'kube-scheduler', section: ['scheduler'], flags: schedulerFlags() },
    ...(external ? [] : [{ name: 'etcd' as const, section: ['etcd', 'local'], flags: etcdFlags(configuration, where, minor) }]),
  ];
  return parts.map(({ name, section, flags }) => {
    const extra = extraArguments(document, section).map((argument) => oldAuthorizationMode(argument, name, minor));
    return configure({
      name,
      host: where.host,
      seenAs: 'kubeadm' as const,
      arguments: joinArguments(document, section, flags, extra, minor),
      document,
      ...(versionText === undefined || version === undefined || name === 'etcd'
        ? {}
        : { version: { text: versionText, place: placeOf(document, ['kubernetesVersion']) } }),
      paths: containerPaths(...podOf(configuration, name, objectAt(valueAt(configuration, section)))),
    });
  });
}

/** To 1.29 kubeadm drops unknown authorization modes of `extraArgs`; later it hands the value on. */
function oldAuthorizationMode(argument: ExtraArgument, name: ComponentName, minor: number | undefined): ExtraArgument {
  const filters = name === 'kube-apiserver' && argument.name === 'authorization-mode' && minor !== undefined && minor < 30;
  return filters ? { ...argument, value: filterAuthorizationModes(argument.value) } : argument;
}

function extraNames(document: Document, section: FieldPath): ReadonlyMap<string, string> {
  return new Map(extraArguments(document, section).map((argument) => [argument.name, argument.value]));
}

function extraArguments(document: Document, section: FieldPath): ExtraArgument[] {
  const path: FieldPath = [...section, 'extraArgs'];
  const extra = valueAt(document.value, path);
  if (isObject(extra))
    return Object.entries(extra).map(([name, value]) => ({ name, value: scalar(value), merge: '', path: [...path, name] }));
  const found: ExtraArgument[] = [];
  for (const [index, item] of listAt(extra).entries()) {
    const entry = objectAt(item);
    const name = stringAt(entry['name']);
    if (name !== undefined)
      found.push({ name, value: scalar(entry['value']), merge: stringAt(entry['mergeMethod']) ?? '', path: [...path, index] });
  }
  return found;
}

function scalar(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** kubeadm's ArgumentsToCommand: a name in `extraArgs` replaces kubeadm's own; equal names were sorted by value to 1.31, then kept in order. */
function joinArguments(
  document: Document,
  section: FieldPath,
  base: readonly BaseFlag[],
  extra: readonly ExtraArgument[],
  minor: number | undefined,
): Argument[] {
  const words: Argument[] = [];
  const merged = new Map(extra.map((argument) => [argument.name, argument]));
  for (const flag of base) {
    const over = merged.get(flag.name);
    if (over !== undefined && over.merge === '') continue;
    const value = over === undefined ? flag.value : over.merge === 'prepend' ? over.value + flag.value : flag.value + over.value;
    words.push({ text: `--${flag.name}=${value}`, place: placeOf(document, over?.path ?? section) });
  }
  const own = extra.filter((argument) => argument.merge === '');
  if (minor !== undefined && minor <= 31)
    own.sort((a, b) => (a.name === b.name ? compare(a.value, b.value) : compare(a.name, b.name)));
  return [
    ...words,
    ...own.map((argument) => ({ text: `--${argument.name}=${argument.value}`, place: placeOf(document, argument.path) })),
  ];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const certificateFolders = [
  '/etc/ssl/certs',
  '/etc/ca-certificates',
  '/etc/pki/ca-trust',
  '/etc/pki/tls/certs',
  '/usr/share/ca-certificates',
  '/usr/local/share/ca-certificates',
];

/** The volumes and mounts of the manifest that kubeadm writes (K:cmd/kubeadm/app/phases/controlplane/volumes.go). */
function podOf(configuration: JsonObject, name: ComponentName, section: JsonObject): [JsonObject, JsonObject] {
  const pki = stringAt(configuration['certificatesDir']) ?? '/etc/kubernetes/pki';
  const own: Record<string, readonly string[]> = {
    'kube-apiserver': [pki, ...certificateFolders],
    'kube-controller-manager': [pki, ...certificateFolders, '/etc/kubernetes/controller-manager.conf'],
    'kube-scheduler': ['/etc/kubernetes/scheduler.conf'],
    etcd: [`${pki}/etcd`, stringAt(section['dataDir']) ?? '/var/lib/etcd'],
  };
  const pairs = (own[name] ?? []).map((path) => ({ hostPath: path, mountPath: path }));
  for (const volume of listAt(section['extraVolumes']).filter(isObject)) {
    const hostPath = stringAt(volume['hostPath']);
    const mountPath = stringAt(volume['mountPath']);
    if (hostPath !== undefined && mountPath !== undefined) pairs.push({ hostPath, mountPath });
  }
  return [
    { volumes: pairs.map(({ hostPath }, index) => ({ name: String(index), hostPath: { path: hostPath } })) },
    { volumeMounts: pairs.map(({ mountPath }, index) => ({ name: String(index), mountPath })) },
  ];
}
