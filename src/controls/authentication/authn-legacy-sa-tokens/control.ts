import { componentsOf } from '../../../cluster/components.ts';
import { clusterVersion, versionOf } from '../../../cluster/component-version.ts';
import { booleanOf, readFlags } from '../../../cluster/flags.ts';
import { listAt, objectAt, stringAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { annotationsOf, labelsOf, placeIn } from '../../../cluster/objects.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';

const tokenType = 'kubernetes.io/service-account-token';
const invalidSince = 'kubernetes.io/legacy-token-invalid-since';
const lastUsed = 'kubernetes.io/legacy-token-last-used';

/**
 * Is the label obeyed? From 1.29, where every API server that was seen looks the Secret up (`--service-account-lookup`).
 * `undefined`: the version is not known.
 */
function obeysLabel<P extends Parameters>(context: Context<P>): { readonly obeyed: boolean | undefined; readonly why: string } {
  const minors: (number | undefined)[] = [clusterVersion(context.cluster)?.minor];
  for (const { component } of componentsOf(context.cluster, 'kube-apiserver')) {
    if (component === undefined) continue;
    const minor = versionOf(context.cluster, component)?.minor;
    minors.push(minor);
    if (booleanOf(readFlags(component, minor).get('service-account-lookup')) === false)
      return { obeyed: false, why: 'is not obeyed with --service-account-lookup=false' };
  }
  if (minors.some((minor) => minor !== undefined && minor < 29)) return { obeyed: false, why: 'is not obeyed below 1.29' };
  const unknown = minors.includes(undefined);
  return { obeyed: unknown ? undefined : true, why: 'is obeyed from 1.29 only, and the version is not known' };
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

function judge<P extends Parameters>(
  context: Context<P>,
  secret: ClusterObject,
  label: ReturnType<typeof obeysLabel>,
  allow: readonly string[],
): Draft {
  const namespace = secret.namespace ?? 'default';
  const subject = { kind: 'Secret', name: secret.name, namespace };
  const labels = labelsOf(secret);
  const since = labels[invalidSince] ?? '';
  const place = since === '' ? placeIn(secret, ['type']) : placeIn(secret, ['metadata', 'labels', invalidSince]);
  const seen = since === '' ? tokenType : `${invalidSince}: ${since}`;
  const evidence = [{ ...place, seen, wanted: 'no such Secret: a projected or requested token' }];
  if (allow.includes(`${namespace}/${secret.name}`))
    return { verdict: 'pass', subject, message: 'allowed by the settings', evidence };
  if (since !== '' && label.obeyed === true)
    return { verdict: 'pass', subject, message: `the server refuses its token since ${since}`, evidence };
  const used = labels[lastUsed];
  const use = used === undefined ? 'no use was recorded' : `last used ${used}`;
  if (since !== '' && label.obeyed === undefined)
    return { verdict: 'unknown', subject, message: `its label ${invalidSince} ${label.why}`, evidence };
  const ignored = since === '' ? '' : `; its label ${invalidSince} ${label.why}`;
  return {
    verdict: 'fail',
    subject,
    message: `a token that never expires, ${madeBy(context, secret)}; ${use}${ignored}`,
    evidence,
  };
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
        const label = obeysLabel(context);
        if (componentsOf(context.cluster, 'kube-apiserver').every(({ component }) => component === undefined))
          context.remark('the flags of the API server (--service-account-lookup) were not seen');
        for (const secret of context.cluster.objects.ofKind('Secret'))
          if (secret.manifest['type'] === tokenType) yield judge(context, secret, label, context.parameters.allow);
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
