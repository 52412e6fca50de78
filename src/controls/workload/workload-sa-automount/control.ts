import { formatSubject } from '../../../authorization/subjects.ts';
import { stringAt } from '../../../cluster/json.ts';
import { placeIn } from '../../../cluster/objects.ts';
import { grantsOf } from '../../authorization/judge-grants.ts';
import type { Context, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { ReadableWorkload, WorkloadDraft } from '../per-workload.ts';
import { perWorkload, placeInPod, workloadKinds } from '../per-workload.ts';

const field = 'automountServiceAccountToken';
const bindingKinds = ['RoleBinding.rbac.authorization.k8s.io', 'ClusterRoleBinding.rbac.authorization.k8s.io'];

/** Names of accounts (`ns/name`) that a binding names, in either form. */
function boundAccounts<P extends Parameters>(context: Context<P>): ReadonlySet<string> {
  return context.once('bound accounts', () => new Set(grantsOf(context).grants.map(({ subject }) => formatSubject(subject))));
}

interface Mounted {
  readonly mounted: boolean | undefined;
  readonly evidence: WorkloadDraft['evidence'];
}

/** The pod's field, else the account's, else true; `undefined`: the account was not seen and may say otherwise. */
function mounted<P extends Parameters>(context: Context<P>, workload: ReadableWorkload, account: string): Mounted {
  const own = workload.template.spec[field];
  const inPod = { ...placeInPod(workload, ['spec', field]), wanted: 'false' };
  if (typeof own === 'boolean') return { mounted: own, evidence: [inPod] };
  const object = context.cluster.objects.get('ServiceAccount', workload.namespace, account);
  if (object === undefined) return { mounted: context.isListed('ServiceAccount') ? true : undefined, evidence: [inPod] };
  const value = object.manifest[field];
  const inAccount = { ...placeIn(object, [field]), seen: value === undefined ? 'not set' : String(value), wanted: 'false' };
  return { mounted: value !== false, evidence: [inPod, inAccount] };
}

function judge<P extends Parameters>(context: Context<P>, workload: ReadableWorkload): WorkloadDraft {
  const { spec } = workload.template;
  const named = stringAt(spec['serviceAccountName']) ?? stringAt(spec['serviceAccount']) ?? '';
  const account = named === '' ? 'default' : named;
  const { mounted: isMounted, evidence } = mounted(context, workload, account);
  if (isMounted === undefined) {
    return {
      verdict: 'unknown',
      message: `${field} is not set on the pod, and ServiceAccount ${workload.namespace}/${account}, whose own field would settle it, was not seen`,
      evidence,
    };
  }
  if (!isMounted) return { verdict: 'pass', message: 'no token is mounted', evidence };
  if (account === 'default') return { verdict: 'fail', message: 'the token of the account default is mounted', evidence };
  const user = `system:serviceaccount:${workload.namespace}:${account}`;
  if (context.cluster.auditDigest?.serviceAccounts.includes(user) === true)
    return { verdict: 'pass', message: `the token of ${account} is mounted, and the audit log shows requests by it`, evidence };
  if (boundAccounts(context).has(`ServiceAccount ${workload.namespace}/${account}`))
    return { verdict: 'pass', message: `the token of ${account} is mounted, and a binding gives it rights`, evidence };
  const unlisted = bindingKinds.find((kind) => !context.isListed(kind));
  if (unlisted !== undefined)
    return {
      verdict: 'unknown',
      message: `the token of ${account} is mounted; whether a binding names the account is not known: ${context.whyNotListed(unlisted)}`,
      evidence,
    };
  return {
    verdict: 'fail',
    message: `the token of ${account} is mounted, and no binding names the account: nobody uses it`,
    evidence,
  };
}

export const control = defineControl({
  id: 'workload-sa-automount',
  needs: [],
  absence: 'not-applicable',
  subjectKinds: workloadKinds,
  parameters: { exempt: [] },
  revisions: [{ since: '1.28', evaluate: (context) => perWorkload(context, (workload) => judge(context, workload)) }],
  remedy: {
    kind: 'native',
    text: 'Set `automountServiceAccountToken: false` in the pod template; for the account `default`, on the account.',
  },
  tradeOffs: ['Sidecars and operators that call the API lose their token at the next start; pods that run keep it until then.'],
});
