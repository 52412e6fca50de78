import { X509Certificate } from 'node:crypto';
import { isPublic, isPublicHost } from '../../../cluster/addresses.ts';
import type { Cluster } from '../../../cluster/cluster.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../../../cluster/json.ts';
import { objectName, placeIn } from '../../../cluster/objects.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import type { Evidence } from '../../../results/finding.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';

type Asked = Parameters & { readonly internalRanges: readonly string[]; readonly trustedNames: readonly string[] };

const everywhere: ReadonlySet<string> = new Set(['', '0.0.0.0', '::', '0:0:0:0:0:0:0:0']);

interface Seen {
  readonly address: string;
  readonly evidence: Evidence;
}

const wanted = 'an address inside the network';

/** Public addresses of a host: advertise address, its Node, its endpoint, its serving certificate. */
function publicAddresses(context: Context<Asked>, view: ComponentView): readonly Seen[] {
  const seen: Seen[] = [];
  const advertised = view.flags.get('advertise-address');
  if (advertised.value !== '')
    seen.push({
      address: advertised.value,
      evidence: { ...view.place('advertise-address'), seen: `--advertise-address=${advertised.value}`, wanted },
    });
  const node = context.cluster.objects.get('Node', undefined, view.host);
  if (node !== undefined) seen.push(...nodeAddresses(node));
  for (const slice of context.cluster.objects.ofKind('EndpointSlice.discovery.k8s.io')) {
    if (slice.namespace === 'default' && slice.name === 'kubernetes') seen.push(...sliceAddresses(slice));
  }
  seen.push(...certificateAddresses(view));
  return seen.filter(({ address }) => isPublic(address, context.parameters.internalRanges));
}

function nodeAddresses(node: ClusterObject): readonly Seen[] {
  return listAt(objectAt(node.manifest['status'])['addresses']).flatMap((entry, index) => {
    const { type, address } = objectAt(entry);
    if ((type !== 'InternalIP' && type !== 'ExternalIP') || typeof address !== 'string') return [];
    return [{ address, evidence: { ...placeIn(node, ['status', 'addresses', index]), seen: `${type} ${address}`, wanted } }];
  });
}

function sliceAddresses(slice: ClusterObject): readonly Seen[] {
  return listAt(slice.manifest['endpoints']).flatMap((endpoint, index) =>
    stringsAt(objectAt(endpoint)['addresses']).map((address) => ({
      address,
      evidence: { ...placeIn(slice, ['endpoints', index, 'addresses']), seen: address, wanted },
    })),
  );
}

function certificateAddresses(view: ComponentView): readonly Seen[] {
  const file = view.component.files.get(view.flags.get('tls-cert-file').value);
  if (file?.kind !== 'seen' || file.text === undefined) return [];
  try {
    const names = new X509Certificate(file.text).subjectAltName ?? '';
    return [...names.matchAll(/IP Address:([^,\s]+)/g)].map(([, address]) => ({
      address: address ?? '',
      evidence: { source: file.source, path: 'subjectAltName', seen: address ?? '', wanted },
    }));
  } catch {
    // Not a certificate: it shows no address.
    return [];
  }
}

function judgeServer(context: Context<Asked>, view: ComponentView): ComponentDraft {
  const bind = view.flag('bind-address').value;
  const evidence = [view.flagEvidence('bind-address', wanted)];
  view.fact('--bind-address', bind);
  if (!everywhere.has(bind) && isPublic(bind, context.parameters.internalRanges))
    return { verdict: 'fail', message: `listens on the public address ${bind}`, evidence };
  if (everywhere.has(bind)) {
    const found = publicAddresses(context, view);
    if (found.length > 0)
      return {
        verdict: 'fail',
        message: `listens on all interfaces, and the host has the public address ${found.map(({ address }) => address).join(', ')}`,
        evidence: [...evidence, ...found.map((entry) => entry.evidence)],
      };
    return {
      verdict: 'unknown',
      message:
        'listens on all interfaces, and no public address of the host was seen: a firewall or NAT is outside Kubernetes, a probe from outside settles it',
      evidence,
    };
  }
  const front = frontNames(context.cluster).filter(({ address }) => isPublicHost(address, context.parameters));
  if (front.length > 0)
    return {
      verdict: 'unknown',
      message: `${front.map(({ address }) => address).join(', ')} stands in front and is public or a name that is not trusted: what it lets through is outside Kubernetes`,
      evidence: [...evidence, ...front.map((entry) => entry.evidence)],
    };
  return { verdict: 'pass', message: `listens on ${bind} alone, which is not public`, evidence };
}

