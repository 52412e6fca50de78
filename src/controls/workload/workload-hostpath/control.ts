import type { FieldPath, JsonObject } from '../../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../../cluster/json.ts';
import type { Cluster } from '../../../cluster/cluster.ts';
import type { Evidence } from '../../../results/finding.ts';
import { placeIn } from '../../../cluster/objects.ts';
import { defineControl } from '../../control.ts';
import type { ReadableWorkload, WorkloadDraft } from '../per-workload.ts';
import { perWorkload, placeInPod, workloadKinds } from '../per-workload.ts';

interface HostPath {
  readonly volume: string;
  readonly path: string;
  readonly evidence: readonly Evidence[];
}

const runtimeSockets = ['containerd.sock', 'crio.sock', 'docker.sock', 'cri-dockerd.sock'];
const hostRoots = new Set(['/', '/etc', '/etc/kubernetes', '/var/lib/kubelet', '/var/lib/etcd', '/proc', '/root']);

function normalise(path: string): string {
  const trimmed = path.replace(/\/+/g, '/').replace(/\/$/, '');
  return trimmed === '' ? '/' : trimmed;
}

function describe(path: string): string {
  const plain = normalise(path);
  if (runtimeSockets.some((socket) => plain.endsWith(`/${socket}`))) return `${path} (runtime socket)`;
  return hostRoots.has(plain) ? `${path} (host root)` : path;
}

/** The path itself or a folder above it. */
function isAllowed(path: string, allowed: readonly string[]): boolean {
  const plain = normalise(path);
  return allowed.some((entry) => {
    const folder = normalise(entry);
    return plain === folder || folder === '/' || plain.startsWith(`${folder}/`);
  });
}

function hostPathsOf(cluster: Cluster, workload: ReadableWorkload): readonly HostPath[] {
  return listAt(workload.template.spec['volumes']).flatMap((volume, index): readonly HostPath[] => {
    if (!isObject(volume)) return [];
    const name = stringAt(volume['name']) ?? String(index);
    if ('hostPath' in volume && volume['hostPath'] !== null) {
      const path = stringAt(objectAt(volume['hostPath'])['path']) ?? '';
      const field: FieldPath = ['spec', 'volumes', index, 'hostPath'];
      return [
        {
          volume: name,
          path,
          evidence: [{ ...placeInPod(workload, field), seen: `hostPath ${path}`, wanted: 'no hostPath volume' }],
        },
      ];
    }
    const claim = stringAt(objectAt(volume['persistentVolumeClaim'])['claimName']);
    return claim === undefined ? [] : behindClaim(cluster, workload, { claim, name, index });
  });
}

/** A hostPath that a claim leads to: PersistentVolumeClaim → PersistentVolume with spec.hostPath. */
function behindClaim(
  cluster: Cluster,
  workload: ReadableWorkload,
  of: { claim: string; name: string; index: number },
): readonly HostPath[] {
  const claim = cluster.objects.get('PersistentVolumeClaim', workload.namespace, of.claim);
  const bound = stringAt(objectAt(claim?.manifest['spec'])['volumeName']);
  const volume = cluster.objects
    .ofKind('PersistentVolume')
    .find((candidate) => candidate.name === bound || refersTo(candidate.manifest, workload.namespace, of.claim));
  const hostPath = objectAt(volume?.manifest['spec'])['hostPath'];
  if (volume === undefined || !isObject(hostPath)) return [];
  const path = stringAt(hostPath['path']) ?? '';
  const mounted = {
    ...placeInPod(workload, ['spec', 'volumes', of.index, 'persistentVolumeClaim']),
    seen: `claim ${of.claim}`,
    wanted: 'a claim of another kind of volume',
  };
  const behind = {
    ...placeIn(volume, ['spec', 'hostPath']),
    seen: `PersistentVolume ${volume.name} with hostPath ${path}`,
    wanted: 'no hostPath',
  };
  return [{ volume: of.name, path, evidence: [mounted, behind] }];
}

function refersTo(volume: JsonObject, namespace: string, claim: string): boolean {
  const reference = objectAt(objectAt(volume['spec'])['claimRef']);
  return reference['namespace'] === namespace && reference['name'] === claim;
}

function judge(cluster: Cluster, workload: ReadableWorkload, allowed: readonly string[]): WorkloadDraft {
  const found = hostPathsOf(cluster, workload).filter(({ path }) => !isAllowed(path, allowed));
  if (found.length === 0) {
    return {
      verdict: 'pass',
      message: "no volume is a path of the host, as far as claims' volumes were seen",
      evidence: [placeInPod(workload, ['spec', 'volumes'])],
    };
  }
  const list = found.map(({ volume, path }) => `volume "${volume}" is ${describe(path)}`).join(', ');
  return { verdict: 'fail', message: `hostPath: ${list}`, evidence: found.flatMap(({ evidence }) => evidence) };
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
        perWorkload(context, (workload) => judge(context.cluster, workload, context.parameters.allowedPaths)),
    },
  ],
  remedy: {
    kind: 'none',
    text: 'Only the owner knows what replaces the volume: an emptyDir, a CSI volume, a projected volume, a claim.',
  },
  tradeOffs: ['Log, monitoring and storage agents lose the data that they read from the host.'],
});
