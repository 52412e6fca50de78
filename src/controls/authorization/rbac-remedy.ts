import { isAdminRole } from '../../authorization/admins.ts';
import type { Grant } from '../../authorization/grants.ts';
import type { PolicyRule } from '../../authorization/rbac/rule.ts';
import { readRule } from '../../authorization/rbac/rule.ts';
import { formatSubject } from '../../authorization/subjects.ts';
import { isBootstrapObject } from '../../authorization/rbac/bootstrap.ts';
import type { Change, Remedy } from '../../cluster/change.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { labelsOf } from '../../cluster/objects.ts';
import type { Finding } from '../../results/finding.ts';
import { formatSubject as formatFindingSubject } from '../../results/finding.ts';
import type { ObjectRemedy } from '../object-remedy.ts';
import { applyOf, failingSubjects, judging, minorOf, noRemedy, objectRemedy, ownLabels, patchOf } from '../object-remedy.ts';
import type { RemedyContext } from '../remedy.ts';
import { grantsOf } from './judge-grants.ts';
import { byBinding, indicesOf, withoutSubjects } from './rbac-binding-remedy.ts';
import type { Narrow } from './rbac-narrowing-remedy.ts';
import { spellOut } from './rbac-wildcards-remedy.ts';
import { withoutAdmissionWrites, withoutEscalation, withoutNodesProxy } from './rbac-narrowing-remedy.ts';

/** A right that is taken from its holder: by which control, in which scope, how a rule is cut. */
export interface Narrowing {
  readonly control: string;
  /** Only what ClusterRoleBindings give, or both kinds of binding. */
  readonly scope: 'cluster' | 'any';
  readonly narrow: Narrow;
}

/** The narrowings that are native: a role that is copied for a subject is cut by all of them that fail for it, so that copies agree. */
export function nativeNarrowings(context: RemedyContext): readonly Narrowing[] {
  const settings = context.settings.parameters['authz-escalate-bind']?.['harmlessRoles'];
  const harmless = Array.isArray(settings) ? settings.map(String) : ['view'];
  return [
    { control: 'authz-nodes-proxy', scope: 'cluster', narrow: withoutNodesProxy(minorOf(context)) },
    { control: 'authz-escalate-bind', scope: 'any', narrow: withoutEscalation(harmless) },
    { control: 'authz-admission-config-write', scope: 'cluster', narrow: withoutAdmissionWrites },
  ];
}

const adminReason =
  'it has every right by a role of an administrator: what to do about that is the matter of authz-cluster-admin-bindings (an owner decides; name it with --only)';
const wildcardReason =
  'the right comes with a wildcard, which has to be spelt out first: authz-wildcards (an owner decides; name it with --only)';

/**
 * Takes a right from one subject. A role of somebody's own that only failing subjects hold is cut itself; every other (bootstrap,
 * aggregated, held by subjects that may have the right) is left alone: the subject gets a cut copy and leaves the binding.
 */
export function narrowHolder(finding: Finding, context: RemedyContext, narrowing: Narrowing, more: ObjectRemedy): Remedy {
  const holder = formatFindingSubject(finding.subject);
  const { bySubject, byRole } = grantIndex(context);
  const own = (bySubject.get(holder) ?? []).filter((grant) => givesIn(grant, narrowing));
  if (own.length === 0) return noRemedy('the way in which it holds the right was not found');
  if (own.some(({ role, rules }) => isAdminRole(role, rules))) return noRemedy(adminReason);
  if (own.some(({ rules }) => rules.some(({ rule }) => narrowing.narrow(rule) === undefined))) return noRemedy(wildcardReason);
  const failing = failingSubjects(context, narrowing.control, finding);
  const changes = [...byBinding(own)].flatMap(([binding, grants]): readonly Change[] => {
    const [grant] = grants;
    if (grant === undefined) return [];
    const { role } = grant;
    const holders = (byRole.get(roleKey(grant)) ?? []).map((other) => formatSubject(other.subject));
    const isShared = !holders.every((name) => failing.has(name));
    if (role.object !== undefined && !isShared && isPlain(role.object)) return narrowRole(role.object, narrowing.narrow);
    return [...copyFor(context, grant, narrowing, holder), ...withoutSubjects(binding, indicesOf(grants), minorOf(context))];
  });
  return objectRemedy(uniqueChanges(changes), more);
}

function givesIn(grant: Grant, { scope, narrow }: Narrowing): boolean {
  if (grant.roleState === 'missing' || (scope === 'cluster' && grant.scope.kind !== 'cluster')) return false;
  return grant.rules.some(({ rule }) => isCut(rule, narrow));
}

function isCut(rule: PolicyRule, narrow: Narrow): boolean {
  const [first] = narrow(rule) ?? [];
  return first !== rule;
}

