import type { Remedy } from '../../../cluster/change.ts';
import { objectAt, stringAt, stringsAt, listAt } from '../../../cluster/json.ts';
import { objectName } from '../../../cluster/objects.ts';
import { applyOf, judging, minorOf, noRemedy, objectRemedy, patchOf, withValue } from '../../object-remedy.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';
import { allSystemNamespaces } from '../../settings.ts';
import { workloadsOf } from '../../workload/per-workload.ts';
import { bindingObject, guardrails, isRuntimePath, policyObject } from '../guardrail-policies-remedy.ts';

const bindingKind = 'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io';

/** Adds Deny to the bindings of a policy; where there is no policy at all, Bulwark's own small set: first watching, then denying. */
export const remedy: RemedyFunction = (finding, context) => {
  const minor = minorOf(context);
  if (finding.subject.kind === 'cluster')
    return minor !== undefined && minor < 30
      ? noRemedy(`ValidatingAdmissionPolicy is not served as v1 in 1.${minor}`)
      : ownSet(context);
  return denying(finding.subject.name, context);
};

/** `Deny` takes the place of `Warn`: the server refuses the two together. Source: K:pkg/apis/admissionregistration/validation. */
function denying(policy: string, context: RemedyContext): Remedy {
  const bindings = context.cluster.objects
    .ofKind(bindingKind)
    .filter(({ manifest }) => objectAt(manifest['spec'])['policyName'] === policy);
  if (bindings.length === 0)
    return guardrails.some(({ name }) => name === policy)
      ? objectRemedy([applyOf(bindingObject(policy, ['Deny', 'Audit'], runtimeNamespaces(context).get(policy) ?? []))], {
          why: 'without a binding the policy has no effect',
        })
      : noRemedy('nothing binds the policy, and only its owner knows in which namespaces it is to hold');
  const changes = bindings.flatMap((binding) => {
    const actions = stringsAt(objectAt(binding.manifest['spec'])['validationActions']);
    const next = ['Deny', ...actions.filter((action) => action !== 'Warn' && action !== 'Deny')];
    return patchOf(binding, withValue(binding.manifest, ['spec', 'validationActions'], next));
  });
  return objectRemedy(changes, {
    why: 'the policy finds what it was written for, and lets it through',
    sideEffects: [
      'What the policy only reported is refused from now on: look for its name in the audit log first (annotation validation.policy.admission.k8s.io/validation_failure).',
    ],
  });
}

function ownSet(context: RemedyContext): Remedy {
  const system = allSystemNamespaces(context.settings);
  const exempt = runtimeNamespaces(context);
  const watching = guardrails.flatMap((guardrail) => [
    applyOf(policyObject(guardrail, system)),
    applyOf(bindingObject(guardrail.name, ['Warn', 'Audit'], exempt.get(guardrail.name))),
  ]);
  const refusing = guardrails.map(({ name }) => applyOf(bindingObject(name, ['Deny', 'Audit'], exempt.get(name))));
  const left = [...exempt].map(
    ([name, namespaces]) => `${name} does not hold in ${namespaces.join(', ')}, where workloads of today would be refused.`,
  );
  return {
    kind: 'steps',
    steps: [
      objectRemedy(watching, {
        stage: 'prepare',
        why: 'a small set of rules that neither Pod Security nor RBAC holds, first without refusing anything',
        sideEffects: ['Warnings in kubectl, and annotations in the audit log, where something would be refused.', ...left],
      }),
      objectRemedy(refusing, {
        why: 'the same rules refuse, once nothing was reported',
        sideEffects: [
          ...guardrails.map(({ effect }) => effect),
          ...presentNotes(context),
          'Rehearse, or look in the audit log for validation.policy.admission.k8s.io/validation_failure, before this group.',
        ],
      }),
    ],
  };
}

/** Namespaces where a policy would refuse pods of today, by policy. */
function runtimeNamespaces(context: RemedyContext): ReadonlyMap<string, readonly string[]> {
  const namespaces = workloadsOf(judging(context))
    .filter(({ template }) =>
      listAt(template?.spec['volumes']).some((volume) =>
        isRuntimePath(stringAt(objectAt(objectAt(volume)['hostPath'])['path']) ?? ' '),
      ),
    )
    .map(({ namespace }) => namespace);
  return namespaces.length === 0 ? new Map() : new Map([['bulwark-runtime-sockets', [...new Set(namespaces)].sort()]]);
}

/** What is there today and would be refused if it were made anew. */
function presentNotes({ cluster }: RemedyContext): readonly string[] {
  const services = cluster.objects
    .ofKind('Service')
    .filter(({ manifest }) => listAt(objectAt(manifest['spec'])['externalIPs']).length > 0);
  const secrets = cluster.objects
    .ofKind('Secret')
    .filter(({ manifest }) => manifest['type'] === 'kubernetes.io/service-account-token');
  const names = [...services, ...secrets].map(objectName).sort();
  if (names.length === 0) return [];
  const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
  return [`These are there today and may be kept and changed, but not made anew: ${names.slice(0, 10).join(', ')}${more}.`];
}
