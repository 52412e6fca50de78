import { aggregate } from '../../cluster/decode/field-errors.ts';
import type { FieldPath, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, valueAt } from '../../cluster/json.ts';
import { newestMinor } from '../../cluster/version.ts';
import { admitNamespace } from './admit-namespace.ts';
import { asAdmitted } from './as-admitted.ts';
import type { PodSecurityServer } from './check.ts';
import { text } from './check.ts';
import type { PodSecurityConfiguration } from './configuration.ts';
import { defaultPolicy } from './configuration.ts';
import type { CheckViolation } from './evaluate.ts';
import { describeViolations, evaluateView } from './evaluate.ts';
import type { NamespacePolicy } from './namespace-labels.ts';
import { policyOfLabels } from './namespace-labels.ts';
import type { PodSource } from './pod-view.ts';
import { viewPod } from './pod-view.ts';
import type { LevelVersion } from './policy.ts';
import { formatLevelVersion, fullyPrivileged, sameLevelVersion } from './policy.ts';
import type { PodSecurityRequest } from './request.ts';
import { podTemplatePath } from './resources.ts';
import type { PodSecurityResponse } from './response.ts';
import { allowed, allowedWith, forbidden } from './response.ts';

/** Subresources that carry no pod; any other one of a pod is judged as a pod. */
const ignoredPodSubresources: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'binding',
  'eviction',
  'log',
  'portforward',
  'proxy',
  'status',
]);

/**
 * Answers a request as the PodSecurity plugin of a server does: verdict, exact message, warnings, audit annotations. Resources
 * without pods are admitted without a word. Never throws.
 *
 * Sources: k8s.io/pod-security-admission/admission/admission.go; plugin/pkg/admission/security/podsecurity/admission.go.
 */
export function admitPodSecurity(
  request: PodSecurityRequest,
  configuration: PodSecurityConfiguration,
  server: PodSecurityServer = { minor: newestMinor },
): PodSecurityResponse {
  if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return allowed;
  const { group, resource } = request;
  if (group === '' && resource === 'namespaces') return admitNamespace(request, configuration, server);
  if (group === '' && resource === 'pods') return admitPod(request, configuration, server);
  const template = podTemplatePath(group, resource);
  return template === undefined ? allowed : admitWorkload(request, template, configuration, server);
}

function exemption(request: PodSecurityRequest, { exemptions }: PodSecurityConfiguration): PodSecurityResponse | undefined {
  const { namespace, username } = request;
  if (namespace.name !== '' && exemptions.namespaces.includes(namespace.name)) return allowedWith([], { exempt: 'namespace' });
  if (username !== '' && exemptions.usernames.includes(username)) return allowedWith([], { exempt: 'user' });
  return undefined;
}

function policyOf(request: PodSecurityRequest, configuration: PodSecurityConfiguration): NamespacePolicy {
  return policyOfLabels(request.namespace.labels, defaultPolicy(configuration.defaults).policy);
}

function admitPod(
  request: PodSecurityRequest,
  configuration: PodSecurityConfiguration,
  server: PodSecurityServer,
): PodSecurityResponse {
  if (ignoredPodSubresources.has(request.subresource)) return allowed;
  const exempt = exemption(request, configuration);
  if (exempt !== undefined) return exempt;
  const namespacePolicy = policyOf(request, configuration);
  if (namespacePolicy.errors.length === 0 && fullyPrivileged(namespacePolicy.policy)) {
    return allowedWith([], { 'enforce-policy': 'privileged:latest' });
  }
  const spec = objectAt(request.object['spec']);
  if (request.operation === 'UPDATE' && !isSignificantUpdate(spec, objectAt(request.oldObject['spec']))) return allowed;
  const pod = asAdmitted({ metadata: objectAt(request.object['metadata']), spec }, server, false);
  return judge(request, namespacePolicy, pod, configuration, server, true);
}

