import type { Grant } from '../../../authorization/grants.ts';
import type { Change, Remedy } from '../../../cluster/change.ts';
import type { Json, JsonObject } from '../../../cluster/json.ts';
import { objectAt, valueAt } from '../../../cluster/json.ts';
import { objectName } from '../../../cluster/objects.ts';
import type { Workload } from '../../../cluster/workloads.ts';
import { templatePaths } from '../../../cluster/workloads.ts';
import type { Finding } from '../../../results/finding.ts';
import { applyOf, judging, minorOf, noRemedy, objectOf, objectRemedy, ownLabels } from '../../object-remedy.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';
import { isSystemNamespace } from '../../settings.ts';
import { accountOf, mountsToken, withoutDefaultToken } from '../../workload/default-account-remedy.ts';
import { workloadsOf } from '../../workload/per-workload.ts';
import { patchSpec, templateRemedy, whyUnchangeable, workloadOf, workloadsIn } from '../../workload/workload-remedy.ts';
import { grantsOf } from '../judge-grants.ts';
import { bootstrapOf, indicesOf, reconciliationNote, withoutSubjects } from '../rbac-binding-remedy.ts';
import { uniqueChanges } from '../rbac-remedy.ts';

const groups = 'system:serviceaccounts';

/** /1 the binding, /2 the account, /3 what a workload asks for itself. */
export const remedy: RemedyFunction = (finding, context) => {
  if (finding.assertion === 1) return ofBinding(finding, context);
  if (finding.assertion === 2) return ofAccount(finding, context);
  return templateRemedy(workloadOf(finding, context), (spec) => ({ ...spec, automountServiceAccountToken: false }), {
    by: 'owner',
    why: 'it asks for the token of the account default: only its owner knows what for',
    sideEffects: [
      'What calls the API from this pod loses its token at its next start; give it an account of its own where it needs one.',
    ],
  });
};

/** Takes the account, or the group that holds it, out of a binding; workloads that have its token get an account of their own first. */
function ofBinding(finding: Finding, context: RemedyContext): Remedy {
  const binding = objectOf(context, finding.subject);
  if (binding === undefined) return noRemedy('the binding was not seen');
  const grants = grantsOf(judging(context)).grants.filter((grant) => grant.binding === binding && namesDefault(grant));
  const heirs = workloadsOf(judging(context)).filter((workload) => isHeir(context, workload, grants));
  const changeable = heirs.filter(
    (workload) => accountOf(workload.template?.spec ?? {}) !== 'default' || whyUnchangeable(workload) === undefined,
  );
  const accounts = changeable.map((workload) => ownAccount(context, workload));
  const added: readonly Json[] = [
    ...new Set(changeable.map(({ namespace }, index) => `${namespace}/${accounts[index]?.name ?? ''}`)),
  ]
    .sort()
    .map((name) => {
      const [namespace, account] = name.split('/');
      return { kind: 'ServiceAccount', name: account ?? '', namespace: namespace ?? '' };
    });
  const minor = minorOf(context);
  const stranded = heirs.filter((workload) => !changeable.includes(workload)).map(({ object }) => objectName(object));
  const inSystem = systemHeirs(context, grants);
  const names = changeable.map(({ object }) => objectName(object));
  const lost = [...stranded, ...inSystem];
  return objectRemedy(
    uniqueChanges([...accounts.flatMap(({ changes }) => changes), ...withoutSubjects(binding, indicesOf(grants), minor, added)]),
    {
      ...(lost.length > 0 ? { by: 'owner' as const } : {}),
      why: 'a binding to the account default, or to all accounts, gives its rights to every pod that names no account of its own',
      sideEffects: [
        ...(names.length > 0
          ? [`These get an account of their own with the same role, since the token is mounted into them: ${names.join(', ')}.`]
          : []),
        ...(lost.length > 0 ? [`These lose the rights and cannot be given an account from here: ${lost.join(', ')}.`] : []),
        'Pods that use the token of default lose these rights at once.',
        ...(bootstrapOf(binding, minor) === undefined ? [] : [reconciliationNote]),
      ],
    },
  );
}

function namesDefault({ subject }: Grant): boolean {
  if (subject.kind === 'ServiceAccount') return subject.name === 'default';
  return subject.kind === 'Group' && (subject.name === groups || subject.name.startsWith(`${groups}:`));
}

function holds({ subject }: Grant, namespace: string, account: string): boolean {
  if (subject.kind === 'ServiceAccount') return subject.namespace === namespace && subject.name === account;
  return subject.name === groups || subject.name === `${groups}:${namespace}`;
}

/** Holds the rights by one of the grants, has the token, and no audit log shows that its account makes no request. */
function isHeir(context: RemedyContext, workload: Workload, grants: readonly Grant[]): boolean {
  const { cluster } = context;
  if (workload.template === undefined || !mountsToken(cluster, workload)) return false;
  const account = accountOf(workload.template.spec);
  const seen = cluster.auditDigest?.serviceAccounts;
  const silent = seen !== undefined && !seen.includes(`system:serviceaccount:${workload.namespace}:${account}`);
  return !silent && grants.some((grant) => holds(grant, workload.namespace, account));
}

/** The account that inherits the rights: the workload's own, which is made where it runs under `default`. */
function ownAccount(context: RemedyContext, workload: Workload): { readonly name: string; readonly changes: readonly Change[] } {
  const { namespace, object } = workload;
  const account = accountOf(workload.template?.spec ?? {});
  if (account !== 'default') return { name: account, changes: [] };
  // An account of this name that somebody made may have rights that this workload must not get.
  const name =
    context.cluster.objects.get('ServiceAccount', namespace, object.name) === undefined ? object.name : `${object.name}-workload`;
  return {
    name,
    changes: [
      applyOf({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels: ownLabels } }),
      ...patchSpec(workload, (spec) => ({ ...without(spec, 'serviceAccount'), serviceAccountName: name })),
    ],
  };
}

function without(spec: JsonObject, member: string): JsonObject {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => key !== member));
}

/** Workloads of system namespaces that run under the account: they are not changed from here. */
function systemHeirs(context: RemedyContext, grants: readonly Grant[]): readonly string[] {
  return [...templatePaths].flatMap(([kind, path]) =>
    context.cluster.objects.ofKind(kind).flatMap((object) => {
      const namespace = object.namespace ?? 'default';
      if (!isSystemNamespace(context.settings, namespace)) return [];
      const account = accountOf(objectAt(valueAt(object.manifest, [...path, 'spec'])));
      return account === 'default' && grants.some((grant) => holds(grant, namespace, account)) ? [objectName(object)] : [];
    }),
  );
}

function ofAccount({ subject }: Finding, context: RemedyContext): Remedy {
  const namespace = subject.namespace ?? 'default';
  const users = workloadsIn(context, namespace).filter(
    (workload) => accountOf(workload.template?.spec ?? {}) === 'default' && mountsToken(context.cluster, workload),
  );
  const names = users.map(({ object }) => objectName(object)).join(', ');
  return objectRemedy(withoutDefaultToken(context.cluster, namespace), {
    why: 'its token is mounted into every pod of the namespace that names no account',
    sideEffects: [
      names === ''
        ? 'Pods that use the token of default lose it at their next start; pods that run keep it until then.'
        : `At their next start these lose the token of default: ${names}. Give those that call the API an account of their own first.`,
    ],
  });
}
