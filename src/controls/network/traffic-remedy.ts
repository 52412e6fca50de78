import { componentsOf } from '../../cluster/components.ts';
import { readFlags } from '../../cluster/flags.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { listAt, objectAt, stringAt, stringsAt, valueAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { annotationsOf, labelsOf } from '../../cluster/objects.ts';
import { containersOf, templatePaths } from '../../cluster/workloads.ts';

/** A port as policies name it: a number, or the name of a container's port. */
export interface TargetPort {
  readonly protocol: string;
  readonly port: number | string;
}

/** A Service with pods behind it. */
export interface BackedService {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly selector: JsonObject;
  readonly ports: readonly TargetPort[];
}

/** A workload with the labels of its pods, in whatever namespace. */
export interface Pods {
  readonly object: ClusterObject;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: JsonObject;
}

/** What is seen of who talks to whom: rules are made of this, and of nothing that is only guessed. */
export interface Traffic {
  readonly services: readonly BackedService[];
  readonly pods: readonly Pods[];
  /** Services that a workload of another namespace names in its words or variables: `db.data`, `db.data.svc`. */
  readonly calledBy: ReadonlyMap<Pods, readonly BackedService[]>;
  readonly callersOf: ReadonlyMap<BackedService, readonly Pods[]>;
  readonly ingressControllers: readonly Pods[];
  readonly scrapers: readonly Pods[];
  /** Services that Ingresses name; `undefined`: no Ingress was listed, any Service may be one. */
  readonly backends: ReadonlySet<string> | undefined;
  /** Services that the API server calls: webhooks, aggregated APIs, conversion. */
  readonly calledByServer: ReadonlySet<string>;
  /** Addresses and ports of the API servers. */
  readonly servers: readonly { readonly address: string; readonly port: number }[];
  /** InternalIP of every Node. */
  readonly nodes: readonly string[];
}

/** Gathers what Services, selectors, webhooks and the words of workloads show of traffic. */
export function trafficOf(cluster: Cluster, isIngressListed: boolean): Traffic {
  const services = cluster.objects.ofKind('Service').flatMap(backedService);
  const pods = [...templatePaths].flatMap(([kind, path]) =>
    cluster.objects.ofKind(kind).flatMap((object) => podsOf(object, path)),
  );
  const byName = new Map(services.map((service) => [`${service.namespace}/${service.name}`, service]));
  return {
    services,
    pods,
    ...referencesOf(pods, byName),
    ingressControllers: pods.filter((one) =>
      isNamed(
        one,
        /^(ingress-nginx|nginx-ingress|traefik|haproxy-ingress|kubernetes-ingress|kong|contour|envoy|istio-ingressgateway|emissary-ingress)$/,
        /(ingress-nginx\/controller|nginx-ingress|\/?traefik|haproxy-ingress|\/kong|contour|emissary)(:|@|$)/,
      ),
    ),
    scrapers: pods.filter((one) =>
      isNamed(
        one,
        /^(prometheus|vmagent|grafana-agent|alloy|opentelemetry-collector)$/,
        /\/?(prometheus|vmagent|grafana-agent|alloy)(:|@|$)/,
      ),
    ),
    backends: isIngressListed ? ingressBackends(cluster) : undefined,
    calledByServer: calledByServer(cluster),
    servers: serversOf(cluster),
    nodes: cluster.objects.ofKind('Node').flatMap(internalAddresses),
  };
}

function referencesOf(
  pods: readonly Pods[],
  services: ReadonlyMap<string, BackedService>,
): Pick<Traffic, 'calledBy' | 'callersOf'> {
  const calledBy = new Map<Pods, BackedService[]>();
  const callersOf = new Map<BackedService, Pods[]>();
  for (const from of pods)
    for (const name of namesIn(from.spec)) {
      const to = services.get(name);
      if (to === undefined || to.namespace === from.namespace) continue;
      calledBy.set(from, [...(calledBy.get(from) ?? []), to]);
      callersOf.set(to, [...(callersOf.get(to) ?? []), from]);
    }
  return { calledBy, callersOf };
}

function backedService(object: ClusterObject): readonly BackedService[] {
  const spec = objectAt(object.manifest['spec']);
  const selector = objectAt(spec['selector']);
  if (Object.keys(selector).length === 0 || spec['type'] === 'ExternalName') return [];
  const ports = listAt(spec['ports']).flatMap((entry): readonly TargetPort[] => {
    const { port, targetPort, protocol } = objectAt(entry);
    const target = targetPort ?? port;
    const isPort = (typeof target === 'number' && target > 0) || (typeof target === 'string' && target !== '');
    if (!isPort) return [];
    return [
      {
        protocol: stringAt(protocol) ?? 'TCP',
        port: typeof target === 'string' && /^\d+$/.test(target) ? Number(target) : target,
      },
    ];
  });
  return [
    { namespace: object.namespace ?? 'default', name: object.name, type: stringAt(spec['type']) ?? 'ClusterIP', selector, ports },
  ];
}

