import type { Cluster } from '../../../cluster/cluster.ts';
import type { Shape } from '../../../cluster/shape.ts';
import { misfitOf } from '../../../cluster/shape.ts';
import { defineControl } from '../../control.ts';
import { hostPathsOf } from '../host-paths.ts';
import type { ReadableWorkload, WorkloadDraft } from '../per-workload.ts';
import { perWorkload, placeInPod, workloadKinds } from '../per-workload.ts';

const volumes: Shape = { list: { members: { persistentVolumeClaim: { members: { claimName: 'string' } } } } };

const runtimeSockets = ['containerd.sock', 'crio.sock', 'docker.sock', 'cri-dockerd.sock'];
const hostRoots = new Set(['/', '/etc', '/etc/kubernetes', '/var/lib/kubelet', '/var/lib/etcd', '/proc', '/root']);

function normalise(path: string): string {
  const trimmed = path.replace(/\/+/g, '/').replace(/\/$/, '');
  return trimmed === '' && path !== '' ? '/' : trimmed;
}

function describe(path: string): string {
  const plain = normalise(path);
  if (plain === '') return 'a hostPath without a path';
  if (runtimeSockets.some((socket) => plain.endsWith(`/${socket}`))) return `${path} (runtime socket)`;
  return hostRoots.has(plain) ? `${path} (host root)` : path;
}

/** The path itself or a folder above it. A path that climbs is never allowed: it leads elsewhere. */
function isAllowed(path: string, allowed: readonly string[]): boolean {
  const plain = normalise(path);
  if (plain === '' || plain.split('/').includes('..')) return false;
  return allowed.some((entry) => {
    const folder = normalise(entry);
    return folder !== '' && (plain === folder || folder === '/' || plain.startsWith(`${folder}/`));
  });
}

function judge(cluster: Cluster, workload: ReadableWorkload, allowed: readonly string[]): WorkloadDraft {
  const { found, unseenClaims } = hostPathsOf(cluster, workload);
  const wrong = misfitOf(workload.template.spec['volumes'], volumes);
  const refused = found.filter(({ path }) => !isAllowed(path, allowed));
  if (refused.length > 0) {
    const list = refused.map(({ volume, path }) => `volume "${volume}" is ${describe(path)}`).join(', ');
    return { verdict: 'fail', message: `hostPath: ${list}`, evidence: refused.flatMap(({ evidence }) => evidence) };
  }
  if (wrong !== undefined) {
    const evidence = [{ ...placeInPod(workload, ['spec', 'volumes', ...wrong]), wanted: 'the name of a claim' }];
    return { verdict: 'unknown', message: 'the name of a claim cannot be read', evidence };
  }
  const unseen = unseenClaims.length === 0 ? '' : `; the volume behind claim ${unseenClaims.join(', ')} was not seen`;
  const message = found.length === 0 ? 'no volume is a path of the host' : 'every path of the host is one of allowedPaths';
  const evidence =
    found.length === 0 ? [placeInPod(workload, ['spec', 'volumes'])] : found.flatMap((hostPath) => hostPath.evidence);
  return { verdict: 'pass', message: `${message}${unseen}`, evidence };
}

export const control = defineControl({
  id: 'workload-hostpath',
  needs: [],
  absence: 'not-applicable',
  subjectKinds: workloadKinds,
  parameters: { exempt: [], allowedPaths: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perWorkload(context, 'forbids', (workload) => judge(context.cluster, workload, context.parameters.allowedPaths)),
    },
  ],
  remedy: {
    kind: 'none',
    text: 'Only the owner knows what replaces the volume: an emptyDir, a CSI volume, a projected volume, a claim.',
  },
  tradeOffs: ['Log, monitoring and storage agents lose the data that they read from the host.'],
});
