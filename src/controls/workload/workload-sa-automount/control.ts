import { formatSubject } from '../../../authorization/subjects.ts';
import type { JsonObject } from '../../../cluster/json.ts';
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

type Mounted =
  | { readonly kind: 'known'; readonly mounted: boolean; readonly evidence: WorkloadDraft['evidence'] }
  /** What would settle it. */
  | { readonly kind: 'unknown'; readonly why: string; readonly evidence: WorkloadDraft['evidence'] };

/** The pod's field, else the account's, else true; `unknown` where one of the two cannot be read or was not seen. */
function mountedBy<P extends Parameters>(context: Context<P>, workload: ReadableWorkload, account: string): Mounted {
  const own = workload.template.spec[field] ?? undefined;
  const inPod = { ...placeInPod(workload, ['spec', field]), wanted: 'false' };
  if (typeof own === 'boolean') return { kind: 'known', mounted: own, evidence: [inPod] };
  if (own !== undefined)
    return { kind: 'unknown', why: `${field} of the pod is neither true nor false, and no server accepts it`, evidence: [inPod] };
  const object = context.cluster.objects.get('ServiceAccount', workload.namespace, account);
  if (object === undefined) {
    if (context.isListed('ServiceAccount')) return { kind: 'known', mounted: true, evidence: [inPod] };
    const why = `${field} is not set on the pod, and ServiceAccount ${workload.namespace}/${account}, whose own field would settle it, was not seen`;
    return { kind: 'unknown', why, evidence: [inPod] };
  }
  const value = object.manifest[field] ?? undefined;
  const inAccount = {
    ...placeIn(object, [field]),
    seen: value === undefined ? 'not set' : JSON.stringify(value),
    wanted: 'false',
  };
  if (value !== undefined && typeof value !== 'boolean') {
    const why = `${field} of ServiceAccount ${workload.namespace}/${account} is neither true nor false, and no server accepts it`;
    return { kind: 'unknown', why, evidence: [inAccount] };
  }
  return { kind: 'known', mounted: value !== false, evidence: [inPod, inAccount] };
}

function judge<P extends Parameters>(context: Context<P>, workload: ReadableWorkload): WorkloadDraft {
  const account = accountOf(workload.template.spec);
  if (account === undefined) {
    const evidence = [{ ...placeInPod(workload, ['spec', 'serviceAccountName']), wanted: 'the name of a ServiceAccount' }];
    return { verdict: 'unknown', message: 'the name of the ServiceAccount cannot be read', evidence };
  }
  const state = mountedBy(context, workload, account);
  const { evidence } = state;
  if (state.kind === 'unknown') return { verdict: 'unknown', message: state.why, evidence };
  if (!state.mounted) return { verdict: 'pass', message: 'no token is mounted', evidence };
  if (account === 'default') return { verdict: 'fail', message: 'the token of the account default is mounted', evidence };
  return { ...judgeUse(context, workload.namespace, account), evidence };
}

/** As the server reads it: the deprecated field counts where the other is empty, and no name is the account `default`. */
function accountOf(spec: JsonObject): string | undefined {
  const names = [spec['serviceAccountName'], spec['serviceAccount']].map((name) => name ?? '');
  if (!names.every((name) => typeof name === 'string')) return undefined;
  return names.find((name) => name !== '') ?? 'default';
}

/** Is the mounted token of this account used? A binding that names the account, or a request of its in the audit log. */
function judgeUse<P extends Parameters>(
  context: Context<P>,
  namespace: string,
  account: string,
): Pick<WorkloadDraft, 'verdict' | 'message'> {
  const used = context.cluster.auditDigest?.serviceAccounts.includes(`system:serviceaccount:${namespace}:${account}`) === true;
  const bound = boundAccounts(context).has(`ServiceAccount ${namespace}/${account}`);
  const unlisted = bindingKinds.find((kind) => !context.isListed(kind));
  if (unlisted !== undefined) {
    const so = bound ? 'a binding names it' : used ? 'the audit log shows requests by it' : 'no binding that names it was seen';
    return {
      verdict: 'unknown',
      message: `the token of ${account} is mounted; ${so}, and ${context.whyNotListed(unlisted)}`,
    };
  }
  if (bound) return { verdict: 'pass', message: `the token of ${account} is mounted, and a binding names the account` };
  if (used) return { verdict: 'pass', message: `the token of ${account} is mounted, and the audit log shows requests by it` };
  const log = context.cluster.auditDigest === undefined ? 'no audit log was given' : 'the audit log shows no request by it';
  return { verdict: 'fail', message: `the token of ${account} is mounted, but no binding names the account and ${log}` };
}

export const control = defineControl({
  id: 'workload-sa-automount',
  needs: [],
  absence: 'not-applicable',
  subjectKinds: workloadKinds,
  parameters: { exempt: [] },
  revisions: [{ since: '1.28', evaluate: (context) => perWorkload(context, 'requires', (workload) => judge(context, workload)) }],
  remedy: {
    kind: 'native',
    text: 'Set `automountServiceAccountToken: false` in the pod template; for the account `default`, on the account.',
  },
  tradeOffs: ['Sidecars and operators that call the API lose their token at the next start; pods that run keep it until then.'],
});
