import { clusterVersion } from '../../../cluster/component-version.ts';
import { listAt, objectAt, stringAt, stringsAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { objectName, placeIn } from '../../../cluster/objects.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { StaticManifests } from '../static-manifests.ts';
import { staticManifestsDirs } from '../static-manifests.ts';

const policyKind = 'ValidatingAdmissionPolicy.admissionregistration.k8s.io';
const bindingKind = 'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io';
const crdKind = 'CustomResourceDefinition.apiextensions.k8s.io';
const webhookKind = 'ValidatingWebhookConfiguration.admissionregistration.k8s.io';

type Asked = Parameters & { readonly ignore: readonly string[] };

function judgePolicy(policy: ClusterObject, bindings: readonly ClusterObject[]): Omit<Draft, 'subject'> {
  const own = bindings.filter((binding) => objectAt(binding.manifest['spec'])['policyName'] === policy.name);
  const denying = own.find((binding) => stringsAt(objectAt(binding.manifest['spec'])['validationActions']).includes('Deny'));
  const notes =
    objectAt(policy.manifest['spec'])['failurePolicy'] === 'Ignore'
      ? { notes: ['failurePolicy is Ignore: an error in the policy lets the request through'] }
      : {};
  const wanted = 'a binding with validationActions [Deny]';
  if (denying !== undefined)
    return {
      verdict: 'pass',
      message: `${objectName(denying)} denies what it refuses`,
      evidence: [{ ...placeIn(denying, ['spec', 'validationActions']), seen: 'Deny' }],
      ...notes,
    };
  if (own.length === 0)
    return {
      verdict: 'fail',
      message: 'no binding names the policy: it has no effect',
      evidence: [{ ...placeIn(policy, []), seen: 'no binding', wanted }],
      ...notes,
    };
  const evidence = own.map((binding) => ({
    ...placeIn(binding, ['spec', 'validationActions']),
    seen: stringsAt(objectAt(binding.manifest['spec'])['validationActions']).join(', ') || 'nothing',
    wanted,
  }));
  return { verdict: 'fail', message: 'no binding denies: what the policy refuses is let through', evidence, ...notes };
}

/** Another policy engine: its CRDs or its validating webhooks. */
function otherEngine(context: Context<Asked>): string | undefined {
  const isEngine = (group: string): boolean =>
    group === 'kyverno.io' || group.endsWith('.gatekeeper.sh') || group === 'policies.kubewarden.io';
  const crd = context.cluster.objects
    .ofKind(crdKind)
    .find((object) => isEngine(stringAt(objectAt(object.manifest['spec'])['group']) ?? ''));
  if (crd !== undefined) return objectName(crd);
  const names = ['kyverno', 'gatekeeper', 'kubewarden'];
  const webhook = context.cluster.objects.ofKind(webhookKind).find((object) =>
    listAt(object.manifest['webhooks']).some((entry) => {
      const service = stringAt(objectAt(objectAt(objectAt(entry)['clientConfig'])['service'])['namespace']) ?? '';
      return names.some(
        (name) =>
          object.name.includes(name) || (stringAt(objectAt(entry)['name']) ?? '').includes(name) || service.includes(name),
      );
    }),
  );
  return webhook === undefined ? undefined : objectName(webhook);
}

/** Policies of the host count like those of the API, but they were not seen. */
function ofFolder({ path, evidence }: StaticManifests): Draft {
  return {
    verdict: 'unknown',
    subject: { kind: 'folder of policies', name: path },
    message: `the policies in ${path} on the host count too and were not seen: look at them there`,
    evidence: [evidence],
  };
}

/** Absence has no line: the source that was listed is its place. */
function noPolicy(context: Context<Asked>): Draft['evidence'] {
  const listing = context.cluster.listings.find(({ kind }) => kind === policyKind);
  const source = listing?.source ?? context.cluster.sources.join(', ');
  return [{ source, seen: 'no ValidatingAdmissionPolicy', wanted: 'policies, each with a binding that denies' }];
}

/** There is no policy at all: does the API exist, does another engine run, may absence be believed? */
function withoutPolicies(context: Context<Asked>): Draft {
  const subject = { kind: 'cluster', name: '' };
  const minor = clusterVersion(context.cluster)?.minor;
  if (minor !== undefined && minor < 30 && context.cluster.objects.ofKind(bindingKind).length === 0)
    return { verdict: 'not-applicable', subject, message: `ValidatingAdmissionPolicy is off in 1.${minor}`, evidence: [] };
  const engine = otherEngine(context);
  if (engine !== undefined)
    return {
      verdict: 'unknown',
      subject,
      message: `there is no ValidatingAdmissionPolicy, and ${engine} shows another policy engine, which is not judged here`,
      evidence: [],
    };
  const [dir] = staticManifestsDirs(context.cluster, 'ValidatingAdmissionWebhook');
  if (dir !== undefined)
    return {
      verdict: 'unknown',
      subject,
      message: `there is no policy, and the webhook of another engine may stand in ${dir.path} on the host, which was not seen`,
      evidence: [dir.evidence],
    };
  const unlisted = [policyKind, bindingKind, crdKind, webhookKind].find((kind) => !context.isListed(kind));
  if (unlisted !== undefined) return { verdict: 'unknown', subject, message: context.whyNotListed(unlisted), evidence: [] };
  return {
    verdict: 'fail',
    subject,
    message: 'there is no ValidatingAdmissionPolicy and no other policy engine',
    evidence: noPolicy(context),
  };
}

export const control = defineControl({
  id: 'admission-vap-guardrails',
  needs: [{ kind: 'listed', kinds: [policyKind, bindingKind] }],
  absence: 'not-applicable',
  parameters: { ignore: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context): Iterable<Draft> {
        const policies = context.cluster.objects.ofKind(policyKind);
        const bindings = context.cluster.objects.ofKind(bindingKind);
        const dirs = staticManifestsDirs(context.cluster, 'ValidatingAdmissionPolicy');
        for (const dir of dirs) yield ofFolder(dir);
        if (policies.length === 0 && dirs.length === 0) yield withoutPolicies(context);
        for (const policy of policies) {
          if (context.parameters.ignore.includes(policy.name)) continue;
          const draft = judgePolicy(policy, bindings);
          const absent = draft.verdict === 'fail' && !context.isListed(bindingKind);
          yield {
            ...draft,
            ...(absent ? { verdict: 'unknown' as const, message: context.whyNotListed(bindingKind) } : {}),
            subject: { kind: policy.kind, name: policy.name },
          };
        }
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Add `Deny` to the `validationActions` of the binding. A policy without a binding: only its owner knows its scope. No policy at all: a small set of policies, bound with `[Warn, Audit]` first and with `[Deny]` after a rehearsal without hits.',
  },
  tradeOffs: [
    'A policy on pods that fails closed can stop system controllers: leave the system namespaces out by `kubernetes.io/metadata.name`.',
  ],
});
