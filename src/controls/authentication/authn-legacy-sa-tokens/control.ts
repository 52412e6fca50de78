import { componentsOf } from '../../../cluster/components.ts';
import { clusterVersion, versionOf } from '../../../cluster/component-version.ts';
import { readFlags } from '../../../cluster/flags.ts';
import { listAt, objectAt, stringAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { annotationsOf, labelsOf, placeIn } from '../../../cluster/objects.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';

const tokenType = 'kubernetes.io/service-account-token';
const invalidSince = 'kubernetes.io/legacy-token-invalid-since';
const lastUsed = 'kubernetes.io/legacy-token-last-used';

/** The label is obeyed from 1.29, and only where the server looks the Secret up. */
function obeysLabel<P extends Parameters>(context: Context<P>): boolean {
  const minor = clusterVersion(context.cluster)?.minor;
  if (minor === undefined || minor < 29) return false;
  return componentsOf(context.cluster, 'kube-apiserver').every(({ component }) => {
    if (component === undefined) return true;
    return readFlags(component, versionOf(context.cluster, component)?.minor).get('service-account-lookup').value !== 'false';
  });
}

function madeBy<P extends Parameters>(context: Context<P>, secret: ClusterObject): string {
  const account = annotationsOf(secret)['kubernetes.io/service-account.name'] ?? '';
  const object = context.cluster.objects.get('ServiceAccount', secret.namespace, account);
  if (object === undefined) return `for the account ${account}`;
  const listed = listAt(object.manifest['secrets']).some((entry) => stringAt(objectAt(entry)['name']) === secret.name);
  return listed
    ? `for the account ${account}, which lists it: made by Kubernetes`
    : `for the account ${account}, which does not list it: made by hand, never cleaned up`;
}

export const control = defineControl({
  id: 'authn-legacy-sa-tokens',
  needs: [{ kind: 'listed', kinds: ['Secret'] }],
  absence: 'pass',
  parameters: { allow: [], unusedDays: 90 },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context): Iterable<Draft> {
        const obeyed = obeysLabel(context);
        for (const secret of context.cluster.objects.ofKind('Secret')) {
          if (secret.manifest['type'] !== tokenType) continue;
          if (context.parameters.allow.includes(`${secret.namespace ?? 'default'}/${secret.name}`)) continue;
          const subject = { kind: 'Secret', name: secret.name, namespace: secret.namespace ?? 'default' };
          const labels = labelsOf(secret);
          const since = labels[invalidSince] ?? '';
          if (since !== '' && obeyed) {
            yield {
              verdict: 'pass',
              subject,
              message: `the token is invalid since ${since}`,
              evidence: [{ ...placeIn(secret, ['metadata', 'labels']), seen: `${invalidSince}: ${since}` }],
            };
            continue;
          }
          const use = labels[lastUsed] === undefined ? 'no use was recorded' : `last used ${labels[lastUsed]}`;
          const notObeyed =
            since === ''
              ? ''
              : '; its label that it is invalid is not obeyed here (below 1.29, or --service-account-lookup=false)';
          const evidence = [{ ...placeIn(secret, ['type']), seen: tokenType, wanted: 'a projected or requested token' }];
          yield {
            verdict: 'fail',
            subject,
            message: `a token that never expires, ${madeBy(context, secret)}; ${use}${notObeyed}`,
            evidence,
          };
        }
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Delete the Secret where no use was recorded for `unusedDays`; where it is used, its owner moves the client to TokenRequest or a projected volume first.',
  },
  tradeOffs: [
    'External clients that hold the token stop at once.',
    'With `--service-account-lookup=false` deleting the Secret does not revoke the token.',
  ],
});
