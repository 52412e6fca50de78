import { formatSubject } from '../../../authorization/subjects.ts';
import { grantsOf } from '../../authorization/judge-grants.ts';
import { judging, noRemedy, objectRemedy } from '../../object-remedy.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { accountOf, withoutDefaultToken } from '../default-account-remedy.ts';
import { templateRemedy, workloadOf } from '../workload-remedy.ts';

const lost = 'Sidecars and operators that call the API lose their token at the next start; pods that run keep it until then.';

/** Keeps the token out of the pods: in the template, and for the account `default` on the account. */
export const remedy: RemedyFunction = (finding, context) => {
  const workload = workloadOf(finding, context);
  if (workload?.template === undefined) return noRemedy('there is no pod template that can be read');
  const { namespace, template } = workload;
  const isDefault = accountOf(template.spec) === 'default';
  const asks = template.spec['automountServiceAccountToken'] === true;
  if (!isDefault || asks)
    return templateRemedy(workload, (spec) => ({ ...spec, automountServiceAccountToken: false }), {
      ...(isDefault ? { by: 'owner' as const } : {}),
      why: isDefault
        ? 'it asks for the token of the account default: only its owner knows what for'
        : `nothing shows that the token of ${accountOf(template.spec)} is used, and whoever breaks into the pod has it`,
      sideEffects: [lost],
    });
  const bound = grantsOf(judging(context)).grants.some(
    ({ subject }) => formatSubject(subject) === `ServiceAccount ${namespace}/default`,
  );
  const used = context.cluster.auditDigest?.serviceAccounts.includes(`system:serviceaccount:${namespace}:default`) === true;
  return objectRemedy(withoutDefaultToken(context.cluster, namespace), {
    ...(bound || used ? { by: 'owner' as const } : {}),
    why: 'every pod of the namespace that names no account has the token of default',
    sideEffects: [
      lost,
      ...(bound || used
        ? [
            `The account ${namespace}/default ${bound ? 'is named by a binding' : 'makes requests'}: give the workload an account of its own before (authz-default-sa-unused).`,
          ]
        : []),
    ],
    alternatives: ['`automountServiceAccountToken: false` in the pod template alone.'],
  });
};
