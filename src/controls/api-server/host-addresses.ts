import { X509Certificate } from 'node:crypto';
import { isPublic, isUnspecified } from '../../cluster/addresses.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { componentsOf } from '../../cluster/components.ts';
import { readFlags } from '../../cluster/flags.ts';
import { listAt, objectAt, stringsAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { labelsOf, placeIn } from '../../cluster/objects.ts';
import type { Evidence } from '../../results/finding.ts';
import type { ComponentView } from '../per-component.ts';

/** An address and where it was seen. */
export interface SeenAddress {
  readonly address: string;
  readonly evidence: Evidence;
}

const wanted = 'an address inside the network';

/**
 * Public addresses of an API server's host: `--advertise-address`, InternalIP and ExternalIP of its Node, its address among the
 * endpoints of `default/kubernetes`, IP names of its serving certificate. Each address once. Source: essential.md 6.
 */
export function publicAddresses(
  cluster: Cluster,
  view: ComponentView,
  internalRanges: readonly string[],
): readonly SeenAddress[] {
  const seen: SeenAddress[] = [];
  const advertised = view.flags.get('advertise-address').value;
  if (advertised !== '' && !isUnspecified(advertised))
    seen.push({
      address: advertised,
      evidence: { ...view.place('advertise-address'), seen: `--advertise-address=${advertised}`, wanted },
    });
  const node = cluster.objects.get('Node', undefined, view.host);
  if (node !== undefined) seen.push(...nodeAddresses(node));
  const others = addressesOfOthers(cluster, view.host);
  for (const slice of cluster.objects.ofKind('EndpointSlice.discovery.k8s.io'))
    if (isOfServer(slice)) seen.push(...sliceAddresses(slice).filter(({ address }) => !others.has(address)));
  seen.push(...certificateAddresses(view));
  const byAddress = new Map<string, SeenAddress>();
  for (const entry of seen)
    if (isPublic(entry.address, internalRanges) && !byAddress.has(entry.address)) byAddress.set(entry.address, entry);
  return [...byAddress.values()];
}

/** InternalIP and ExternalIP of a Node. */
export function nodeAddresses(node: ClusterObject): readonly SeenAddress[] {
  return listAt(objectAt(node.manifest['status'])['addresses']).flatMap((entry, index) => {
    const { type, address } = objectAt(entry);
    if ((type !== 'InternalIP' && type !== 'ExternalIP') || typeof address !== 'string') return [];
    return [{ address, evidence: { ...placeIn(node, ['status', 'addresses', index]), seen: `${type} ${address}`, wanted } }];
  });
}

/** The endpoints list every API server: what is known to belong to another host is not this one's. */
function addressesOfOthers(cluster: Cluster, host: string): ReadonlySet<string> {
  const nodes = cluster.objects.ofKind('Node').filter((node) => node.name !== host);
  const advertised = componentsOf(cluster, 'kube-apiserver').flatMap((on) =>
    on.host === host || on.component === undefined ? [] : [readFlags(on.component, undefined).get('advertise-address').value],
  );
  return new Set([...nodes.flatMap(nodeAddresses).map(({ address }) => address), ...advertised]);
}

function isOfServer(slice: ClusterObject): boolean {
  if (slice.namespace !== 'default') return false;
  return slice.name === 'kubernetes' || labelsOf(slice)['kubernetes.io/service-name'] === 'kubernetes';
}

function sliceAddresses(slice: ClusterObject): readonly SeenAddress[] {
  return listAt(slice.manifest['endpoints']).flatMap((endpoint, index) =>
    stringsAt(objectAt(endpoint)['addresses']).map((address) => ({
      address,
      evidence: { ...placeIn(slice, ['endpoints', index, 'addresses']), seen: `endpoint ${address}`, wanted },
    })),
  );
}

function certificateAddresses(view: ComponentView): readonly SeenAddress[] {
  const file = view.component.files.get(view.flags.get('tls-cert-file').value);
  if (file?.kind !== 'seen' || file.text === undefined) return [];
  try {
    const names = new X509Certificate(file.text).subjectAltName ?? '';
    return [...names.matchAll(/IP Address:([^,\s]+)/g)].map(([, address = '']) => ({
      address: address.toLowerCase(),
      evidence: { source: file.source, path: 'subjectAltName', seen: `IP name ${address}`, wanted },
    }));
  } catch {
    // Not a certificate: it shows no address.
    return [];
  }
}
