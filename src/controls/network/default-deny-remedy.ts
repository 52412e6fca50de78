import { isAddress } from '../../cluster/cidr.ts';
import type { Change, Remedy } from '../../cluster/change.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { listAt, objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import { objectName } from '../../cluster/objects.ts';
import { containersOf } from '../../cluster/workloads.ts';
import { formatSubject } from '../../authorization/subjects.ts';
import { grantsOf } from '../authorization/judge-grants.ts';
import { applyOf, judging, objectRemedy, ownLabels, patchOf, withValue } from '../object-remedy.ts';
import type { RemedyContext } from '../remedy.ts';
import { accountOf, mountsToken } from '../workload/default-account-remedy.ts';
import { workloadsIn } from '../workload/workload-remedy.ts';
import type { Direction } from './deny-all.ts';
import { admitsEverything, isPolicyForAllPods, policyKind } from './deny-all.ts';
import type { BackedService, Pods, TargetPort, Traffic } from './traffic-remedy.ts';
import { trafficOf } from './traffic-remedy.ts';

const nameLabel = 'kubernetes.io/metadata.name';

function policy(namespace: string, name: string, spec: JsonObject): JsonObject {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace, labels: ownLabels }, spec };
}

function inNamespace(...names: readonly string[]): JsonObject {
  const sorted = [...new Set(names)].sort();
  return sorted.length === 1
    ? { matchLabels: { [nameLabel]: sorted[0] ?? '' } }
    : { matchExpressions: [{ key: nameLabel, operator: 'In', values: sorted }] };
}

function block(address: string): JsonObject {
  return { ipBlock: { cidr: `${address}/${address.includes(':') ? 128 : 32}` } };
}

function portsOf(ports: readonly TargetPort[]): Json {
  return ports.map(({ protocol, port }) => ({ protocol, port }));
}

/** The pods of a workload as a peer; pods of the host's network have their nodes' addresses. */
function peersOf(pods: Pods, traffic: Traffic): readonly JsonObject[] {
  if (pods.spec['hostNetwork'] === true) return traffic.nodes.filter(isAddress).map(block);
  return [{ namespaceSelector: inNamespace(pods.namespace), podSelector: { matchLabels: stableLabels(pods) } }];
}

/** What the workload itself selects its pods by: other labels change with each release. */
function stableLabels({ object, labels }: Pods): JsonObject {
  const own = objectAt(objectAt(objectAt(object.manifest['spec'])['selector'])['matchLabels']);
  return Object.keys(own).length > 0 ? own : labels;
}

function sharedTraffic(context: RemedyContext): Traffic {
  return context.once('traffic', () => trafficOf(context.cluster, judging(context).isListed('Ingress.networking.k8s.io')));
}

/** A policy and the sentence that explains it. */
interface Planned {
  readonly object: JsonObject;
  readonly says?: string;
}

/** One default-deny policy for a namespace, with the policies that let through what is seen to be needed. */
export function defaultDeny(context: RemedyContext, namespace: string, direction: Direction): Remedy {
  const traffic = sharedTraffic(context);
  const planned = direction === 'Ingress' ? ingressPolicies(namespace, traffic) : egressPolicies(context, namespace, traffic);
  const says = planned.flatMap((one) => one.says ?? []);
  return objectRemedy([...planned.map(({ object }) => applyOf(object)), ...withoutOpenRules(context, namespace, direction)], {
    why:
      direction === 'Ingress'
        ? 'every pod of the cluster reaches every pod of the namespace'
        : 'whoever breaks into a pod reaches every pod, every node and the Internet from it',
    sideEffects: [
      ...(direction === 'Ingress' ? ingressEffects : egressEffects),
      ...says,
      ...openEffects(context, namespace, direction),
    ],
    alternatives: [
      'Observe the traffic first (flow logs of the network plug-in) and add what is missing to the policies of this group.',
    ],
  });
}

const ingressEffects: readonly string[] = [
  'Connections from other namespaces that no rule of this group allows are cut: callers that only a variable or a Secret names are not seen here. Probes of the kubelet pass.',
  'It acts only where the network plug-in enforces policies.',
];

const egressEffects: readonly string[] = [
  'Connections to other namespaces and to addresses outside the cluster that no rule of this group allows are cut: what only a variable, a ConfigMap or a Secret names is not seen here (databases, mail, APIs of others). Add a policy for each before.',
  "Image pulls are the node's and not affected. It acts only where the network plug-in enforces policies.",
];

function ingressPolicies(namespace: string, traffic: Traffic): readonly Planned[] {
  const own = traffic.services.filter((service) => service.namespace === namespace);
  return [
    { object: policy(namespace, 'default-deny-ingress', { podSelector: {}, policyTypes: ['Ingress'] }) },
    {
      object: policy(namespace, 'allow-same-namespace-ingress', {
        podSelector: {},
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: {} }] }],
      }),
      says: 'Pods of the namespace still reach each other.',
    },
    ...own.flatMap((service) => toService(service, traffic)),
    ...scraped(namespace, traffic),
  ];
}

