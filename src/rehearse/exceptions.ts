import type { AccessRow } from '../audit/store/types.ts';
import { serviceAccountOf } from '../authentication/user.ts';
import { rbacGroup } from '../authorization/rbac/objects.ts';
import type { Change, FieldEdit } from '../cluster/change.ts';
import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import type { Plan, PlannedChange } from '../plan/plan.ts';
import { inseparable } from '../plan/revise-plan.ts';
import { editYaml } from '../plan/yaml/edit.ts';
import { changesOf } from './causes.ts';
import type { Causes } from './causes.ts';
import type { Difference } from './rehearsal.ts';
import type { World } from './world.ts';

/** How a difference is kept from coming about: what of the plan is left out, what is replaced, what comes to it. */
export interface Exception {
  readonly text: string;
  readonly leaveOut: readonly string[];
  /** Several exceptions may revise one change, one after the other. */
  readonly replace: readonly { readonly id: string; readonly revise: (change: Change) => Change }[];
  readonly add: readonly Change[];
}

/** Leaves the changes out that cause a difference, with what cannot do without them. */
export function leavingOut(plan: Plan, { leaveOut, causes }: Causes): Exception {
  const ids = [...new Set(leaveOut.flatMap((id) => inseparable(plan, id)))];
  const [first] = leaveOut;
  const text = causes.find(({ change }) => change === first)?.text;
  const more = leaveOut.length > 1 ? `, and ${leaveOut.length - 1} more` : '';
  return {
    text: `leave out ${first ?? ''}${text === undefined ? '' : ` (${text})`}${more}`,
    leaveOut: ids,
    replace: [],
    add: [],
  };
}

/** Above this many names a rule grants the resource by its namespace. */
const mostNames = 10;
/** Requests of these verbs name no object, so that a rule by name would not fit them. */
const nameless: ReadonlySet<string> = new Set(['list', 'watch', 'create', 'deletecollection']);

/**
 * The narrowest exception from a difference: a role with just what was asked for; one more path for anonymous requests; else the plan
 * without the change.
 */
export function exceptionFor(
  difference: Pick<Difference, 'id' | 'kind' | 'who' | 'planned'>,
  { attributes, code }: AccessRow,
  names: readonly string[],
  causes: Causes,
  plan: Plan,
  planned: World,
): Exception {
  const { kind, who, id } = difference;
  if (kind === 'turned away' && attributes.kind === 'nonResource') {
    const path = letIn(changesOf(plan), causes, attributes.path);
    if (path !== undefined) return path;
  }
  const canGrant = kind === 'refused' && !/ cannot impersonate/.test(difference.planned) && reachesRbac(planned);
  if (!canGrant) return leavingOut(plan, causes);
  const subject = who.as ?? who.user;
  const nothing = { leaveOut: [], replace: [] };
  if (attributes.kind === 'nonResource') {
    const rule = { nonResourceURLs: [attributes.path], verbs: [attributes.verb] };
    const text = `a ClusterRole with ${attributes.verb} on ${attributes.path} for ${subject}`;
    return { text, ...nothing, add: grant(id, '', rule, subject) };
  }
  const { verb, apiGroup, resource, subresource, namespace } = attributes;
  const named = !nameless.has(verb) && names.length > 0 && names.length <= mostNames;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  // What an update or a patch made is asked for as a create besides, which no name narrows.
  const makes = code === 201 && (verb === 'update' || verb === 'patch');
  const verbs = makes ? [verb, 'create'] : [verb];
  const rule = { apiGroups: [apiGroup], resources: [full], verbs, ...(named && !makes ? { resourceNames: [...names] } : {}) };
  const which = 'resourceNames' in rule ? ` named ${names.join(', ')}` : '';
  const what = `${verbs.join(', ')} on ${full}${apiGroup === '' ? '' : `.${apiGroup}`}${which}`;
  const role = namespace === '' ? 'a ClusterRole' : `a Role in ${namespace}`;
  return { text: `${role} with ${what} for ${subject}`, ...nothing, add: grant(id, namespace, rule, subject) };
}

/** Whether a grant by RBAC decides: nobody whose answer is not known is asked before. */
function reachesRbac({ authorization }: World): boolean {
  const types = authorization.world.authorizers.map(({ type }) => type);
  const rbac = types.indexOf('RBAC');
  return rbac >= 0 && types.slice(0, rbac).every((type) => type === 'Node' || type === 'AlwaysDeny');
}