function admitWorkload(
  request: PodSecurityRequest,
  templatePath: FieldPath,
  configuration: PodSecurityConfiguration,
  server: PodSecurityServer,
): PodSecurityResponse {
  if (request.subresource !== '') return allowed;
  const exempt = exemption(request, configuration);
  if (exempt !== undefined) return exempt;
  const namespacePolicy = policyOf(request, configuration);
  const { audit, warn } = namespacePolicy.policy;
  if (namespacePolicy.errors.length === 0 && audit.level === 'privileged' && warn.level === 'privileged') return allowed;
  const template = valueAt(request.object, templatePath);
  // Only a replication controller can be without a template.
  if (!isObject(template) && request.resource === 'replicationcontrollers') return allowed;
  const source = { metadata: objectAt(objectAt(template)['metadata']), spec: objectAt(objectAt(template)['spec']) };
  return judge(request, namespacePolicy, asAdmitted(source, server, true), configuration, server, false);
}

function judge(
  request: PodSecurityRequest,
  { policy, errors }: NamespacePolicy,
  pod: PodSource,
  configuration: PodSecurityConfiguration,
  server: PodSecurityServer,
  enforcing: boolean,
): PodSecurityResponse {
  const runtimeClass = text(pod.spec['runtimeClassName']);
  if (runtimeClass !== '' && configuration.exemptions.runtimeClasses.includes(runtimeClass)) {
    return allowedWith([], { exempt: 'runtimeClass' });
  }
  const view = viewPod(pod);
  const known: { asked: LevelVersion; violations: readonly CheckViolation[] }[] = [];
  const violationsOf = (asked: LevelVersion): readonly CheckViolation[] => {
    const former = known.find((item) => sameLevelVersion(item.asked, asked));
    if (former !== undefined) return former.violations;
    const violations = evaluateView(asked.level, asked.version, view, server);
    known.push({ asked, violations });
    return violations;
  };
  const sentence = (verb: string, asked: LevelVersion, violations: readonly CheckViolation[]) =>
    `${verb} PodSecurity "${formatLevelVersion(asked)}": ${describeViolations(violations)}`;
  const annotations: Record<string, string> = {};
  if (errors.length > 0) annotations['error'] = `Failed to parse policy: ${aggregate(errors)}`;
  if (enforcing) annotations['enforce-policy'] = formatLevelVersion(policy.enforce);
  const audited = violationsOf(policy.audit);
  if (audited.length > 0) annotations['audit-violations'] = sentence('would violate', policy.audit, audited);
  const enforced = enforcing ? violationsOf(policy.enforce) : [];
  if (enforced.length > 0) {
    return forbidden(request.resource, nameOf(request), sentence('violates', policy.enforce, enforced), annotations);
  }
  const warned = violationsOf(policy.warn);
  return allowedWith(warned.length === 0 ? [] : [sentence('would violate', policy.warn, warned)], annotations);
}

/** Longest `generateName` that is kept; five random characters follow it. */
const longestBase = 58;

/** The object's name; a generated one ends in characters that nobody knows beforehand, here `<random>`. */
function nameOf(request: PodSecurityRequest): string {
  const metadata = objectAt(request.object['metadata']);
  const name = stringAt(metadata['name']) ?? '';
  const base = stringAt(metadata['generateName']) ?? '';
  return name !== '' || base === '' ? name : `${base.slice(0, longestBase)}<random>`;
}

/**
 * Reports whether an update can change the verdict: another number of containers, another image, or a new ephemeral container.
 * Anything else that can change in a pod is not looked at. Source: admission.go, isSignificantPodUpdate.
 */
function isSignificantUpdate(spec: JsonObject, oldSpec: JsonObject): boolean {
  for (const list of ['containers', 'initContainers']) {
    const now = listAt(spec[list]);
    const before = listAt(oldSpec[list]);
    if (now.length !== before.length) return true;
    if (now.some((container, index) => imageOf(container) !== imageOf(before[index]))) return true;
  }
  const before = listAt(oldSpec['ephemeralContainers']);
  return listAt(spec['ephemeralContainers']).some((container) => {
    const name = text(objectAt(container)['name']);
    const former = before.find((candidate) => text(objectAt(candidate)['name']) === name);
    return former === undefined || imageOf(former) !== imageOf(container);
  });
}

function imageOf(container: JsonObject[string]): string {
  return text(objectAt(container)['image']);
}
