import type { CompiledGrants, Grant, GrantedRule } from '../../authorization/grants.ts';
import { compileGrants, rbacKinds } from '../../authorization/grants.ts';
import { adminTest } from '../../authorization/admins.ts';
import type { PolicyRule } from '../../authorization/rbac/rule.ts';
import type { GrantSubject } from '../../authorization/subjects.ts';
import { formatSubject, isSystemSubject, namesSubject } from '../../authorization/subjects.ts';
import { clusterVersion } from '../../cluster/component-version.ts';
import { objectName, placeIn } from '../../cluster/objects.ts';
import type { Evidence, Subject } from '../../results/finding.ts';
import type { Context, Draft, Parameters } from '../control.ts';

/** All grants of the cluster, compiled once a scan. What grants nothing though it looks so is remarked. */
export function grantsOf<P extends Parameters>(context: Context<P>): CompiledGrants {
  const compiled = context.once('grants', () =>
    compileGrants(context.cluster.objects, {
      minor: clusterVersion(context.cluster)?.minor,
      clusterRolesListed: context.isListed(rbacKinds.clusterRole),
      rolesListed: context.isListed(rbacKinds.role),
    }),
  );
  const [note] = compiled.notes;
  if (note !== undefined) {
    const count = compiled.notes.length;
    context.remark(
      `${count} binding${count === 1 ? ' grants' : 's grant'} nothing to a subject, ${count === 1 ? '' : 'first '}${objectName(note.object)}: ${note.message}`,
    );
  }
  return compiled;
}

/** A test for system subjects with the settings of this scan. */
export function systemTest<P extends Parameters>(context: Context<P>): (subject: GrantSubject) => boolean {
  return (subject) => isSystemSubject(subject, context.settings);
}

/** A test for administrators (essential.md 0.5), made once a scan. */
export function adminsOf<P extends Parameters>(context: Context<P>): (subject: GrantSubject) => boolean {
  return context.once('admins', () => adminTest(grantsOf(context).grants));
}

/** One way in which a subject holds a right: binding → role → rule. `rule` is absent where the role was not seen. */
export interface GrantPath {
  readonly grant: Grant;
  readonly rule: GrantedRule | undefined;
}

export interface Holding {
  /** Only what ClusterRoleBindings give, or both kinds of binding. */
  readonly scope: 'cluster' | 'any';
  /** Does a rule, through this binding, give the right in question? */
  readonly gives: (rule: PolicyRule, grant: Grant) => boolean;
  /** May this subject hold it, in whatever way? `undefined`: no. A text is the reason, printed with the pass. */
  readonly excuse: (subject: GrantSubject) => string | undefined;
  /** Is this way of holding it harmless for whoever has it? */
  readonly harmless?: { readonly test: (path: GrantPath) => boolean; readonly reason: string };
  /** Is it unknown whether it may? A text is the reason. */
  readonly doubt?: (subject: GrantSubject, paths: readonly GrantPath[]) => string | undefined;
  /** What the subject holds: `reads every Secret`. */
  readonly what: string;
  readonly wanted: string;
}

/**
 * Judges everybody who holds a right: one finding a subject, with all the ways in which it holds it.
 *
 * A binding whose role was not seen is a finding `unknown` of its subject, unless that subject may hold the right anyway.
 * Source: essential.md 0.6, 3.
 */
export function* judgeHolders<P extends Parameters>(context: Context<P>, holding: Holding): Iterable<Draft> {
  const holders = new Map<string, { subject: GrantSubject; paths: GrantPath[]; unseen: Grant[] }>();
  for (const grant of grantsOf(context).grants) {
    if (grant.roleState === 'missing' || (holding.scope === 'cluster' && grant.scope.kind !== 'cluster')) continue;
    const rules = grant.rules.filter(({ rule }) => holding.gives(rule, grant));
    if (rules.length === 0 && grant.roleState !== 'unseen') continue;
    const key = formatSubject(grant.subject);
    const holder = holders.get(key) ?? { subject: grant.subject, paths: [], unseen: [] };
    holders.set(key, holder);
    if (grant.roleState === 'unseen') holder.unseen.push(grant);
    for (const rule of rules) holder.paths.push({ grant, rule });
  }
  for (const key of [...holders.keys()].sort()) {
    const holder = holders.get(key);
    if (holder !== undefined) yield judgeHolder(holding, holder.subject, holder.paths, holder.unseen);
  }
}

