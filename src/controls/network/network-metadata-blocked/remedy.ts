import { cidrContains } from '../../../cluster/cidr.ts';
import type { Change } from '../../../cluster/change.ts';
import type { Json, JsonObject } from '../../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { objectName } from '../../../cluster/objects.ts';
import { judging, noRemedy, objectRemedy, patchOf, withValue } from '../../object-remedy.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { workloadsIn } from '../../workload/workload-remedy.ts';
import type { CloudParameters } from '../cloud.ts';
import { metadataAddresses } from '../cloud.ts';
import { defaultDeny } from '../default-deny-remedy.ts';
import { policyKind, policyTypes } from '../deny-all.ts';
import { enforcementOf, engineNames } from '../enforcement.ts';
import { admittingRule, egressPolicies, podLabels } from '../metadata.ts';
import { unreadablePolicyField } from '../policy-shape.ts';

/** DaemonSets that answer in the place of the metadata service. */
const guards: readonly string[] = ['gke-metadata-server', 'kube2iam', 'kiam-agent'];

/** The default-deny policy where no policy selects a workload; where a rule admits the address, an exception in it. */
export const remedy: RemedyFunction = (finding, context) => {
  const at = judging(context);
  const enforcement = enforcementOf(at, { ...engineNames, ...context.settings.parameters['network-cni-enforces'] });
  if (enforcement.verdict === 'fail')
    return noRemedy(`no policy has effect (${enforcement.message}): network-cni-enforces comes first`);
  const namespace = finding.subject.name;
  const addresses = metadataAddresses({ ...at, parameters: context.parameters as CloudParameters });
  const policies = context.cluster.objects
    .ofKind(policyKind)
    .filter((policy) => policy.namespace === namespace && unreadablePolicyField(policy.manifest) === undefined);
  const closed = policies.flatMap((policy) => withExceptions(policy, addresses));
  const exposed = workloadsIn(context, namespace).filter(({ template }) => template?.spec['hostNetwork'] !== true);
  const isUnselected = exposed.some((workload) => egressPolicies(policies, podLabels(workload) ?? {}).length === 0);
  const deny = isUnselected ? defaultDeny(context, namespace, 'Egress') : undefined;
  const steps = deny?.kind === 'changes' ? deny : undefined;
  // A policy whose open rule goes needs no exception in it.
  const others = closed.filter((change) => steps?.changes.some((other) => isSameObject(change, other)) !== true);
  const names = others.flatMap((change) =>
    change.kind === 'patch-object' ? [`${change.object.kind} ${change.object.name}`] : [],
  );
  const guard = context.cluster.objects.ofKind('DaemonSet.apps').find(({ name }) => guards.includes(name));
  const open = [
    ...(enforcement.verdict === 'unknown' ? [`whether policies are enforced is not known: ${enforcement.message}`] : []),
    ...(guard === undefined ? [] : [`${objectName(guard)} guards the metadata service as well, in a way that is not judged`]),
  ];
  return objectRemedy([...(steps?.changes ?? []), ...others], {
    why: 'whoever breaks into a pod gets the credentials of its node from the metadata service',
    sideEffects: [
      "Pods that take the node's identity lose the cloud's API: give them a workload identity first.",
      ...(names.length > 0 ? [`An exception for ${addresses.join(', ')} in ${names.join(', ')}.`] : []),
      ...(steps?.sideEffects ?? []),
    ],
    ...(open.length === 0 ? {} : { stays: open.join('; ') }),
    ...(steps?.alternatives === undefined ? {} : { alternatives: steps.alternatives }),
  });
};

function isSameObject(a: Change, b: Change): boolean {
  return a.kind === 'patch-object' && b.kind === 'patch-object' && a.object.name === b.object.name;
}

/** Puts the addresses out of every egress rule that admits them on TCP 80. */
function withExceptions(policy: ClusterObject, addresses: readonly string[]): readonly Change[] {
  if (!policyTypes(objectAt(policy.manifest['spec'])).includes('Egress')) return [];
  const rules = listAt(objectAt(policy.manifest['spec'])['egress']).flatMap((rule): readonly Json[] => {
    const open = isObject(rule) ? addresses.filter((address) => admits(policy, rule, address)) : [];
    return !isObject(rule) || open.length === 0 ? [rule] : closedRule(rule, open);
  });
  return patchOf(policy, withValue(policy.manifest, ['spec', 'egress'], rules));
}

/** Asks the control's own judge about one rule. */
function admits(policy: ClusterObject, rule: JsonObject, address: string): boolean {
  return admittingRule({ ...policy, manifest: { spec: { egress: [rule] } } }, address) !== undefined;
}

/** A rule without peers gets them spelt out; a block that lies in the address goes, and the rule with its last peer. */
function closedRule(rule: JsonObject, addresses: readonly string[]): readonly Json[] {
  const peers = listAt(rule['to']);
  const all: readonly Json[] = [{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }, { namespaceSelector: {} }];
  const to = (peers.length > 0 ? peers : all).flatMap((peer): readonly Json[] => {
    const ipBlock = objectAt(peer)['ipBlock'];
    const cidr = stringAt(objectAt(ipBlock)['cidr']);
    if (cidr === undefined) return [peer];
    if (addresses.some((address) => cidrContains(address, cidr))) return [];
    const given = stringsAt(objectAt(ipBlock)['except']);
    const more = addresses.filter(
      (address) => cidrContains(cidr, address) && !given.some((except) => cidrContains(except, address)),
    );
    return more.length === 0 ? [peer] : [{ ipBlock: { ...objectAt(ipBlock), except: [...given, ...more] } }];
  });
  return to.length === 0 ? [] : [{ ...rule, to }];
}
