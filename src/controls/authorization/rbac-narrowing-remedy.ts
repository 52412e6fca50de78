import { apiGroupMatches } from '../../authorization/rbac/rule.ts';
import type { PolicyRule } from '../../authorization/rbac/rule.ts';

/** What a rule is cut to; the rule itself where it gives nothing that is forbidden; `undefined`: only once its wildcard is spelt out. */
export type Narrow = (rule: PolicyRule) => readonly PolicyRule[] | undefined;

/** The verbs that `*` stands for on most resources; special verbs (escalate, bind, impersonate, approve, sign) are left out on purpose. */
export const commonVerbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const;

const readVerbs: readonly string[] = ['get', 'list', 'watch'];
const writeVerbs: readonly string[] = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** The verbs of a rule with `*` spelt out. */
export function spellVerbs(verbs: readonly string[]): readonly string[] {
  return verbs.includes('*') ? [...commonVerbs] : verbs;
}

function without<T>(list: readonly T[], ...gone: readonly T[]): readonly T[] {
  return list.filter((item) => !gone.includes(item));
}

/** Rules that still grant something. */
function granting(...rules: readonly PolicyRule[]): readonly PolicyRule[] {
  return rules.filter(
    ({ verbs, resources, nonResourceURLs }) => verbs.length > 0 && (resources.length > 0 || nonResourceURLs.length > 0),
  );
}

/** What kubelets authorize by itself, by version. Source: K:pkg/kubelet/server/auth.go; KEP-2862, on from 1.33. */
function nodeSubresources(minor: number | undefined): readonly string[] {
  const all = ['nodes/metrics', 'nodes/stats', 'nodes/log'];
  return minor !== undefined && minor >= 33 ? [...all, 'nodes/pods', 'nodes/healthz', 'nodes/configz'] : all;
}

/** Puts the parts of the kubelet's API that are read in the place of `nodes/proxy`. */
export function withoutNodesProxy(minor: number | undefined): Narrow {
  return (rule) => {
    if (!apiGroupMatches(rule, '') || rule.verbs.length === 0) return [rule];
    if (rule.resources.includes('*')) return undefined;
    const stars = rule.resources.includes('*/proxy') ? ['pods/proxy', 'services/proxy'] : [];
    if (stars.length === 0 && !rule.resources.includes('nodes/proxy')) return [rule];
    const kept = [...without(rule.resources, 'nodes/proxy', '*/proxy'), ...stars];
    const nodes = without(nodeSubresources(minor), ...kept);
    // Whoever may only read keeps one rule; `create` on a subresource of nodes is a command in a container.
    if (rule.verbs.every((verb) => readVerbs.includes(verb))) return granting({ ...rule, resources: [...kept, ...nodes] });
    return granting({ ...rule, resources: kept }, { ...rule, verbs: ['get'], apiGroups: [''], resources: nodes });
  };
}

/** Takes `escalate` and `bind` off roles; `bind` on roles that do no harm stays. */
export function withoutEscalation(harmless: readonly string[]): Narrow {
  return (rule) => {
    const roles = rule.resources.filter((resource) => ['roles', 'clusterroles', '*'].includes(resource));
    const forbidden = rule.verbs.some((verb) => ['escalate', 'bind', '*'].includes(verb));
    if (!forbidden || roles.length === 0 || !apiGroupMatches(rule, 'rbac.authorization.k8s.io')) return [rule];
    const named = rule.resourceNames.length > 0 && rule.resourceNames.every((name) => harmless.includes(name));
    if (named && !rule.verbs.includes('escalate') && !rule.verbs.includes('*')) return [rule];
    const verbs = [...without(spellVerbs(rule.verbs), 'escalate', 'bind'), ...(named ? ['bind'] : [])];
    const others = without(rule.resources, ...roles);
    // The other resources of a rule with `*` keep what the wildcard gives them.
    if (rule.verbs.includes('*') && others.length > 0)
      return granting({ ...rule, resources: others }, { ...rule, resources: roles, verbs });
    return granting({ ...rule, verbs });
  };
}

const admissionGroup = 'admissionregistration.k8s.io';
const admissionResource = /^(validating|mutating)(webhookconfigurations|admissionpolicies|admissionpolicybindings)$/;

/** Leaves only reading of webhook configurations and admission policies. */
export const withoutAdmissionWrites: Narrow = (rule) => {
  const reached = rule.resources.filter((resource) => resource === '*' || admissionResource.test(resource));
  const writes = rule.verbs.some((verb) => verb === '*' || writeVerbs.includes(verb));
  if (!writes || reached.length === 0 || !apiGroupMatches(rule, admissionGroup)) return [rule];
  if (rule.resourceNames.length > 0 && !rule.verbs.some((verb) => ['create', 'deletecollection', '*'].includes(verb)))
    return [rule];
  const reading = { ...rule, verbs: without(spellVerbs(rule.verbs), ...writeVerbs) };
  if (rule.apiGroups.every((group) => group === admissionGroup)) {
    const others = without(rule.resources, ...reached);
    return others.length === 0 ? granting(reading) : granting({ ...rule, resources: others }, { ...reading, resources: reached });
  }
  const [ofGroup, ofOthers] = [{ ...reading, apiGroups: [admissionGroup] }, without(rule.apiGroups, admissionGroup)];
  if (!rule.apiGroups.includes('*')) return granting({ ...rule, apiGroups: ofOthers }, ofGroup);
  if (reached.includes('*')) return undefined;
  return granting({ ...rule, resources: without(rule.resources, ...reached) }, { ...ofGroup, resources: reached });
};

/** Takes reading off Secrets; writing stays as a rule of its own. */
export const withoutSecretReads: Narrow = (rule) => {
  const reads = rule.verbs.some((verb) => verb === '*' || readVerbs.includes(verb));
  if (!reads || rule.resourceNames.length > 0 || !apiGroupMatches(rule, '')) return [rule];
  if (rule.resources.includes('*')) return undefined;
  if (!rule.resources.includes('secrets')) return [rule];
  const writes = without(spellVerbs(rule.verbs), ...readVerbs);
  return granting(
    { ...rule, resources: without(rule.resources, 'secrets') },
    { ...rule, apiGroups: [''], resources: ['secrets'], verbs: writes },
  );
};
