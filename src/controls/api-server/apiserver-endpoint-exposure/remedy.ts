import { isPublic, isUnspecified } from '../../../cluster/addresses.ts';
import type { Change, ObjectReference, Remedy } from '../../../cluster/change.ts';
import { objectAt, stringAt, stringsAt, valueAt } from '../../../cluster/json.ts';
import { probesTo } from '../../health-probes.ts';
import type { Mending } from '../../mending.ts';
import { mendingOf, notSeen, serverRemedy } from '../../mending.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';
import { nodeAddresses } from '../host-addresses.ts';

const outside =
  'close the port to other networks by a firewall or the provider’s private endpoint: Kubernetes itself has nothing for a host with public addresses alone';

/** The server listens on the host's internal address alone; a Service in front lets internal networks in. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const ranges = stringsAt(context.parameters['internalRanges']);
  if (finding.subject.kind === 'Service')
    return ofService(finding.subject.namespace ?? 'default', finding.subject.name, context, ranges);
  const at = mendingOf(finding, context);
  if (at === undefined) return notSeen(finding);
  const address = internalAddress(at, ranges);
  if (address === undefined) return { kind: 'none', why: `no internal address of the host was seen: ${outside}` };
  return serverRemedy(
    [...at.set('bind-address', address), ...probesTo(at, address)],
    `the API server answers on a public address; on ${address} alone it answers inside the network only`,
    [
      'clients on 127.0.0.1 of the host lose the port: kubeconfigs of the controller manager, scheduler and kubelet must name the address',
      'kubelets and administrators in other networks need a way in, a VPN or a bastion',
    ],
    {
      alternatives: [outside],
      ...(hasFront(at)
        ? { stays: 'a public load balancer or name in front is not changed: whom it lets through is outside Kubernetes' }
        : {}),
    },
  );
};

/** Something else than the host is what clients connect to: its address is judged as well. */
function hasFront({ cluster }: Mending): boolean {
  const endpoints = cluster.configurations.map(({ value }) => stringAt(objectAt(value)['controlPlaneEndpoint']) ?? '');
  return cluster.kubeconfigs.length > 0 || endpoints.some((endpoint) => endpoint !== '');
}

/** `--advertise-address`, else an InternalIP of the Node; the first that is not public. */
function internalAddress(at: Mending, ranges: readonly string[]): string | undefined {
  const node = at.cluster.objects.get('Node', undefined, at.host);
  const candidates = [
    at.flag('advertise-address').value,
    ...(node === undefined ? [] : nodeAddresses(node).filter(({ evidence }) => evidence.seen.startsWith('InternalIP'))).map(
      ({ address }) => address,
    ),
  ];
  return candidates.find(
    (address) => address !== '' && !isUnspecified(address) && !isLoopback(address) && !isPublic(address, ranges),
  );
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

function ofService(namespace: string, name: string, context: RemedyContext, ranges: readonly string[]): Remedy {
  const service = context.cluster.objects.get('Service', namespace, name);
  if (service === undefined) return { kind: 'none', why: `Service ${namespace}/${name} was not seen` };
  const object: ObjectReference = { apiVersion: 'v1', kind: 'Service', name, namespace };
  const isNodePort = stringAt(valueAt(service.manifest, ['spec', 'type'])) === 'NodePort';
  const inside = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', ...ranges];
  const change: Change = {
    kind: 'patch-object',
    object,
    patch: { spec: isNodePort ? { type: 'ClusterIP' } : { loadBalancerSourceRanges: inside } },
  };
  return {
    kind: 'changes',
    by: 'owner',
    stage: 'lock-out',
    changes: [change],
    why: 'the Service opens the API server to the world: every stolen kubeconfig and every flaw of the server works from anywhere',
    sideEffects: [
      isNodePort
        ? 'whoever comes by the port of a node loses the way'
        : `whoever comes from outside ${inside.join(', ')} loses the way, you too: put your own networks into internalRanges of the settings first`,
    ],
  };
}