/** Who calls a Service from outside its namespace, as far as objects show it. */
function toService(service: BackedService, traffic: Traffic): readonly Planned[] {
  if (service.ports.length === 0) return [];
  const key = `${service.namespace}/${service.name}`;
  const ports = portsOf(service.ports);
  const rules: JsonObject[] = [];
  const because: string[] = [];
  const isPublic = service.type === 'LoadBalancer' || service.type === 'NodePort';
  if (isPublic) {
    rules.push({ ports });
    because.push(`everybody (it is of type ${service.type}, whose callers come with addresses of nodes or of their own)`);
  }
  const controllers = traffic.ingressControllers.filter(
    (one) => one.namespace !== service.namespace || one.spec['hostNetwork'] === true,
  );
  if (!isPublic && traffic.backends?.has(key) === true && controllers.length === 0) {
    rules.push({ from: [{ namespaceSelector: {} }], ports });
    because.push('every namespace (an Ingress names it, and the ingress controller was not recognised)');
  } else if (!isPublic && controllers.length > 0 && (traffic.backends === undefined || traffic.backends.has(key))) {
    const from = controllers.flatMap((one) => peersOf(one, traffic));
    if (from.length > 0) rules.push({ from, ports });
    because.push(`the ingress controller ${controllers.map(({ object }) => objectName(object)).join(', ')}`);
  }
  const callers = traffic.callersOf.get(service) ?? [];
  if (!isPublic && callers.length > 0) {
    rules.push({ from: callers.flatMap((one) => peersOf(one, traffic)), ports });
    because.push(`${callers.map(({ object }) => objectName(object)).join(', ')}, which names it`);
  }
  if (!isPublic && traffic.calledByServer.has(key)) {
    const servers = [...new Set(traffic.servers.map(({ address }) => address))].filter(isAddress).sort();
    rules.push(servers.length > 0 ? { from: servers.map(block), ports } : { ports });
    because.push(
      servers.length > 0
        ? 'the API servers, which call it'
        : 'everybody (the API server calls it, and its addresses were not seen)',
    );
  }
  if (rules.length === 0) return [];
  const spec = { podSelector: { matchLabels: service.selector }, policyTypes: ['Ingress'], ingress: rules };
  return [
    {
      object: policy(service.namespace, `allow-to-${service.name}`, spec),
      says: `Service ${key} stays open to ${because.join('; ')}.`,
    },
  ];
}

/** Pods that ask to be scraped, by the annotations that Prometheus' own examples use. */
function scraped(namespace: string, traffic: Traffic): readonly Planned[] {
  const scrapers = traffic.scrapers.filter((one) => one.namespace !== namespace);
  if (scrapers.length === 0) return [];
  return traffic.pods.flatMap((pods): readonly Planned[] => {
    if (
      pods.namespace !== namespace ||
      pods.annotations['prometheus.io/scrape'] !== 'true' ||
      Object.keys(pods.labels).length === 0
    )
      return [];
    const port = Number(pods.annotations['prometheus.io/port'] ?? '');
    const declared = containersOf(pods.spec).flatMap(({ container }) =>
      listAt(container['ports']).flatMap((entry) => {
        const { containerPort } = objectAt(entry);
        return typeof containerPort === 'number' ? [containerPort] : [];
      }),
    );
    const ports = [...new Set(Number.isInteger(port) && port > 0 ? [port] : declared)].sort((a, b) => a - b);
    if (ports.length === 0) return [];
    const from = scrapers.flatMap((one) => peersOf(one, traffic));
    const spec = {
      podSelector: { matchLabels: stableLabels(pods) },
      policyTypes: ['Ingress'],
      ingress: [{ from, ports: portsOf(ports.map((number) => ({ protocol: 'TCP', port: number }))) }],
    };
    const name = `allow-scrape-${pods.object.name}`;
    return [
      {
        object: policy(namespace, name, spec),
        says: `${scrapers.map(({ object }) => objectName(object)).join(', ')} still scrapes ${objectName(pods.object)}.`,
      },
    ];
  });
}

function egressPolicies(context: RemedyContext, namespace: string, traffic: Traffic): readonly Planned[] {
  return [
    {
      object: policy(namespace, 'default-deny-egress', {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [dnsRule(context, traffic)],
      }),
      says: 'Names are still resolved by the DNS of kube-system.',
    },
    {
      object: policy(namespace, 'allow-same-namespace-egress', {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [{ to: [{ podSelector: {} }] }],
      }),
      says: 'Pods of the namespace still reach each other.',
    },
    ...traffic.pods.filter((pods) => pods.namespace === namespace).flatMap((pods) => fromWorkload(context, pods, traffic)),
  ];
}