function judgeHolder(holding: Holding, holder: GrantSubject, all: readonly GrantPath[], unseen: readonly Grant[]): Draft {
  const subject = subjectOf(holder);
  const harmful = all.filter((path) => holding.harmless?.test(path) !== true);
  const paths = harmful.length === 0 ? all : harmful;
  const evidence = paths.flatMap((path) => pathEvidence(path, holding.wanted));
  const onlyHarmless = all.length > 0 && harmful.length === 0 && unseen.length === 0 ? holding.harmless?.reason : undefined;
  const excuse = holding.excuse(holder) ?? onlyHarmless;
  if (excuse !== undefined)
    return { verdict: 'pass', subject, message: paths.length === 0 ? excuse : `${holding.what}: ${excuse}`, evidence };
  const doubt = harmful.length === 0 ? undefined : holding.doubt?.(holder, harmful);
  if (doubt !== undefined) return { verdict: 'unknown', subject, message: doubt, evidence };
  if (harmful.length > 0) return { verdict: 'fail', subject, message: `${holding.what} by ${describePaths(paths)}`, evidence };
  const [grant] = unseen;
  const role = grant === undefined ? '' : `${grant.role.kind} ${grant.role.name}`;
  return {
    verdict: 'unknown',
    subject,
    message: `${role}, which ${unseen.map((entry) => objectName(entry.binding)).join(', ')} refers to, was not seen`,
    evidence: unseen.map((entry) => ({ ...placeIn(entry.binding, ['roleRef']), seen: role, wanted: 'the role' })),
  };
}

/** Prints the ways: `ClusterRoleBinding a (ClusterRole b rules[2])`. */
export function describePaths(paths: readonly GrantPath[]): string {
  const texts = paths.map(
    ({ grant, rule }) =>
      `${objectName(grant.binding)} (${grant.role.kind} ${grant.role.name}${rule === undefined ? '' : ` rules[${rule.index}]${rule.fromName === grant.role.name ? '' : ` of ${rule.fromName}`}`})`,
  );
  const unique = [...new Set(texts)];
  return unique.length > 3 ? `${unique.slice(0, 3).join(', ')} and ${unique.length - 3} more` : unique.join(', ');
}

/** Two places a path: the subject in the binding, and the rule in the role, where it was seen. */
export function pathEvidence({ grant, rule }: GrantPath, wanted: string): readonly Evidence[] {
  const binding = {
    ...placeIn(grant.binding, ['subjects', grant.subjectIndex]),
    seen: `${formatSubject(grant.subject)} → ${grant.role.kind} ${grant.role.name}`,
    wanted,
  };
  if (rule?.from === undefined) return [binding];
  return [binding, { ...placeIn(rule.from, ['rules', rule.index]), seen: formatRule(rule.rule), wanted }];
}

function formatRule(rule: PolicyRule): string {
  if (rule.nonResourceURLs.length > 0) return `${rule.verbs.join(',')} ${rule.nonResourceURLs.join(',')}`;
  const groups = rule.apiGroups.map((group) => (group === '' ? '""' : group)).join(',');
  const names = rule.resourceNames.length === 0 ? '' : ` named ${rule.resourceNames.join(',')}`;
  return `${rule.verbs.join(',')} ${rule.resources.join(',')} in ${groups}${names}`;
}

/** The subject of a finding about a holder of rights. */
export function subjectOf(holder: GrantSubject): Subject {
  return holder.kind === 'ServiceAccount'
    ? { kind: holder.kind, name: holder.name, namespace: holder.namespace }
    : { kind: holder.kind, name: holder.name };
}

/** The usual excuses: part of Kubernetes, an administrator, named in `allow`. */
export function usualExcuse<P extends Parameters>(
  context: Context<P>,
  allow: readonly string[],
): (subject: GrantSubject) => string | undefined {
  const isSystem = systemTest(context);
  const isAdmin = adminsOf(context);
  return (subject) => {
    if (namesSubject(allow, subject)) return 'allowed by the settings';
    if (isAdmin(subject)) return 'an administrator';
    return isSystem(subject) ? 'part of Kubernetes or of the settings’ system subjects' : undefined;
  };
}
