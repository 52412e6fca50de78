import type { Cluster } from '../../cluster/cluster.ts';
import type { ComponentName } from '../../cluster/component.ts';
import type { Distribution } from '../../cluster/component-version.ts';
import { clusterVersion, distributionOf } from '../../cluster/component-version.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { yamlText } from '../../controls/yaml-text.ts';
import type { Plan } from '../plan.ts';
import type { HostChange } from '../planned-cluster.ts';
import { isHostChange } from '../planned-cluster.ts';

/** A file below distribution/. */
export interface DistributionFile {
  readonly name: string;
  readonly text: string;
}

/** What a plan makes of one component's flags and files, all hosts together. */
interface Wanted {
  readonly component: ComponentName;
  readonly set: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
  /** Paths that the component must see; folders are writable. */
  readonly mounts: readonly { readonly path: string; readonly folder: boolean }[];
}

const everyFormat: readonly Distribution[] = ['kubeadm', 'k3s', 'rke2', 'minikube', 'kind'];

const formatsOf: Partial<Readonly<Record<Distribution, readonly Distribution[]>>> = {
  kubeadm: everyFormat,
  k3s: ['k3s'],
  rke2: ['rke2'],
  minikube: ['minikube', 'kubeadm'],
  kind: ['kind', 'kubeadm'],
};

/**
 * The plan's flags and files in the words of the distributions that fit the cluster: kubeadm's ClusterConfiguration, config.yaml of k3s
 * and RKE2, minikube's --extra-config, kind's configuration. Values of several hosts that differ (addresses) are the first host's.
 * Source: controls.md part iv; kubeadm.k8s.io v1beta3 and v1beta4; docs.k3s.io, docs.rke2.io, minikube and kind documentation.
 */
export function distributionFiles(cluster: Cluster, plan: Pick<Plan, 'groups'>): readonly DistributionFile[] {
  const changes = plan.groups.flatMap((group) => group.changes.map(({ change }) => change)).filter(isHostChange);
  const wanted = wantedOf(changes);
  if (wanted.length === 0) return [];
  const distribution = distributionOf(cluster);
  const formats = distribution === undefined ? everyFormat : (formatsOf[distribution] ?? []);
  const minor = clusterVersion(cluster)?.minor;
  return formats.flatMap((format): readonly DistributionFile[] => {
    switch (format) {
      case 'kubeadm':
        return [{ name: 'kubeadm.yaml', text: kubeadmText(wanted, minor) }];
      case 'k3s':
      case 'rke2':
        return [{ name: `${format}-config.yaml`, text: rancherText(wanted, format) }];
      case 'minikube':
        return [{ name: 'minikube.txt', text: minikubeText(wanted) }];
      case 'kind':
        return [{ name: 'kind.yaml', text: kindText(wanted, minor) }];
      default:
        return [];
    }
  });
}

function wantedOf(changes: readonly HostChange[]): readonly Wanted[] {
  const found = new Map<ComponentName, { set: Map<string, string>; removed: Set<string>; mounts: Map<string, boolean> }>();
  const hosts = new Map<string, string>();
  for (const change of changes) {
    const own = found.get(change.component) ?? { set: new Map(), removed: new Set(), mounts: new Map() };
    found.set(change.component, own);
    if (change.kind === 'set-flag') {
      const first = hosts.get(`${change.component} ${change.flag}`) ?? change.host;
      hosts.set(`${change.component} ${change.flag}`, first);
      if (first === change.host) own.set.set(change.flag, change.value);
      own.removed.delete(change.flag);
    } else if (change.kind === 'remove-flag') {
      own.set.delete(change.flag);
      own.removed.add(change.flag);
    } else if (change.kind === 'write-file') own.mounts.set(change.path, false);
    else if (change.kind === 'mount-directory') own.mounts.set(change.path, true);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([component, { set, removed, mounts }]) => ({
      component,
      set: new Map([...set].sort(([a], [b]) => (a < b ? -1 : 1))),
      removed: [...removed].sort(),
      mounts: [...mounts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, folder]) => ({ path, folder })),
    }))
    .filter(({ set, removed, mounts }) => set.size + removed.length + mounts.length > 0);
}

function removals(wanted: readonly Wanted[]): readonly string[] {
  return wanted.flatMap(({ component, removed }) => removed.map((flag) => `# Remove from ${component}: ${flag}`));
}

const kubeadmSections: Partial<Readonly<Record<ComponentName, string>>> = {
  'kube-apiserver': 'apiServer',
  'kube-controller-manager': 'controllerManager',
  'kube-scheduler': 'scheduler',
  etcd: 'etcd',
};