function podsOf(object: ClusterObject, path: readonly (string | number)[]): readonly Pods[] {
  const template = objectAt(valueAt(object.manifest, path));
  const owned = path.length === 0 && listAt(objectAt(object.manifest['metadata'])['ownerReferences']).length > 0;
  if (owned) return [];
  const spec = objectAt(template['spec']);
  return [
    {
      object,
      namespace: object.namespace ?? 'default',
      labels: labelsOf({ manifest: template }),
      annotations: annotationsOf({ manifest: template }),
      spec,
    },
  ];
}

const serviceName =
  /(?<![\w.-])([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)(?:\.svc(?:\.[a-z0-9.-]+)?)?(?![\w.-])/g;

/** `NAMESPACE/SERVICE` for every name of that form in words and variables of a pod. Values that were blanked hold none. */
function namesIn(spec: JsonObject): ReadonlySet<string> {
  const texts = containersOf(spec).flatMap(({ container }) => [
    ...stringsAt(container['command']),
    ...stringsAt(container['args']),
    ...listAt(container['env']).flatMap((entry) => stringAt(objectAt(entry)['value']) ?? []),
  ]);
  return new Set(
    texts.flatMap((text) =>
      [...text.matchAll(serviceName)].map(([, service, namespace]) => `${namespace ?? ''}/${service ?? ''}`),
    ),
  );
}

function isNamed({ labels, spec }: Pods, label: RegExp, image: RegExp): boolean {
  if (label.test(labels['app.kubernetes.io/name'] ?? '')) return true;
  return containersOf(spec).some(({ container }) => image.test(stringAt(container['image']) ?? ''));
}

function ingressBackends(cluster: Cluster): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { manifest, namespace } of cluster.objects.ofKind('Ingress.networking.k8s.io')) {
    const spec = objectAt(manifest['spec']);
    const paths = listAt(spec['rules']).flatMap((rule) => listAt(objectAt(objectAt(rule)['http'])['paths']));
    const backends = [spec['defaultBackend'], ...paths.map((path) => objectAt(path)['backend'])];
    for (const backend of backends) {
      const name = stringAt(objectAt(objectAt(backend)['service'])['name']);
      if (name !== undefined) names.add(`${namespace ?? 'default'}/${name}`);
    }
  }
  return names;
}

function calledByServer(cluster: Cluster): ReadonlySet<string> {
  const of = (kind: string): readonly ClusterObject[] => cluster.objects.ofKind(kind);
  const webhooks = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']
    .flatMap((kind) => of(`${kind}.admissionregistration.k8s.io`))
    .flatMap(({ manifest }) => listAt(manifest['webhooks']))
    .map((webhook) => objectAt(objectAt(webhook)['clientConfig'])['service']);
  const services = of('APIService.apiregistration.k8s.io').map(({ manifest }) => objectAt(manifest['spec'])['service']);
  const conversions = of('CustomResourceDefinition.apiextensions.k8s.io').map(
    ({ manifest }) =>
      objectAt(objectAt(objectAt(objectAt(manifest['spec'])['conversion'])['webhook'])['clientConfig'])['service'],
  );
  const named = (value: Json | undefined): readonly string[] => {
    const { namespace, name } = objectAt(value);
    return typeof namespace === 'string' && typeof name === 'string' ? [`${namespace}/${name}`] : [];
  };
  return new Set([...webhooks, ...services, ...conversions].flatMap(named));
}

function internalAddresses(node: ClusterObject): readonly string[] {
  return listAt(objectAt(node.manifest['status'])['addresses']).flatMap((entry) => {
    const { type, address } = objectAt(entry);
    return type === 'InternalIP' && typeof address === 'string' ? [address] : [];
  });
}

/** Endpoints of `default/kubernetes`, else what the API servers advertise. */
function serversOf(cluster: Cluster): Traffic['servers'] {
  const slices = cluster.objects
    .ofKind('EndpointSlice.discovery.k8s.io')
    .filter(
      (slice) =>
        slice.namespace === 'default' &&
        (slice.name === 'kubernetes' || labelsOf(slice)['kubernetes.io/service-name'] === 'kubernetes'),
    );
  const seen = slices.flatMap(({ manifest }) => {
    const ports = listAt(manifest['ports']).flatMap((entry) => numberAt(objectAt(entry)['port']));
    const addresses = listAt(manifest['endpoints']).flatMap((endpoint) => stringsAt(objectAt(endpoint)['addresses']));
    return addresses.flatMap((address) => ports.map((port) => ({ address, port })));
  });
  if (seen.length > 0) return seen;
  return componentsOf(cluster, 'kube-apiserver').flatMap(({ component }) => {
    if (component === undefined) return [];
    const flags = readFlags(component, undefined);
    const address = flags.get('advertise-address').value;
    const port = Number(flags.get('secure-port').value || '6443');
    return address === '' || !Number.isInteger(port) ? [] : [{ address, port }];
  });
}

function numberAt(value: Json | undefined): readonly number[] {
  return typeof value === 'number' ? [value] : [];
}
