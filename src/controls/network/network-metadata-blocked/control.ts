import type { Cluster } from '../../../cluster/cluster.ts';
import { componentsOf } from '../../../cluster/components.ts';
import { readFlags } from '../../../cluster/flags.ts';
import { objectAt, stringAt } from '../../../cluster/json.ts';
import { objectName, placeIn } from '../../../cluster/objects.ts';
import type { Evidence } from '../../../results/finding.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { JudgedNamespace } from '../../namespaces.ts';
import { judgedNamespaces } from '../../namespaces.ts';
import { workloadsOf } from '../../workload/per-workload.ts';
import { enforcementOf, enforcingNames, notEnforcingNames } from '../enforcement.ts';
import { admittingRule, egressPolicies } from '../metadata.ts';

type Asked = Parameters & {
  readonly addresses: readonly string[];
  readonly noCloud: readonly string[];
  readonly blockedBy: string;
};

const policyKind = 'NetworkPolicy.networking.k8s.io';
const guards = ['gke-metadata-server', 'kube2iam', 'kiam-agent'];
/** Further addresses of the metadata service, by the scheme of a node's providerID. */
const moreAddresses: Readonly<Record<string, string>> = {
  aws: 'fd00:ec2::254/128',
  alicloud: '100.100.100.200/32',
  alibabacloud: '100.100.100.200/32',
};

function providerSchemes(cluster: Cluster): readonly (string | undefined)[] {
  return cluster.objects.ofKind('Node').map((node) => {
    const id = stringAt(objectAt(node.manifest['spec'])['providerID']) ?? '';
    return id === '' ? undefined : (id.split(':')[0] ?? id);
  });
}

function cloudProviderFlag(cluster: Cluster): boolean {
  const components = (['kubelet', 'kube-controller-manager', 'kube-apiserver'] as const).flatMap((name) =>
    componentsOf(cluster, name),
  );
  return components.some(
    ({ component }) => component !== undefined && readFlags(component, undefined).get('cloud-provider').value !== '',
  );
}

/** Why the control does not apply; `undefined`: it does. */
function withoutCloud(context: Context<Asked>): string | undefined {
  if (context.parameters.blockedBy === 'provider') return 'the settings say that the provider blocks the metadata service';
  const schemes = providerSchemes(context.cluster);
  if (schemes.length === 0) return undefined;
  if (schemes.every((scheme) => scheme !== undefined && context.parameters.noCloud.includes(scheme)))
    return `every node is of ${[...new Set(schemes)].join(', ')}, which has no metadata service`;
  if (schemes.every((scheme) => scheme === undefined) && !cloudProviderFlag(context.cluster))
    return 'no node has a providerID and no component a cloud provider';
  return undefined;
}

function addressesOf(context: Context<Asked>): readonly string[] {
  const more = providerSchemes(context.cluster).flatMap((scheme) => moreAddresses[scheme ?? ''] ?? []);
  return [...new Set([...context.parameters.addresses, ...more])];
}

interface Reach {
  readonly text: string;
  readonly evidence: Evidence;
}

/** The first way in which a workload of the namespace reaches an address. */
function reachOf(context: Context<Asked>, namespace: JudgedNamespace): Reach | undefined {
  const policies = context.cluster.objects.ofKind(policyKind).filter((policy) => policy.namespace === namespace.name);
  for (const workload of exposedWorkloads(context, namespace.name)) {
    const labels = Object.fromEntries(
      Object.entries(objectAt(workload.template?.metadata['labels'])).map(([key, value]) => [key, String(value)]),
    );
    const selecting = egressPolicies(policies, labels);
    const name = objectName(workload.object);
    if (selecting.length === 0)
      return {
        text: `${name} is selected by no egress policy`,
        evidence: {
          ...placeIn(workload.object, []),
          seen: 'no egress policy selects its pods',
          wanted: 'a default-deny egress policy',
        },
      };
    for (const address of addressesOf(context)) {
      for (const policy of selecting) {
        const rule = admittingRule(policy, address);
        if (rule !== undefined)
          return {
            text: `${name} may reach ${address} by ${objectName(policy)}`,
            evidence: {
              ...placeIn(policy, ['spec', 'egress', rule]),
              seen: `admits ${address} on TCP 80`,
              wanted: `except: [${address}]`,
            },
          };
      }
    }
  }
  return undefined;
}

function exposedWorkloads(context: Context<Asked>, namespace: string): ReturnType<typeof workloadsOf> {
  return workloadsOf(context).filter(
    (workload) => workload.namespace === namespace && workload.template?.spec['hostNetwork'] !== true,
  );
}

function* judge(context: Context<Asked>): Iterable<Draft> {
  const namespaces = judgedNamespaces(context).filter(({ name }) => exposedWorkloads(context, name).length > 0);
  const without = withoutCloud(context);
  const enforcement = enforcementOf(context, { enforcing: enforcingNames, notEnforcing: notEnforcingNames });
  const guard = context.cluster.objects.ofKind('DaemonSet.apps').find((object) => guards.includes(object.name));
  for (const namespace of namespaces) {
    const subject = namespace.subject;
    const reach = reachOf(context, namespace);
    const evidence =
      reach === undefined ? [{ ...namespace.place, seen: 'no policy admits the metadata service' }] : [reach.evidence];
    if (without !== undefined) yield { verdict: 'not-applicable', subject, message: without, evidence: [] };
    else if (enforcement.verdict === 'fail')
      yield { verdict: 'fail', subject, message: `no policy has effect: ${enforcement.message}`, evidence: enforcement.evidence };
    else if (reach !== undefined && context.isListed(policyKind))
      yield { verdict: 'fail', subject, message: reach.text, evidence };
    else if (reach !== undefined) yield { verdict: 'unknown', subject, message: context.whyNotListed(policyKind), evidence };
    else if (guard !== undefined)
      yield {
        verdict: 'unknown',
        subject,
        message: `${objectName(guard)} guards the metadata service in a way that is not judged here`,
        evidence,
      };
    else if (enforcement.verdict === 'unknown')
      yield {
        verdict: 'unknown',
        subject,
        message: `policies block it, but whether they are enforced is not known: ${enforcement.message}`,
        evidence,
      };
    else yield { verdict: 'pass', subject, message: 'no workload may reach the metadata service', evidence };
  }
}

export const control = defineControl({
  id: 'network-metadata-blocked',
  needs: [{ kind: 'listed', kinds: ['Node', 'Namespace', policyKind] }],
  absence: 'not-applicable',
  parameters: {
    addresses: ['169.254.169.254/32'],
    noCloud: ['kind', 'k3s', 'rke2', 'vsphere', 'metal3', 'proxmox', 'harvester'],
    blockedBy: 'none',
  },
  revisions: [{ since: '1.28', evaluate: (context) => judge(context) }],
  remedy: {
    kind: 'native',
    text: 'The default-deny egress policy; where wide egress must stay, `except: [169.254.169.254/32]` in its ipBlock. A second policy that allows the address would win.',
  },
  tradeOffs: ["Pods that take the node's identity lose the cloud's API: give them a workload identity first."],
});