/** Grants by who holds them, and by the role that gives them. */
interface GrantIndex {
  readonly bySubject: ReadonlyMap<string, readonly Grant[]>;
  readonly byRole: ReadonlyMap<string, readonly Grant[]>;
}

function grantIndex(context: RemedyContext): GrantIndex {
  return context.once('grants by subject and role', () => {
    const { grants } = grantsOf(judging(context));
    const group = (key: (grant: Grant) => string): ReadonlyMap<string, readonly Grant[]> => {
      const map = new Map<string, Grant[]>();
      for (const grant of grants) {
        const list = map.get(key(grant));
        if (list === undefined) map.set(key(grant), [grant]);
        else list.push(grant);
      }
      return map;
    };
    return { bySubject: group(({ subject }) => formatSubject(subject)), byRole: group(roleKey) };
  });
}

function roleKey({ role }: Grant): string {
  return `${role.kind} ${role.namespace ?? ''} ${role.name}`;
}

/** A role that is neither the server's own, nor aggregated, nor a part of one that is. */
function isPlain(role: ClusterObject): boolean {
  const aggregates = Object.keys(labelsOf(role)).some((label) => label.startsWith('rbac.authorization.k8s.io/aggregate-to-'));
  return !isBootstrapObject(role) && !isObject(role.manifest['aggregationRule']) && !aggregates;
}

/** Cuts the rules of a role in their places; what a rule falls into beside that is added at the end. */
export function narrowRole(role: ClusterObject, narrow: Narrow): readonly Change[] {
  const written = listAt(role.manifest['rules']);
  const added: Json[] = [];
  const rules = written.flatMap((raw): readonly Json[] => {
    const rule = readRule(raw);
    const [first, ...rest] = narrow(rule) ?? [rule];
    added.push(...rest.map((one) => writtenRule(one)));
    if (first === rule) return [raw];
    return first === undefined ? [] : [{ ...unread(raw), ...writtenRule(first) }];
  });
  return patchOf(role, { ...role.manifest, rules: [...rules, ...added] });
}

const ruleMembers = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'] as const;

function unread(raw: Json): JsonObject {
  return Object.fromEntries(Object.entries(objectAt(raw)).filter(([key]) => !(ruleMembers as readonly string[]).includes(key)));
}

/** A rule as an object holds it: empty lists are left out. */
function writtenRule(rule: PolicyRule): JsonObject {
  const members = (['apiGroups', 'resources', 'resourceNames', 'nonResourceURLs', 'verbs'] as const).filter(
    (name) => rule[name].length > 0,
  );
  return Object.fromEntries(members.map((name) => [name, rule[name]]));
}

/** A cut copy of the role for one subject, and a binding to it of the same kind as the one that it leaves. */
function copyFor(context: RemedyContext, grant: Grant, narrowing: Narrowing, holder: string): readonly Change[] {
  const failing = nativeNarrowings(context).filter(({ control }) => failingSubjects(context, control).has(holder));
  const narrowings = [...failing.filter(({ control }) => control !== narrowing.control), narrowing];
  // A copy is no bootstrap role: its wildcards would count from now on.
  const spell = spellOut(judging(context), grant.scope.kind);
  const rules = narrowings.reduce<readonly PolicyRule[]>(
    (kept, { narrow }) => kept.flatMap((rule) => narrow(rule) ?? [rule]),
    grant.rules.flatMap(({ rule }) => spell(rule) ?? [rule]),
  );
  const { role, binding, subjectIndex } = grant;
  const name = copyName(role.name, holder);
  const inNamespace = role.kind === 'Role' && role.namespace !== undefined ? { namespace: role.namespace } : {};
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const copy = {
    apiVersion,
    kind: role.kind,
    metadata: { name, ...inNamespace, labels: ownLabels },
    rules: rules.map(writtenRule),
  };
  const subject = listAt(binding.manifest['subjects'])[subjectIndex] ?? null;
  const bound = {
    apiVersion,
    kind: binding.kind,
    metadata: { name, ...(binding.namespace === undefined ? {} : { namespace: binding.namespace }), labels: ownLabels },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role.kind, name },
    subjects: [subject],
  };
  return [applyOf(copy), applyOf(bound)];
}

/** `bulwark:edit:ServiceAccount-ci-runner`: names of RBAC objects may hold colons, no slash and no per cent sign. */
function copyName(role: string, holder: string): string {
  return `bulwark:${role.replace(/^system:/, '')}:${holder.replace(/[/%\s]+/g, '-')}`;
}

/** One change of each kind and content, in order: two bindings may refer to one role. */
export function uniqueChanges(changes: readonly Change[]): readonly Change[] {
  const seen = new Set<string>();
  return changes.filter((change) => {
    const key = JSON.stringify(change);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
