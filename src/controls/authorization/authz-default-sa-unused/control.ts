import type { Grant } from '../../../authorization/grants.ts';
import { formatSubject } from '../../../authorization/subjects.ts';
import { objectAt, stringAt } from '../../../cluster/json.ts';
import { labelsOf, objectName, placeIn } from '../../../cluster/objects.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import { judgedNamespaces } from '../../namespaces.ts';
import { placeInPod, workloadSubject, workloadsOf } from '../../workload/per-workload.ts';
import { grantsOf, pathEvidence } from '../judge-grants.ts';

type Asked = Parameters & { readonly exempt: readonly string[] };

const allAccounts = 'system:serviceaccounts';

/** The account `default` of a namespace, or a group of accounts that holds it. */
function namesDefault({ subject }: Grant): boolean {
  if (subject.kind === 'ServiceAccount') return subject.name === 'default';
  return subject.kind === 'Group' && (subject.name === allAccounts || subject.name.startsWith(`${allAccounts}:`));
}

/** Kubernetes' own bindings for discovery of its issuer and trust bundles. */
function isExcused({ binding }: Grant): boolean {
  const role = stringAt(objectAt(binding.manifest['roleRef'])['name']) ?? '';
  return labelsOf(binding)['kubernetes.io/bootstrapping'] === 'rbac-defaults' && role.startsWith('system:');
}

/** The namespace whose accounts a subject stands for; empty for all. */
function namespaceOf({ subject }: Grant): string {
  return subject.kind === 'ServiceAccount' ? subject.namespace : subject.name.slice(allAccounts.length + 1);
}

function* judgeBindings(context: Context<Asked>): Iterable<Draft> {
  const bindings = new Map<string, Grant[]>();
  for (const grant of grantsOf(context).grants) {
    if (!namesDefault(grant) || isExcused(grant) || context.parameters.exempt.includes(namespaceOf(grant))) continue;
    const name = objectName(grant.binding);
    bindings.set(name, [...(bindings.get(name) ?? []), grant]);
  }
  for (const grants of bindings.values()) {
    const [first] = grants;
    if (first === undefined) continue;
    const { kind, name, namespace } = first.binding;
    const subject = { kind, name, ...(namespace === undefined ? {} : { namespace }) };
    const holders = grants.map((grant) => formatSubject(grant.subject)).join(', ');
    const message = `gives ${first.role.kind} ${first.role.name} to ${holders}: to every pod there that names no account of its own`;
    const evidence = grants.flatMap((grant) => pathEvidence({ grant, rule: undefined }, 'an account of the workload’s own'));
    yield { verdict: 'fail', assertion: 1, subject, message, evidence };
  }
}

function* judgeAccounts(context: Context<Asked>): Iterable<Draft> {
  for (const namespace of judgedNamespaces(context)) {
    if (context.parameters.exempt.includes(namespace.name)) continue;
    const account = context.cluster.objects.get('ServiceAccount', namespace.name, 'default');
    const subject = { kind: 'ServiceAccount', name: 'default', namespace: namespace.name };
    const wanted = 'automountServiceAccountToken: false';
    if (account === undefined) {
      const listed = context.isListed('ServiceAccount');
      const message = listed
        ? 'no account `default` was listed: the one that is made has no automountServiceAccountToken: false'
        : context.whyNotListed('ServiceAccount');
      yield {
        verdict: listed ? 'fail' : 'unknown',
        assertion: 2,
        subject,
        message,
        evidence: [{ ...namespace.place, seen: 'no ServiceAccount default', wanted }],
      };
      continue;
    }
    const value = account.manifest['automountServiceAccountToken'];
    const evidence = [
      {
        ...placeIn(account, ['automountServiceAccountToken']),
        seen: value === undefined ? 'not set' : JSON.stringify(value),
        wanted,
      },
    ];
    if (value === false) yield { verdict: 'pass', assertion: 2, subject, message: 'its token is not mounted', evidence };
    else
      yield {
        verdict: 'fail',
        assertion: 2,
        subject,
        message: 'its token is mounted into every pod that names no account',
        evidence,
      };
  }
}

function* judgeWorkloads(context: Context<Asked>): Iterable<Draft> {
  for (const workload of workloadsOf(context)) {
    const spec = workload.template?.spec ?? {};
    // The older field counts where the newer one is empty, as the server's conversion has it.
    const account = stringAt(spec['serviceAccountName']) || stringAt(spec['serviceAccount']) || 'default';
    if (account !== 'default' || context.parameters.exempt.includes(workload.namespace) || workload.template === undefined)
      continue;
    const mounts = spec['automountServiceAccountToken'] === true;
    const evidence = [
      { ...placeInPod(workload, ['spec', 'automountServiceAccountToken']), wanted: 'not true under the account default' },
    ];
    const subject = workloadSubject(workload);
    if (mounts) yield { verdict: 'fail', assertion: 3, subject, message: 'asks for the token of the account default', evidence };
    else yield { verdict: 'pass', assertion: 3, subject, message: 'does not ask for the token of the account default', evidence };
  }
}

export const control = defineControl({
  id: 'authz-default-sa-unused',
  needs: [
    {
      kind: 'listed',
      kinds: ['RoleBinding.rbac.authorization.k8s.io', 'ClusterRoleBinding.rbac.authorization.k8s.io', 'ServiceAccount'],
    },
  ],
  absence: 'pass',
  parameters: { exempt: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        yield* judgeBindings(context);
        yield* judgeAccounts(context);
        yield* judgeWorkloads(context);
        if (workloadsOf(context).length === 0) context.remark('no workload was seen');
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Set `automountServiceAccountToken: false` on the account `default` of each namespace; take it out of bindings after its workload has an account of its own with the same role; what a workload sets itself is its owner’s.',
  },
  tradeOffs: [
    'Pods that use the token of `default` lose it at their next start: give them an account of their own first. Pods that run keep it until then.',
  ],
});
