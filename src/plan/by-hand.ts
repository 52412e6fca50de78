import type { Change } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Distribution } from '../cluster/component-version.ts';
import { distributionOf } from '../cluster/component-version.ts';
import { describeChange } from './describe.ts';
import type { PlanGroup } from './plan.ts';
import { isHostChange } from './planned-cluster.ts';

const restarts: Partial<Readonly<Record<Distribution, string>>> = {
  k3s: 'systemctl restart k3s',
  rke2: 'systemctl restart rke2-server',
  microk8s: 'snap restart microk8s.daemon-kubelite',
};

/**
 * What a person does where the tool cannot edit the file that starts a component: copy new files, put the flags where the distribution
 * reads them (distribution/ of the plan's folder has the text), restart.
 */
export function byHand(cluster: Cluster, changes: readonly Change[], why: string): NonNullable<PlanGroup['byHand']> {
  const distribution = distributionOf(cluster);
  const commands: string[] = [];
  for (const change of changes.filter(isHostChange)) {
    if (change.kind === 'write-file') {
      const folder = change.secret ? 'secret' : 'hosts';
      commands.push(
        `install -D -m ${change.mode.toString(8).padStart(4, '0')} ${folder}/${hostFolder(change.host)}${change.path} ${change.path}`,
      );
    } else if (change.kind === 'mount-directory') commands.push(`install -d -m 0700 ${change.path}`);
    else commands.push(`# ${describeChange(change)}`);
  }
  const file = distribution === undefined ? 'kubeadm' : distribution;
  commands.push(`# the flags as ${file} takes them: distribution/`);
  const restart = distribution === undefined ? undefined : restarts[distribution];
  commands.push(restart ?? '# restart the component, and wait until /readyz answers ok');
  return { why, commands };
}

/** The name of a host's folder in a plan: the host, or `host` where none is known. */
export function hostFolder(host: string): string {
  return host === '' ? 'host' : host.replace(/[^\w.-]/g, '_').replace(/^\.+/, '_');
}
