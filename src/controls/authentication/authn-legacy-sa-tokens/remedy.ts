import { componentsOf } from '../../../cluster/components.ts';
import { booleanOf, readFlags } from '../../../cluster/flags.ts';
import type { Json, JsonObject } from '../../../cluster/json.ts';
import { listAt, objectAt, valueAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { annotationsOf, labelsOf, objectName } from '../../../cluster/objects.ts';
import { containersOf, templatePaths } from '../../../cluster/workloads.ts';
import { deletionOf, noRemedy, objectOf, objectRemedy } from '../../object-remedy.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';

const day = 86_400_000;

/** Deletes the Secret where no use was recorded for `unusedDays`; where it is used, its owner decides. */
export const remedy: RemedyFunction = (finding, context) => {
  const secret = objectOf(context, finding.subject);
  if (secret === undefined) return noRemedy('the Secret was not seen');
  const used = whyInUse(secret, context);
  const account = annotationsOf(secret)['kubernetes.io/service-account.name'] ?? '';
  const namespace = secret.namespace ?? 'default';
  return objectRemedy([deletionOf(secret)], {
    by: used === undefined ? 'native' : 'owner',
    why: used === undefined ? 'a token that never expires and that nobody uses' : `a token that never expires; ${used}`,
    sideEffects: [
      'Clients outside the cluster that hold the token stop at once, and the token cannot be brought back.',
      ...(ignoresDeletion(context)
        ? ['An API server runs with --service-account-lookup=false: deleting the Secret does not revoke its token there.']
        : []),
    ],
    alternatives: [
      `Move the client to a token that expires, before: kubectl -n ${namespace} create token ${account} --duration=1h, or a projected volume.`,
      'From 1.29 revoke it and keep the Secret: label kubernetes.io/legacy-token-invalid-since with the date.',
    ],
  });
};

/** Why the token counts as used: its last use is not long past, or a pod mounts the Secret. */
function whyInUse(secret: ClusterObject, context: RemedyContext): string | undefined {
  const setting = context.parameters['unusedDays'];
  const unusedDays = typeof setting === 'number' ? setting : 90;
  const last = labelsOf(secret)['kubernetes.io/legacy-token-last-used'];
  const age = last === undefined ? Number.POSITIVE_INFINITY : Date.parse(context.now) - Date.parse(last);
  // A date that cannot be read proves no disuse.
  if (unusedDays > 0 && !(age > unusedDays * day)) return `it was last used ${last ?? ''}, less than ${unusedDays} days ago`;
  const mounting = mountedBy(context, secret);
  return mounting === undefined ? undefined : `${objectName(mounting)} mounts it`;
}

function mountedBy(context: RemedyContext, secret: ClusterObject): ClusterObject | undefined {
  for (const [kind, path] of templatePaths)
    for (const object of context.cluster.objects.ofKind(kind)) {
      if (object.namespace !== secret.namespace) continue;
      const spec = objectAt(valueAt(object.manifest, [...path, 'spec']));
      if (secretsOf(spec).has(secret.name)) return object;
    }
  return undefined;
}

/** Names of the Secrets that volumes and environment variables of a pod take. */
function secretsOf(spec: JsonObject): ReadonlySet<string> {
  const references: (Json | undefined)[] = [];
  for (const volume of listAt(spec['volumes'])) {
    const { secret, projected } = objectAt(volume);
    references.push(objectAt(secret)['secretName']);
    for (const source of listAt(objectAt(projected)['sources'])) references.push(objectAt(objectAt(source)['secret'])['name']);
  }
  for (const { container } of containersOf(spec)) {
    for (const entry of listAt(container['env']))
      references.push(objectAt(objectAt(objectAt(entry)['valueFrom'])['secretKeyRef'])['name']);
    for (const entry of listAt(container['envFrom'])) references.push(objectAt(objectAt(entry)['secretRef'])['name']);
  }
  return new Set(references.filter((name) => typeof name === 'string'));
}

function ignoresDeletion({ cluster }: RemedyContext): boolean {
  return componentsOf(cluster, 'kube-apiserver').some(
    ({ component }) =>
      component !== undefined && booleanOf(readFlags(component, undefined).get('service-account-lookup')) === false,
  );
}
