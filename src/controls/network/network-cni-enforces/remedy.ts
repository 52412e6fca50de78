import type { Change, Remedy } from '../../../cluster/change.ts';
import type { Json, JsonObject } from '../../../cluster/json.ts';
import { listAt, objectAt, stringAt, stringsAt, valueAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';

const why = 'a NetworkPolicy without something that enforces it is a text: every pod reaches every other';
const sideEffects = [
  'every NetworkPolicy that was without effect begins to act: rehearse them all first',
  'agents restart node by node',
];

/** The engine's own switch where it has one; another engine is an installation, which no change of configuration is. */
export const remedy: RemedyFunction = (_finding, context): Remedy => {
  const changes = [...awsNode(context), ...kubeRouter(context), ...cilium(context)];
  if (changes.length > 0) return { kind: 'changes', by: 'native', stage: 'objects', changes, why, sideEffects };
  return {
    kind: 'none',
    why: 'the network engine that was seen has no switch for NetworkPolicy in an object: install one that enforces policies (Calico, Cilium, Antrea, kube-router, kube-network-policies); on k3s take `disable-network-policy` out of /etc/rancher/k3s/config.yaml and restart k3s',
  };
};

function daemonSets(context: RemedyContext, image: string): readonly ClusterObject[] {
  return context.cluster.objects.ofKind('DaemonSet.apps').filter(({ name, manifest }) => {
    const containers = listAt(valueAt(manifest, ['spec', 'template', 'spec', 'containers']));
    return (
      name === image || containers.some((container) => stringAt(objectAt(container)['image'])?.includes(`/${image}:`) === true)
    );
  });
}

/** Amazon's plug-in: the node agent enforces where its argument says so. */
function awsNode(context: RemedyContext): readonly Change[] {
  const flag = '--enable-network-policy';
  return daemonSets(context, 'aws-node').flatMap((object) =>
    withArguments(
      object,
      (container) =>
        container['name'] === 'aws-eks-nodeagent' || stringsAt(container['args']).some((word) => word.startsWith(flag)),
      (words) => [...words.filter((word) => !word.startsWith(flag)), `${flag}=true`],
    ),
  );
}

function kubeRouter(context: RemedyContext): readonly Change[] {
  return daemonSets(context, 'kube-router').flatMap((object) =>
    withArguments(
      object,
      (container) => [...stringsAt(container['command']), ...stringsAt(container['args'])].includes('--run-firewall=false'),
      (words) => words.map((word) => (word === '--run-firewall=false' ? '--run-firewall=true' : word)),
    ),
  );
}

/** The list of containers is replaced whole by a merge patch: it is written back with the arguments changed. */
function withArguments(
  object: ClusterObject,
  isMeant: (container: JsonObject) => boolean,
  change: (words: readonly string[]) => readonly string[],
): readonly Change[] {
  const containers = listAt(valueAt(object.manifest, ['spec', 'template', 'spec', 'containers']));
  if (!containers.some((container) => isMeant(objectAt(container)))) return [];
  const changed = containers.map((item): Json => {
    const container = objectAt(item);
    if (!isMeant(container)) return item;
    const field = Array.isArray(container['args']) || !Array.isArray(container['command']) ? 'args' : 'command';
    return { ...container, [field]: change(stringsAt(container[field])) };
  });
  const reference = { apiVersion: object.apiVersion, kind: object.kind, name: object.name };
  return [
    {
      kind: 'patch-object',
      object: { ...reference, ...(object.namespace === undefined ? {} : { namespace: object.namespace }) },
      patch: { spec: { template: { spec: { containers: changed } } } },
    },
  ];
}

function cilium(context: RemedyContext): readonly Change[] {
  return context.cluster.objects
    .ofKind('ConfigMap')
    .filter(({ name, manifest }) => name === 'cilium-config' && objectAt(manifest['data'])['enable-policy'] === 'never')
    .flatMap(({ name, namespace = 'kube-system' }): readonly Change[] => [
      {
        kind: 'patch-object',
        object: { apiVersion: 'v1', kind: 'ConfigMap', name, namespace },
        patch: { data: { 'enable-policy': 'default' } },
      },
      {
        kind: 'manual',
        title: 'Restart the agents of Cilium, which read the ConfigMap at start',
        commands: [
          `kubectl -n ${namespace} rollout restart daemonset/cilium`,
          `kubectl -n ${namespace} rollout status daemonset/cilium`,
        ],
        done: 'every pod of the DaemonSet cilium is younger than the change',
      },
    ]);
}
