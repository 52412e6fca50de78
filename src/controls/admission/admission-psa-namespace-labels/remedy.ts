import { evaluatePod } from '../../../admission/pod-security/evaluate.ts';
import type { Level } from '../../../admission/pod-security/policy.ts';
import { compareLevels, parseLevel } from '../../../admission/pod-security/policy.ts';
import type { Change, Remedy } from '../../../cluster/change.ts';
import type { Json } from '../../../cluster/json.ts';
import { stringAt } from '../../../cluster/json.ts';
import { labelsOf, objectName } from '../../../cluster/objects.ts';
import type { Workload } from '../../../cluster/workloads.ts';
import { applyOf, judging, noRemedy, objectRemedy, patchOf, withValue } from '../../object-remedy.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';
import { policyMinor, workloadKinds } from '../../workload/per-workload.ts';
import { workloadsIn } from '../../workload/workload-remedy.ts';
import { podSecurityDefault } from '../pod-security-default.ts';

const prefix = 'pod-security.kubernetes.io/';
type Labels = Readonly<Record<string, string>>;

/** What stands in the way of a level: one sentence a workload, in the server's words. */
function obstacles(workloads: readonly Workload[], level: Level, minor: number): readonly string[] {
  return workloads.flatMap(({ object, template }) => {
    if (template === undefined || !Array.isArray(template.spec['containers']))
      return [`${objectName(object)}: its template cannot be read`];
    const violations = evaluatePod(level, minor, template);
    const texts = violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`));
    return texts.length === 0 ? [] : [`${objectName(object)}: ${texts.join(', ')}`];
  });
}

/** Labels a Namespace; one whose object was not seen is written with its labels alone. */
function labelled(context: RemedyContext, name: string, labels: Labels): readonly Change[] {
  const object = context.cluster.objects.get('Namespace', undefined, name);
  if (object === undefined) return [applyOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })];
  const given = labelsOf(object);
  const missing = Object.entries(labels).filter(([key, value]) => given[key] !== value);
  let manifest: Json | undefined = object.manifest;
  for (const [key, value] of missing) manifest = withValue(manifest, ['metadata', 'labels', key], value);
  return patchOf(object, manifest);
}

/** The strictest level that every workload passes today. */
function strictest(context: RemedyContext, workloads: readonly Workload[], wanted: Level): Level {
  const at = judging(context);
  const passes = (level: Level): boolean => obstacles(workloads, level, policyMinor(at)).length === 0;
  // Where nothing was seen of what may run there, the level asked for, and not more, is a guess that one can stand by.
  if (workloads.length === 0 && !workloadKinds.every((kind) => at.isListed(kind))) return wanted;
  return passes('restricted') ? 'restricted' : passes('baseline') ? 'baseline' : 'privileged';
}

/** `enforce` at the strictest level that today's workloads pass, `audit` and `warn` restricted; what stands in the way is said. */
export const remedy: RemedyFunction = (finding, context) => {
  const { name } = finding.subject;
  const at = judging(context);
  const wanted = parseLevel(stringAt(context.parameters['level']) ?? '') ?? 'baseline';
  const workloads = workloadsIn(context, name);
  const level = strictest(context, workloads, wanted);
  const defaults = podSecurityDefault(at);
  const object = context.cluster.objects.get('Namespace', undefined, name);
  const label = object === undefined ? undefined : labelsOf(object)[`${prefix}enforce`];
  const current = label === undefined ? undefined : (parseLevel(label) ?? 'restricted');
  const isRaised = compareLevels(level, 'privileged') > 0 && (current === undefined || compareLevels(level, current) > 0);
  const hidden = whyWithoutEffect(name, defaults.exempt.has(name), defaults.pluginOff !== undefined);
  const below = compareLevels(level, wanted) < 0 ? belowWanted(workloads, wanted, policyMinor(at)) : undefined;
  const stays = [hidden, below].filter((text) => text !== undefined).join('; ');
  const watching = labelled(context, name, { [`${prefix}audit`]: 'restricted', [`${prefix}warn`]: 'restricted' });
  const enforcing = isRaised ? labelled(context, name, { [`${prefix}enforce`]: level }) : [];
  const reached = isRaised
    ? `its workloads pass ${level} today: nothing weaker may be added`
    : 'who deploys there is warned of what restricted would refuse';
  const steps = stepsOf(watching, enforcing, {
    why: reached,
    sideEffects: effects(workloads, level, isRaised),
    ...(stays === '' ? {} : { stays }),
  });
  return steps ?? noRemedy(stays === '' ? 'its labels are set already' : stays);
};

function stepsOf(
  watching: readonly Change[],
  enforcing: readonly Change[],
  more: { readonly why: string; readonly sideEffects: readonly string[]; readonly stays?: string },
): Remedy | undefined {
  const { stays, why } = more;
  const last = stays === undefined ? {} : { stays };
  const watch = {
    why: 'audit and warn at restricted refuse nothing and show what would be refused',
    sideEffects: ['kubectl prints warnings on workloads that restricted would refuse.'],
  };
  if (watching.length > 0 && enforcing.length > 0)
    return { kind: 'steps', steps: [objectRemedy(watching, { ...watch, stage: 'prepare' }), objectRemedy(enforcing, more)] };
  if (enforcing.length > 0) return objectRemedy(enforcing, more);
  return watching.length > 0 ? objectRemedy(watching, { ...watch, why, stage: 'prepare', ...last }) : undefined;
}

function whyWithoutEffect(name: string, isExempt: boolean, isOff: boolean): string | undefined {
  if (isOff) return 'PodSecurity does not run in an API server, so labels have no effect until admission-effective-set is mended';
  return isExempt
    ? `the PodSecurityConfiguration exempts ${name}, so its labels have no effect until admission-psa-cluster-defaults is mended`
    : undefined;
}

function belowWanted(workloads: readonly Workload[], wanted: Level, minor: number): string {
  const all = obstacles(workloads, wanted, minor);
  const shown = all.slice(0, 10).join('; ');
  const more = all.length > 10 ? `; and ${all.length - 10} more` : '';
  return `today's workloads do not pass ${wanted}: ${shown}${more}`;
}

function effects(workloads: readonly Workload[], level: Level, isRaised: boolean): readonly string[] {
  if (!isRaised) return [];
  return [
    workloads.length === 0
      ? `No workload was seen there: what ${level} forbids is refused from now on.`
      : `Pods that ${level} forbids are refused from now on, at their next start too; controllers are only warned. See what would be: kubectl label --dry-run=server --overwrite namespace NAME ${prefix}enforce=${level}`,
  ];
}