/** controlPlaneEndpoint of kubeadm and `server` of the kubeconfig in use. */
function frontNames(cluster: Cluster): readonly Seen[] {
  const endpoints = cluster.configurations.flatMap((document): readonly Seen[] => {
    if (!isObject(document.value) || document.value['kind'] !== 'ClusterConfiguration') return [];
    const endpoint = stringAt(document.value['controlPlaneEndpoint']);
    return endpoint === undefined || endpoint === ''
      ? []
      : [
          {
            address: hostOf(endpoint),
            evidence: { source: document.source, path: 'controlPlaneEndpoint', seen: endpoint, wanted },
          },
        ];
  });
  const servers = cluster.kubeconfigs.flatMap((file) =>
    file.servers.map((server) => ({
      address: hostOf(server),
      evidence: { source: file.source, path: 'clusters[].cluster.server', seen: server, wanted },
    })),
  );
  return [...endpoints, ...servers];
}

/** Host of `https://host:6443/path`, `host:6443`, `[::1]:6443`, `host`. */
function hostOf(text: string): string {
  const rest = text.replace(/^[a-z]+:\/\//, '').split('/')[0] ?? '';
  const bracketed = /^\[([^\]]+)\]/.exec(rest)?.[1];
  if (bracketed !== undefined) return bracketed;
  return (rest.match(/:/g) ?? []).length > 1 ? rest : (rest.split(':')[0] ?? rest);
}

/** Services that lead to the API server from outside. */
function* judgeServices(context: Context<Asked>): Iterable<Draft> {
  const nodes = context.cluster.objects.ofKind('Node').flatMap(nodeAddresses);
  const publicNode = nodes.find(({ address }) => isPublic(address, context.parameters.internalRanges));
  for (const service of context.cluster.objects.ofKind('Service')) {
    const spec = objectAt(service.manifest['spec']);
    const leads =
      objectAt(spec['selector'])['component'] === 'kube-apiserver' ||
      (service.namespace === 'default' && service.name === 'kubernetes');
    if (!leads) continue;
    const subject = { kind: 'Service', name: service.name, namespace: service.namespace ?? 'default' };
    if (spec['type'] === 'LoadBalancer') {
      const ingress = listAt(objectAt(objectAt(service.manifest['status'])['loadBalancer'])['ingress']).map(
        (entry) => stringAt(objectAt(entry)['ip']) ?? '',
      );
      const address = ingress.find((entry) => entry !== '' && isPublic(entry, context.parameters.internalRanges));
      const ranges = stringsAt(spec['loadBalancerSourceRanges']);
      const open = ranges.length === 0 || ranges.some((range) => range === '0.0.0.0/0' || range === '::/0');
      if (address !== undefined && open)
        yield {
          verdict: 'fail',
          subject,
          message: `${objectName(service)} opens the API server to the world at ${address}`,
          evidence: [
            {
              ...placeIn(service, ['spec', 'loadBalancerSourceRanges']),
              seen: ranges.join(', ') || 'not set',
              wanted: 'the networks of those who need it',
            },
          ],
        };
    } else if (spec['type'] === 'NodePort' && publicNode !== undefined) {
      yield {
        verdict: 'fail',
        subject,
        message: `${objectName(service)} opens the API server on every node, and a node has the public address ${publicNode.address}`,
        evidence: [{ ...placeIn(service, ['spec', 'type']), seen: 'NodePort', wanted: 'ClusterIP' }, publicNode.evidence],
      };
    }
  }
}

export const control = defineControl({
  id: 'apiserver-endpoint-exposure',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }],
  absence: 'not-applicable',
  parameters: { internalRanges: [], trustedNames: ['.internal', '.local', '.lan', '.home.arpa', '.svc', 'localhost'] },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        yield* perComponent(context, { component: 'kube-apiserver', flags: ['bind-address'] }, (view) =>
          judgeServer(context, view),
        );
        yield* judgeServices(context);
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Set `--bind-address` to the host’s internal address (the same as `--advertise-address`); for a Service set `loadBalancerSourceRanges`. Where there are public addresses alone nothing native helps: a firewall, or the provider’s private endpoint.',
  },
  tradeOffs: [
    'Local clients on 127.0.0.1, and probes with another host, lose the port (kubeadm’s probes use the advertise address).',
    'Kubelets in other networks lose the API server.',
  ],
});
