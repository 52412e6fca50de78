import { isPublic, isPublicHost } from '../../cluster/addresses.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { listAt, objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { objectName, placeIn } from '../../cluster/objects.ts';
import type { Draft } from '../control.ts';
import type { SeenAddress } from './host-addresses.ts';
import { nodeAddresses } from './host-addresses.ts';

/** Which addresses and names are taken as inside. */
export interface Trust {
  readonly internalRanges: readonly string[];
  readonly trustedNames: readonly string[];
}

/** Services that lead to the API server and open it to the world; a load balancer known by a name alone is `unknown`. */
export function* judgeServices(cluster: Cluster, trust: Trust): Iterable<Draft> {
  const publicNode = cluster.objects
    .ofKind('Node')
    .flatMap(nodeAddresses)
    .find(({ address }) => isPublic(address, trust.internalRanges));
  for (const service of cluster.objects.ofKind('Service')) {
    if (!leadsToServer(service)) continue;
    const type = objectAt(service.manifest['spec'])['type'];
    const draft =
      type === 'LoadBalancer'
        ? ofLoadBalancer(service, trust)
        : type === 'NodePort'
          ? ofNodePort(service, publicNode)
          : undefined;
    const subject = { kind: 'Service', name: service.name, namespace: service.namespace ?? 'default' };
    if (draft !== undefined) yield { ...draft, subject };
  }
}

function leadsToServer(service: ClusterObject): boolean {
  if (service.namespace === 'default' && service.name === 'kubernetes') return true;
  return objectAt(objectAt(service.manifest['spec'])['selector'])['component'] === 'kube-apiserver';
}

function ofLoadBalancer(service: ClusterObject, trust: Trust): Omit<Draft, 'subject'> | undefined {
  const ranges = stringsAt(objectAt(service.manifest['spec'])['loadBalancerSourceRanges']);
  const isOpen = ranges.length === 0 || ranges.some((range) => range === '0.0.0.0/0' || range === '::/0');
  if (!isOpen) return undefined;
  const evidence = [
    {
      ...placeIn(service, ['spec', 'loadBalancerSourceRanges']),
      seen: ranges.join(', ') || 'not set',
      wanted: 'the networks of those who need it',
    },
  ];
  const ingress = listAt(objectAt(objectAt(service.manifest['status'])['loadBalancer'])['ingress']).map(objectAt);
  const address = ingress
    .map((entry) => stringAt(entry['ip']) ?? '')
    .find((entry) => entry !== '' && isPublic(entry, trust.internalRanges));
  if (address !== undefined)
    return { verdict: 'fail', message: `${objectName(service)} opens the API server to the world at ${address}`, evidence };
  const name = ingress
    .map((entry) => stringAt(entry['hostname']) ?? '')
    .find((entry) => entry !== '' && isPublicHost(entry, trust));
  if (name === undefined) return undefined;
  const message = `${objectName(service)} puts the API server behind ${name}, which is not trusted: whether it is public was not seen`;
  return { verdict: 'unknown', message, evidence };
}

function ofNodePort(service: ClusterObject, publicNode: SeenAddress | undefined): Omit<Draft, 'subject'> | undefined {
  if (publicNode === undefined) return undefined;
  return {
    verdict: 'fail',
    message: `${objectName(service)} opens the API server on every node, and a node has the public address ${publicNode.address}`,
    evidence: [{ ...placeIn(service, ['spec', 'type']), seen: 'NodePort', wanted: 'ClusterIP' }, publicNode.evidence],
  };
}
