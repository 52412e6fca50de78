import type { Change } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { distributionOf } from '../cluster/component-version.ts';
import { componentsOf } from '../cluster/components.ts';
import { readFlags } from '../cluster/flags.ts';

type Manual = Extract<Change, { kind: 'manual' }>;

/**
 * The first thing to do: a snapshot of etcd, with the commands of this cluster (the distribution's own, or etcdctl with the addresses and
 * certificates that the API server uses), or the statement that none can be made from what was seen.
 */
export function backupOf(cluster: Cluster): Manual {
  const distribution = distributionOf(cluster);
  if (distribution === 'k3s' || distribution === 'rke2')
    return {
      kind: 'manual',
      title: 'Back up the datastore',
      commands: [`${distribution} etcd-snapshot save --name before-bulwark`, `${distribution} etcd-snapshot ls`],
      done: `the list shows before-bulwark; where ${distribution} keeps its data in SQLite or an SQL database, back that up instead`,
    };
  if (distribution === 'microk8s')
    return {
      kind: 'manual',
      title: 'Back up the datastore',
      commands: ['microk8s dbctl backup /root/before-bulwark'],
      done: 'the command names the file that it wrote',
    };
  const command = etcdctl(cluster);
  if (command === undefined)
    return {
      kind: 'manual',
      title: 'There is no backup of etcd from here',
      commands: [],
      done: 'somebody who has access to etcd, or the provider of the control plane, has confirmed a backup of today; what was collected shows no etcd',
    };
  return {
    kind: 'manual',
    ...command.host,
    title: 'Back up etcd',
    commands: [
      'install -d -m 0700 /var/backups/etcd',
      `${command.text} snapshot save /var/backups/etcd/before-bulwark.db`,
      'etcdutl snapshot status /var/backups/etcd/before-bulwark.db --write-out=table',
    ],
    done: 'the table shows a hash and a number of keys; copy the file to another machine: it holds every Secret',
  };
}

function etcdctl(cluster: Cluster): { readonly text: string; readonly host: { readonly host?: string } } | undefined {
  for (const { component, host } of componentsOf(cluster, 'kube-apiserver')) {
    if (component === undefined) continue;
    const flags = readFlags(component, undefined);
    const servers = flags.get('etcd-servers');
    if (!servers.given || servers.value === '') continue;
    const files = [
      ['cacert', flags.get('etcd-cafile').value],
      ['cert', flags.get('etcd-certfile').value],
      ['key', flags.get('etcd-keyfile').value],
    ].filter(([, path]) => path !== '');
    const text = [
      'ETCDCTL_API=3 etcdctl',
      `--endpoints=${servers.value}`,
      ...files.map(([name, path]) => `--${name}=${path}`),
    ].join(' ');
    return { text, host: host === '' ? {} : { host } };
  }
  return undefined;
}