/** A role with one rule and its binding. */
function grant(id: string, namespace: string, rule: JsonObject, user: string): readonly Change[] {
  const name = `bulwark-keep-${id}`;
  const kind = namespace === '' ? 'ClusterRole' : 'Role';
  const metadata = {
    name,
    ...(namespace === '' ? {} : { namespace }),
    labels: { 'app.kubernetes.io/managed-by': 'bulwark' },
  };
  const account = serviceAccountOf(user);
  const subject: Json =
    account === undefined
      ? { apiGroup: rbacGroup, kind: 'User', name: user }
      : { kind: 'ServiceAccount', name: account.name, namespace: account.namespace };
  const apiVersion = `${rbacGroup}/v1`;
  return [
    { kind: 'apply-object', object: { apiVersion, kind, metadata, rules: [rule] } },
    {
      kind: 'apply-object',
      object: { apiVersion, kind: `${kind}Binding`, metadata, roleRef: { apiGroup: rbacGroup, kind, name }, subjects: [subject] },
    },
  ];
}

/** One more path in the conditions that a planned AuthenticationConfiguration has for anonymous requests. */
function letIn(changes: readonly PlannedChange[], { causes }: Causes, path: string): Exception | undefined {
  const replace = changes
    .filter(({ id }) => causes.some(({ change }) => change === id))
    .flatMap(({ id, change }) => {
      const revise = (former: Change): Change => withCondition(former, path) ?? former;
      return withCondition(change, path) === undefined ? [] : [{ id, revise }];
    });
  if (replace.length === 0) return undefined;
  return { text: `let anonymous requests to ${path} in: one more condition`, leaveOut: [], replace, add: [] };
}

function withCondition(change: Change, path: string): Change | undefined {
  const added: FieldEdit = { op: 'insert', path: ['anonymous', 'conditions'], index: Number.MAX_SAFE_INTEGER, value: { path } };
  if (change.kind === 'write-file') {
    const value = parseDocuments(change.text, change.path).documents[0]?.value;
    if (!isObject(value) || listAt(objectAt(value['anonymous'])['conditions']).length === 0) return undefined;
    const edited = editYaml(change.text, [added]);
    return edited.kind === 'edited' ? { ...change, text: edited.text } : undefined;
  }
  if (change.kind !== 'edit-file') return undefined;
  const speaks = change.edits.some((edit) => edit.path[0] === 'anonymous');
  return speaks ? { ...change, edits: [...change.edits, added] } : undefined;
}

const enforce = 'pod-security.kubernetes.io/enforce';
const levels = ['privileged', 'baseline', 'restricted'];
const laxer: Readonly<Record<string, string>> = { restricted: 'baseline', baseline: 'privileged' };

/** Changes of a namespace that ask for a laxer level of Pod Security, from the strictest to the laxest. */
export function laxerLevels(plan: Plan, namespace: string): readonly Exception[] {
  const all = changesOf(plan).flatMap(({ id, change }) => {
    const labels = labelsWritten(change, namespace);
    return labels === undefined ? [] : [{ id, level: stringAt(labels[enforce]) ?? '' }];
  });
  const exceptions: Exception[] = [];
  const highest = all.some(({ level }) => level === 'restricted') ? 'restricted' : 'baseline';
  for (let level = laxer[highest]; level !== undefined; level = laxer[level]) {
    const wanted = level;
    const replace = all
      .filter((one) => levels.indexOf(one.level) > levels.indexOf(wanted))
      .map(({ id }) => ({ id, revise: (change: Change) => withLevel(change, wanted) }));
    if (replace.length > 0)
      exceptions.push({ text: `label namespace ${namespace} with enforce=${wanted}`, leaveOut: [], replace, add: [] });
  }
  return exceptions;
}

function labelsWritten(change: Change, namespace: string): JsonObject | undefined {
  const ours = (kind: Json | undefined, name: Json | undefined): boolean => kind === 'Namespace' && name === namespace;
  if (change.kind === 'patch-object' && ours(change.object.kind, change.object.name))
    return objectAt(objectAt(change.patch['metadata'])['labels']);
  if (change.kind !== 'apply-object') return undefined;
  const metadata = objectAt(change.object['metadata']);
  return ours(change.object['kind'], metadata['name']) ? objectAt(metadata['labels']) : undefined;
}

/** The change with this level, or a laxer one that it has already. */
function withLevel(change: Change, level: string): Change {
  const patched = (object: JsonObject): JsonObject => {
    const metadata = objectAt(object['metadata']);
    const labels = objectAt(metadata['labels']);
    if (levels.indexOf(stringAt(labels[enforce]) ?? '') <= levels.indexOf(level)) return object;
    return { ...object, metadata: { ...metadata, labels: { ...labels, [enforce]: level } } };
  };
  if (change.kind === 'patch-object') return { ...change, patch: patched(change.patch) };
  return change.kind === 'apply-object' ? { ...change, object: patched(change.object) } : change;
}
