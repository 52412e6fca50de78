import type { FieldPath } from '../../../cluster/json.ts';
import { objectName, placeIn } from '../../../cluster/objects.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import type { Workload } from '../../../cluster/workloads.ts';
import type { Evidence } from '../../../results/finding.ts';
import type { Context, Draft } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { JudgedNamespace } from '../../namespaces.ts';
import { judgedNamespaces } from '../../namespaces.ts';
import { workloadKinds, workloadsOf } from '../../workload/per-workload.ts';
import type { CloudParameters } from '../cloud.ts';
import { metadataAddresses, withoutCloud } from '../cloud.ts';
import { policyKind } from '../deny-all.ts';
import type { Enforcement } from '../enforcement.ts';
import { enforcementOf, engineNames } from '../enforcement.ts';
import { admittingRule, egressPolicies, podLabels } from '../metadata.ts';
import { unreadablePolicyField } from '../policy-shape.ts';

const guards = ['gke-metadata-server', 'kube2iam', 'kiam-agent'];

interface Observation {
  readonly text: string;
  readonly evidence: Evidence;
}

/** What is seen of the workloads of one namespace, the first of each kind. */
interface Reach {
  /** A rule that was seen admits an address: certain, since rules only add up. */
  readonly admitted?: Observation;
  /** No policy that was seen selects the workload: certain where policies are listed. */
  readonly unselected?: Observation;
  /** A workload or policy that cannot be read. */
  readonly unreadable?: Observation;
}

function reachOf(addresses: readonly string[], workloads: readonly Workload[], policies: readonly ClusterObject[]): Reach {
  const reach: { -readonly [K in keyof Reach]: Reach[K] } = {};
  const readable = policies.filter((policy) => {
    const field = unreadablePolicyField(policy.manifest);
    if (field !== undefined) reach.unreadable ??= cannotRead(policy, field);
    return field === undefined;
  });
  for (const workload of workloads) {
    const labels = podLabels(workload);
    if (labels === undefined) {
      reach.unreadable ??= cannotRead(workload.object, workload.templatePath);
      continue;
    }
    const selecting = egressPolicies(readable, labels);
    const name = objectName(workload.object);
    if (selecting.length === 0) {
      const evidence = {
        ...placeIn(workload.object, []),
        seen: 'no egress policy selects its pods',
        wanted: 'a default-deny egress policy',
      };
      reach.unselected ??= { text: `${name} is selected by no egress policy and may reach ${addresses.join(', ')}`, evidence };
    }
    for (const policy of selecting)
      for (const address of addresses) {
        const rule = admittingRule(policy, address);
        if (rule === undefined) continue;
        const place = placeIn(policy, ['spec', 'egress', rule]);
        const evidence = { ...place, seen: `admits ${address} on TCP 80`, wanted: `except: [${address}]` };
        reach.admitted ??= { text: `${name} may reach ${address} by ${objectName(policy)}`, evidence };
      }
  }
  return reach;
}

function cannotRead(object: ClusterObject, path: FieldPath): Observation {
  const evidence = { ...placeIn(object, path), seen: 'not readable', wanted: 'an object that a server accepts' };
  return { text: `${objectName(object)} cannot be read`, evidence };
}

function exposedWorkloads(context: Context<CloudParameters>): ReadonlyMap<string, readonly Workload[]> {
  const exposed = new Map<string, Workload[]>();
  for (const workload of workloadsOf(context)) {
    if (workload.template?.spec['hostNetwork'] === true) continue;
    exposed.set(workload.namespace, [...(exposed.get(workload.namespace) ?? []), workload]);
  }
  return exposed;
}

/** What is the same for every namespace. */
interface Surroundings {
  readonly without: string | undefined;
  readonly enforcement: Enforcement;
  readonly addresses: readonly string[];
  readonly guard: ClusterObject | undefined;
}

function surroundingsOf(context: Context<CloudParameters>): Surroundings {
  const { cluster, settings } = context;
  return {
    without: withoutCloud(context),
    enforcement: enforcementOf(context, { ...engineNames, ...settings.parameters['network-cni-enforces'] }),
    addresses: metadataAddresses(context),
    guard: cluster.objects.ofKind('DaemonSet.apps').find((object) => guards.includes(object.name)),
  };
}

function* judge(context: Context<CloudParameters>): Iterable<Draft> {
  const exposed = exposedWorkloads(context);
  if (exposed.size === 0) return;
  const surroundings = surroundingsOf(context);
  for (const namespace of judgedNamespaces(context)) {
    const workloads = exposed.get(namespace.name);
    if (workloads !== undefined)
      yield { ...judgeNamespace(context, surroundings, namespace, workloads), subject: namespace.subject };
  }
}

/** Not applicable, then fail, then unknown, then pass: to the letter of essential.md 0.2. */
function judgeNamespace(
  context: Context<CloudParameters>,
  { without, enforcement, addresses, guard }: Surroundings,
  namespace: JudgedNamespace,
  workloads: readonly Workload[],
): Omit<Draft, 'subject'> {
  if (without !== undefined) return { verdict: 'not-applicable', message: without, evidence: [] };
  if (enforcement.verdict === 'fail')
    return { verdict: 'fail', message: `no policy has effect: ${enforcement.message}`, evidence: enforcement.evidence };
  const policies = context.cluster.objects.ofKind(policyKind).filter((policy) => policy.namespace === namespace.name);
  const { admitted, unselected, unreadable } = reachOf(addresses, workloads, policies);
  const listed = context.isListed(policyKind) && !policies.some((policy) => unreadablePolicyField(policy.manifest) !== undefined);
  const failure = admitted ?? (listed ? unselected : undefined);
  if (failure !== undefined) return { verdict: 'fail', message: failure.text, evidence: [failure.evidence] };
  if (unreadable !== undefined) return { verdict: 'unknown', message: unreadable.text, evidence: [unreadable.evidence] };
  if (unselected !== undefined)
    return {
      verdict: 'unknown',
      message: `${unselected.text}, as far as policies were seen: ${context.whyNotListed(policyKind)}`,
      evidence: [unselected.evidence],
    };
  const evidence = [{ ...namespace.place, seen: 'no policy admits the metadata service' }];
  if (guard !== undefined)
    return {
      verdict: 'unknown',
      message: `${objectName(guard)} guards the metadata service in a way that is not judged here`,
      evidence: [...evidence, { ...placeIn(guard, []), seen: objectName(guard) }],
    };
  if (enforcement.verdict === 'unknown')
    return {
      verdict: 'unknown',
      message: `policies block it, but whether they are enforced is not known: ${enforcement.message}`,
      evidence,
    };
  return { verdict: 'pass', message: 'no workload may reach the metadata service', evidence };
}

export const control = defineControl({
  id: 'network-metadata-blocked',
  needs: [{ kind: 'listed', kinds: ['Node', 'Namespace', policyKind] }],
  absence: 'not-applicable',
  subjectKinds: workloadKinds,
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
