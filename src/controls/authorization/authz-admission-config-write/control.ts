import type { PolicyRule } from '../../../authorization/rbac/rule.ts';
import { apiGroupMatches } from '../../../authorization/rbac/rule.ts';
import type { Cluster } from '../../../cluster/cluster.ts';
import { listAt, objectAt, stringAt } from '../../../cluster/json.ts';
import { defineControl } from '../../control.ts';
import type { GrantPath } from '../judge-grants.ts';
import { judgeHolders, usualExcuse } from '../judge-grants.ts';

const group = 'admissionregistration.k8s.io';
const webhookKinds = [`ValidatingWebhookConfiguration.${group}`, `MutatingWebhookConfiguration.${group}`];
const writes = ['create', 'update', 'patch', 'delete', 'deletecollection', '*'];

function givesWrite(rule: PolicyRule): boolean {
  const resources = rule.resources.filter(
    (resource) => !resource.includes('/') && (resource === '*' || isAdmissionResource(resource)),
  );
  return apiGroupMatches(rule, group) && resources.length > 0 && rule.verbs.some((verb) => writes.includes(verb));
}

function isAdmissionResource(resource: string): boolean {
  return /^(validating|mutating)(webhookconfigurations|admissionpolicies|admissionpolicybindings)$/.test(resource);
}

/** Limited to named objects, without the two verbs that come without a name. */
function isNamed({ rule }: GrantPath): boolean {
  if (rule === undefined || rule.rule.resourceNames.length === 0) return false;
  return !rule.rule.verbs.some((verb) => ['create', 'deletecollection', '*'].includes(verb));
}

/** Namespaces whose services answer this cluster's webhooks: what runs there sees every object already. */
function backendNamespaces(cluster: Cluster): ReadonlySet<string> {
  const webhooks = webhookKinds
    .flatMap((kind) => cluster.objects.ofKind(kind))
    .flatMap((object) => listAt(object.manifest['webhooks']));
  return new Set(
    webhooks.flatMap((webhook) => stringAt(objectAt(objectAt(objectAt(webhook)['clientConfig'])['service'])['namespace']) ?? []),
  );
}

export const control = defineControl({
  id: 'authz-admission-config-write',
  needs: [{ kind: 'listed', kinds: ['ClusterRole.rbac.authorization.k8s.io', 'ClusterRoleBinding.rbac.authorization.k8s.io'] }],
  absence: 'pass',
  parameters: { allow: [], allowWebhookBackends: true },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => {
        const unseen = webhookKinds.filter((kind) => !context.isListed(kind)).map((kind) => kind.split('.')[0]);
        if (context.parameters.allowWebhookBackends && unseen.length > 0) context.remark(`not listed: ${unseen.join(', ')}`);
        const usual = usualExcuse(context, context.parameters.allow);
        const backends = context.parameters.allowWebhookBackends ? backendNamespaces(context.cluster) : new Set<string>();
        return judgeHolders(context, {
          scope: 'cluster',
          gives: givesWrite,
          harmless: { test: isNamed, reason: 'limited to named objects' },
          excuse: (subject) => {
            if (subject.kind === 'ServiceAccount' && backends.has(subject.namespace))
              return 'in a namespace that serves a webhook of this cluster';
            return usual(subject);
          },
          what: 'changes admission webhooks or policies',
          wanted: 'resourceNames for what it registers, or none of these verbs',
        });
      },
    },
  ],
  remedy: { kind: 'native', text: 'A role with resourceNames for what the operator registers; otherwise remove the verbs.' },
  tradeOffs: [
    'Operators that register themselves (cert-manager, Istio, Kyverno) cannot renew their CA bundle: with `failurePolicy: Fail` admission then fails for the whole cluster.',
  ],
});
