import type { Change, ObjectReference } from '../cluster/change.ts';
import { kindOf } from '../cluster/kinds.ts';
import { kindKey } from '../cluster/objects.ts';
import type { PlanGroup } from '../plan/plan.ts';
import { isObjectChange, referenceOf } from '../plan/planned-objects.ts';

/** One right as RBAC grants it and a SelfSubjectAccessReview asks for it. */
export type Right =
  | {
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      /** Absent: all of them (a list, or a creation, which no name can limit). */
      readonly name?: string;
      readonly namespace?: string;
    }
  | { readonly verb: 'get'; readonly path: string };

/** What the gate asks the server besides the plan's own changes. */
const gateRights: readonly Right[] = [
  { verb: 'get', path: '/readyz' },
  { verb: 'get', path: '/metrics' },
  { verb: 'list', group: '', resource: 'nodes' },
  { verb: 'list', group: '', resource: 'pods', namespace: 'kube-system' },
  { verb: 'create', group: 'authentication.k8s.io', resource: 'selfsubjectreviews' },
  { verb: 'create', group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' },
];

/**
 * The rights that carrying out these groups needs, those of the gate included; sorted, each once.
 *
 * Who writes a role needs `escalate`, who writes a binding `bind`, unless he holds what they grant (RBAC's escalation check). Kinds that
 * the table of kinds does not know are named by their lower-case plural.
 */
export function rightsOf(groups: readonly PlanGroup[]): readonly Right[] {
  const all = [...gateRights, ...groups.flatMap((group) => group.changes.flatMap(({ change }) => rightsOfChange(change)))];
  const byText = new Map(all.map((right) => [rightText(right), right]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, right]) => right);
}

/** A right as a person reads it: `patch deployments.apps/front in web`. */
export function rightText(right: Right): string {
  if ('path' in right) return `${right.verb} ${right.path}`;
  const { verb, group, resource, name, namespace } = right;
  const where = namespace === undefined ? '' : ` in ${namespace}`;
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${name === undefined ? '' : `/${name}`}${where}`;
}

function rightsOfChange(change: Change): readonly Right[] {
  if (change.kind === 'rewrite-objects')
    return ['list', 'get', 'update'].map((verb) => ({ verb, group: change.apiGroup, resource: change.resource }));
  if (!isObjectChange(change)) return [];
  const reference = referenceOf(change);
  const { group, resource, namespaced } = resourceOf(reference);
  const where = namespaced && reference.namespace !== undefined ? { namespace: reference.namespace } : {};
  const named = (verb: string): Right => ({ verb, group, resource, name: reference.name, ...where });
  if (change.kind === 'delete-object') return [named('get'), named('delete'), { verb: 'create', group, resource, ...where }];
  if (change.kind === 'patch-object') return [named('get'), named('patch'), ...escalation(group, resource, named)];
  return [
    named('get'),
    named('patch'),
    named('delete'),
    { verb: 'create', group, resource, ...where },
    ...escalation(group, resource, named),
  ];
}

function escalation(group: string, resource: string, named: (verb: string) => Right): readonly Right[] {
  if (group !== 'rbac.authorization.k8s.io') return [];
  return resource.endsWith('bindings') ? [] : [named('escalate')];
}

function resourceOf(reference: ObjectReference): {
  readonly group: string;
  readonly resource: string;
  readonly namespaced: boolean;
} {
  const slash = reference.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : reference.apiVersion.slice(0, slash);
  const known = kindOf(kindKey(reference.apiVersion, reference.kind));
  const resource = known?.plural ?? `${reference.kind.toLowerCase()}s`;
  return { group, resource, namespaced: known?.namespaced ?? reference.namespace !== undefined };
}

/** Rights to bind roles: to each role that a binding of the plan names. */
export function bindRights(groups: readonly PlanGroup[]): readonly Right[] {
  return groups.flatMap((group) =>
    group.changes.flatMap(({ change }): Right[] => {
      const object = change.kind === 'apply-object' ? change.object : undefined;
      const role = object?.['roleRef'];
      if (typeof role !== 'object' || role === null || Array.isArray(role)) return [];
      const { kind, name } = role as { readonly kind?: unknown; readonly name?: unknown };
      if (typeof name !== 'string') return [];
      const resource = kind === 'ClusterRole' ? 'clusterroles' : 'roles';
      return [{ verb: 'bind', group: 'rbac.authorization.k8s.io', resource, name }];
    }),
  );
}

/** The least ClusterRole for carrying the groups out and back, as YAML with comments. Deterministic. */
export function applyRole(groups: readonly PlanGroup[]): string {
  const lines = [
    '# The least rights that carrying out this plan, its health gate and the way back need.',
    '# Bind it with: kubectl create clusterrolebinding bulwark-apply --clusterrole=bulwark-apply --user=NAME',
    '# Creating cannot be limited to a name; everything else names its objects. Files are changed as root on their hosts, not through the API.',
    'apiVersion: rbac.authorization.k8s.io/v1',
    'kind: ClusterRole',
    'metadata:',
    '  name: bulwark-apply',
    'rules:',
  ];
  const merged = new Map<string, { readonly right: Extract<Right, { resource: string }>; readonly verbs: Set<string> }>();
  const paths = new Set<string>();
  for (const right of [...rightsOf(groups), ...bindRights(groups)]) {
    if ('path' in right) {
      paths.add(right.path);
      continue;
    }
    const key = `${right.group} ${right.resource} ${right.name ?? ''}`;
    const entry = merged.get(key) ?? { right, verbs: new Set<string>() };
    entry.verbs.add(right.verb);
    merged.set(key, entry);
  }
  // Objects of one kind that need the same verbs share a rule.
  const rules = new Map<string, { readonly head: readonly string[]; readonly names: string[]; readonly verbs: string }>();
  for (const [, { right, verbs }] of [...merged].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const list = JSON.stringify([...verbs].sort()).replaceAll(',', ', ');
    const key = `${right.group} ${right.resource} ${right.name === undefined ? 'all' : 'named'} ${list}`;
    const rule = rules.get(key) ?? {
      head: [`  - apiGroups: [${JSON.stringify(right.group)}]`, `    resources: [${JSON.stringify(right.resource)}]`],
      names: [],
      verbs: list,
    };
    if (right.name !== undefined && !rule.names.includes(right.name)) rule.names.push(right.name);
    rules.set(key, rule);
  }
  for (const { head, names, verbs } of rules.values())
    lines.push(
      ...head,
      ...(names.length === 0 ? [] : [`    resourceNames: ${JSON.stringify(names).replaceAll(',', ', ')}`]),
      `    verbs: ${verbs}`,
    );
  lines.push(
    `  - nonResourceURLs: ${JSON.stringify(['/api', '/api/*', '/apis', '/apis/*', ...paths]).replaceAll(',', ', ')}`,
    '    verbs: ["get"]',
  );
  return `${lines.join('\n')}\n`;
}