/** DNS: the pods behind kube-dns, and the address of a node-local cache where one is seen. */
function dnsRule(context: RemedyContext, traffic: Traffic): JsonObject {
  const dns = traffic.services.find(({ namespace, name }) => namespace === 'kube-system' && name === 'kube-dns');
  const numbers = (dns?.ports ?? []).flatMap(({ port }) => (typeof port === 'number' && port !== 9153 ? [port] : []));
  const ports = [...new Set([53, ...numbers])]
    .sort((a, b) => a - b)
    .flatMap((port) => [
      { protocol: 'UDP', port },
      { protocol: 'TCP', port },
    ]);
  const local = context.cluster.objects
    .ofKind('DaemonSet.apps')
    .filter(({ name }) => name === 'node-local-dns')
    .flatMap(({ manifest }) => containersOf(objectAt(objectAt(objectAt(manifest['spec'])['template'])['spec'])))
    .flatMap(({ container }) => localAddresses([...stringsAt(container['command']), ...stringsAt(container['args'])]));
  const pods = { namespaceSelector: inNamespace('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } };
  return { to: [pods, ...[...new Set(local)].sort().map(block)], ports };
}

/** `-localip 169.254.20.10,10.96.0.10` of the cache. */
function localAddresses(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const value = /^--?localip(?:=(.*))?$/.exec(word);
    return value === null ? [] : (value[1] ?? words[index + 1] ?? '').split(',').filter(isAddress);
  });
}

/** What one workload is seen to call: Services of other namespaces, and the API server where its token is used. */
function fromWorkload(context: RemedyContext, pods: Pods, traffic: Traffic): readonly Planned[] {
  if (pods.spec['hostNetwork'] === true || Object.keys(pods.labels).length === 0) return [];
  const targets = (traffic.calledBy.get(pods) ?? []).filter(({ ports }) => ports.length > 0);
  const rules: JsonObject[] = targets.map((to) => ({
    to: [{ namespaceSelector: inNamespace(to.namespace), podSelector: { matchLabels: to.selector } }],
    ports: portsOf(to.ports),
  }));
  const because = targets.map(({ namespace, name }) => `Service ${namespace}/${name}`);
  if (usesApi(context, pods)) {
    rules.push(...serverRules(traffic));
    because.push(
      traffic.servers.length > 0
        ? 'the API servers'
        : 'ports 443 and 6443 of every address (the addresses of the API servers were not seen: put them in)',
    );
  }
  if (rules.length === 0) return [];
  const spec = { podSelector: { matchLabels: stableLabels(pods) }, policyTypes: ['Egress'], egress: rules };
  const name = `allow-from-${pods.object.kind.toLowerCase()}-${pods.object.name}`;
  return [
    { object: policy(pods.namespace, name, spec), says: `${objectName(pods.object)} still reaches ${because.join(', ')}.` },
  ];
}

/** Rules are applied after the address of the Service is translated: the endpoints count. */
function serverRules({ servers }: Traffic): readonly JsonObject[] {
  const ports = [...new Set(servers.map(({ port }) => port))].sort((a, b) => a - b);
  if (ports.length === 0) return [{ ports: portsOf([443, 6443].map((port) => ({ protocol: 'TCP', port }))) }];
  return ports.map((port) => {
    const addresses = [
      ...new Set(servers.filter((one) => one.port === port && isAddress(one.address)).map(({ address }) => address)),
    ].sort();
    return { to: addresses.map(block), ports: portsOf([{ protocol: 'TCP', port }]) };
  });
}

/** Its token is mounted, and a binding names the account or the audit log shows requests by it. */
function usesApi(context: RemedyContext, { object, namespace }: Pods): boolean {
  const workload = workloadsIn(context, namespace).find((one) => one.object === object);
  if (workload?.template === undefined || !mountsToken(context.cluster, workload)) return false;
  const account = accountOf(workload.template.spec);
  if (context.cluster.auditDigest?.serviceAccounts.includes(`system:serviceaccount:${namespace}:${account}`) === true)
    return true;
  const bound = context.once(
    'bound accounts of traffic',
    () => new Set(grantsOf(judging(context)).grants.map(({ subject }) => formatSubject(subject))),
  );
  return bound.has(`ServiceAccount ${namespace}/${account}`);
}

/** Policies for all pods with a rule that admits everything: the rule goes, the rest of the policy stays. */
function withoutOpenRules(context: RemedyContext, namespace: string, direction: Direction): readonly Change[] {
  const member = direction.toLowerCase();
  return context.cluster.objects
    .ofKind(policyKind)
    .filter((own) => own.namespace === namespace && isPolicyForAllPods(own, direction))
    .flatMap((own) => {
      const rules = listAt(objectAt(own.manifest['spec'])[member]);
      const kept = rules.filter((rule) => !admitsEverything(rule, direction));
      return kept.length === rules.length ? [] : patchOf(own, withValue(own.manifest, ['spec', member], kept));
    });
}

function openEffects(context: RemedyContext, namespace: string, direction: Direction): readonly string[] {
  const names = withoutOpenRules(context, namespace, direction).flatMap((change) =>
    change.kind === 'patch-object'
      ? [`${change.object.kind} ${stringAt(change.object.namespace) ?? ''}/${change.object.name}`]
      : [],
  );
  return names.length === 0
    ? []
    : [
        `The rule that admits everything goes from ${names.join(', ')}: whatever relied on it is cut unless a rule of this group allows it.`,
      ];
}
