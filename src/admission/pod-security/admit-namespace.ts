import type { JsonObject } from '../../cluster/json.ts';
import { isObject, objectAt, stringAt } from '../../cluster/json.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { PodSecurityServer } from './check.ts';
import type { PodSecurityConfiguration } from './configuration.ts';
import { defaultPolicy } from './configuration.ts';
import { warnAboutExistingPods } from './existing-pods.ts';
import { modeLabel, modes, policyOfLabels } from './namespace-labels.ts';
import type { Policy } from './policy.ts';
import { compareLevels, equivalent, formatLevelVersion, fullyPrivileged, sameLevelVersion } from './policy.ts';
import type { PodSecurityRequest } from './request.ts';
import type { PodSecurityResponse } from './response.ts';
import { allowed, allowedWith, invalidNamespace } from './response.ts';

/**
 * Answers the create or update of a Namespace: invalid labels are refused (on update only if they are new), a stricter enforce
 * level is tried on the pods that exist, labels of an exempt namespace get a warning that they have no effect.
 * Source: k8s.io/pod-security-admission/admission/admission.go, ValidateNamespace.
 */
export function admitNamespace(
  request: Pick<PodSecurityRequest, 'operation' | 'subresource' | 'object' | 'oldObject' | 'pods'>,
  configuration: PodSecurityConfiguration,
  server: PodSecurityServer,
): PodSecurityResponse {
  if (request.subresource !== '') return allowed;
  const name = stringAt(objectAt(request.object['metadata'])['name']) ?? '';
  const defaults = defaultPolicy(configuration.defaults).policy;
  const labels = labelsOf(request.object);
  const { policy, errors } = policyOfLabels(labels, defaults);
  const exempt = name !== '' && configuration.exemptions.namespaces.includes(name);
  if (request.operation === 'CREATE') {
    if (errors.length > 0) return invalidNamespace(name, errors);
    return exempt ? withExemptWarning(name, policy, labels, defaults) : allowed;
  }
  const former = policyOfLabels(labelsOf(request.oldObject), defaults);
  if (errors.length > 0 && errors.join('\n') !== former.errors.join('\n')) return invalidNamespace(name, errors);
  if (!needsDryRun(policy, former.policy)) return allowed;
  if (exempt) return withExemptWarning(name, policy, labels, defaults);
  return allowedWith(
    warnAboutExistingPods(name, policy.enforce, request.pods, configuration.exemptions.runtimeClasses, server),
    {},
  );
}

/** Existing pods are looked at when enforcement became stricter, or changed its version. */
function needsDryRun({ enforce }: Policy, { enforce: former }: Policy): boolean {
  if (sameLevelVersion(enforce, former) || enforce.level === 'privileged') return false;
  return enforce.version !== former.version || compareLevels(enforce.level, former.level) > 0;
}

function withExemptWarning(
  name: string,
  policy: Policy,
  labels: Readonly<Record<string, string>>,
  defaults: Policy,
): PodSecurityResponse {
  if (fullyPrivileged(policy) || modes.every((mode) => equivalent(policy[mode], defaults[mode]))) return allowed;
  const ignored = modes
    .filter((mode) => policy[mode].level !== 'privileged')
    .filter((mode) => Object.hasOwn(labels, modeLabel(mode, 'level')) || Object.hasOwn(labels, modeLabel(mode, 'version')))
    .map((mode) => `${mode}=${formatLevelVersion(policy[mode])}`);
  const warning = `namespace ${goQuote(name)} is exempt from Pod Security, and the policy (${ignored.join(', ')}) will be ignored`;
  return allowedWith([warning], {});
}

function labelsOf(namespace: JsonObject): Readonly<Record<string, string>> {
  const labels = objectAt(namespace['metadata'])['labels'];
  if (!isObject(labels)) return {};
  return Object.fromEntries(Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