function kubeadmValue(wanted: readonly Wanted[], minor: number | undefined): JsonObject {
  // v1beta4 came with 1.31; what an older kubeadm does not know it refuses.
  const newest = minor === undefined || minor >= 31;
  const sections: Record<string, Json> = {
    apiVersion: `kubeadm.k8s.io/${newest ? 'v1beta4' : 'v1beta3'}`,
    kind: 'ClusterConfiguration',
  };
  for (const { component, set, mounts } of wanted) {
    const section = kubeadmSections[component];
    if (section === undefined) continue;
    const extraArgs: Json = newest ? [...set].map(([name, value]) => ({ name, value })) : Object.fromEntries(set);
    const extraVolumes: Json = mounts.map(({ path, folder }) => ({
      name: volumeName(path),
      hostPath: path,
      mountPath: path,
      readOnly: !folder,
      pathType: folder ? 'DirectoryOrCreate' : 'File',
    }));
    const body: JsonObject = {
      ...(set.size === 0 ? {} : { extraArgs }),
      ...(mounts.length === 0 || component === 'etcd' ? {} : { extraVolumes }),
    };
    sections[section] = component === 'etcd' ? { local: body } : body;
  }
  return sections;
}

function kubeadmText(wanted: readonly Wanted[], minor: number | undefined): string {
  const outside = wanted.filter(({ component }) => kubeadmSections[component] === undefined);
  return [
    '# Merge into the ClusterConfiguration (`kubectl -n kube-system get configmap kubeadm-config`), so that the next',
    '# `kubeadm upgrade` keeps what this plan changes. To write the manifests from it now, on each control-plane host:',
    '#   kubeadm init phase control-plane all --config FILE',
    ...outside.flatMap(({ component, set }) =>
      [...set].map(([name, value]) => `# ${component}, which kubeadm sets up elsewhere: --${name}=${value}`),
    ),
    ...removals(wanted),
    yamlText(kubeadmValue(wanted, minor)),
  ].join('\n');
}

function volumeName(path: string): string {
  return path
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase()
    .slice(-63)
    .replace(/^-/, '');
}

function rancherText(wanted: readonly Wanted[], distribution: 'k3s' | 'rke2'): string {
  const value: Record<string, Json> = {};
  const encrypted = wanted.some(({ set }) => set.has('encryption-provider-config'));
  // k3s and RKE2 write the EncryptionConfiguration themselves.
  if (encrypted && distribution === 'k3s') value['secrets-encryption'] = true;
  for (const { component, set } of wanted) {
    const args = [...set].filter(([name]) => name !== 'encryption-provider-config').map(([name, text]) => `${name}=${text}`);
    if (args.length > 0) value[`${component}-arg`] = args;
  }
  return [
    `# Add to /etc/rancher/${distribution}/config.yaml on each server, then: systemctl restart ${distribution === 'k3s' ? 'k3s' : 'rke2-server'}`,
    ...wanted.flatMap(({ mounts }) =>
      mounts.map(({ path, folder }) => `# Needs ${folder ? 'the folder' : 'the file'} ${path} on each server.`),
    ),
    ...removals(wanted),
    ...(distribution === 'rke2' ? mountsOfRke2(wanted) : []),
    yamlText(value),
  ].join('\n');
}

/** RKE2 runs the control plane as static pods: what lies outside its own folders is mounted by a setting. */
function mountsOfRke2(wanted: readonly Wanted[]): readonly string[] {
  return wanted.flatMap(({ component, mounts }) =>
    mounts.length === 0
      ? []
      : [`${component}-extra-mount:`, ...mounts.map(({ path, folder }) => `- ${path}:${path}${folder ? '' : ':ro'}`)],
  );
}

const minikubeNames: Readonly<Record<ComponentName, string>> = {
  'kube-apiserver': 'apiserver',
  'kube-controller-manager': 'controller-manager',
  'kube-scheduler': 'scheduler',
  etcd: 'etcd',
  kubelet: 'kubelet',
  'kube-proxy': 'kube-proxy',
};

function minikubeText(wanted: readonly Wanted[]): string {
  const options = wanted.flatMap(({ component, set }) =>
    [...set].map(([name, value]) => `--extra-config=${shellWord(`${minikubeNames[component]}.${name}=${value}`)}`),
  );
  return [
    '# Files go below ~/.minikube/files (minikube copies them into the node); of these the API server sees what lies below',
    '# /var/lib/minikube/certs, so that files elsewhere need another path here and in the option.',
    ...wanted.flatMap(({ mounts }) => mounts.map(({ path }) => `#   ~/.minikube/files${path}`)),
    ...removals(wanted),
    ...(options.length === 0
      ? ['# No flag changes.']
      : ['minikube start \\', ...options.map((option, index) => `  ${option}${index === options.length - 1 ? '' : ' \\'}`)]),
    '',
  ].join('\n');
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function kindText(wanted: readonly Wanted[], minor: number | undefined): string {
  const mounts = wanted.flatMap((one) => one.mounts);
  const node: JsonObject = {
    role: 'control-plane',
    kubeadmConfigPatches: [yamlText(kubeadmValue(wanted, minor))],
    ...(mounts.length === 0
      ? {}
      : {
          extraMounts: mounts.map(({ path, folder }) => ({
            hostPath: `./node${path}`,
            containerPath: path,
            ...(folder ? {} : { readOnly: true }),
          })),
        }),
  };
  return [
    '# kind create cluster --config kind.yaml: a new cluster with what this plan changes. Its files lie below ./node.',
    ...removals(wanted),
    yamlText({ kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4', nodes: [node] }),
  ].join('\n');
}
