import type { AuditPolicy, AuditRule } from '../../audit/audit-policy.ts';
import { auditLevels, compareLevels } from '../../audit/audit-policy.ts';
import { loadAuditPolicy } from '../../audit/policy-file.ts';
import type { LineCoverage, RequestLine } from '../../audit/requests.ts';
import { coverage } from '../../audit/requests.ts';
import { applyEdits } from '../../cluster/apply-edits.ts';
import type { FieldEdit } from '../../cluster/change.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';

const secretsRule: JsonObject = {
  level: 'Metadata',
  resources: [
    { group: '', resources: ['secrets', 'serviceaccounts/token'] },
    { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
  ],
};
const secretResources: ReadonlySet<string> = new Set(['secrets', 'serviceaccounts', 'tokenreviews']);
const writeVerbs = ['create', 'update', 'patch', 'delete', 'deletecollection'];
const maxSteps = 60;

/**
 * Finds the edits of an audit policy after which every line of the list passes: Secrets and tokens first, a rule before each rule
 * that stands in a line's way, a last rule for what none matches, stages that are asked for. Rules that pass stay as they are.
 *
 * Returns `undefined` where this version's server refuses the policy, or no such edits were found.
 */
export function mendPolicy(value: Json, minor: number, lines: readonly RequestLine[]): readonly FieldEdit[] | undefined {
  const edits: FieldEdit[] = [];
  for (let step = 0; step < maxSteps; step++) {
    const loaded = loadAuditPolicy(JSON.stringify(applyEdits(value, edits)), { path: 'policy', minor });
    if (loaded.kind === 'refused') return undefined;
    const policy = loaded.configuration;
    const bad = coverage(policy, minor, lines).filter((result) => !result.ok);
    if (bad.length === 0) return edits;
    const edit = nextEdit(policy, bad, edits);
    if (edit === undefined) return undefined;
    edits.push(edit);
  }
  return undefined;
}

function nextEdit(policy: AuditPolicy, bad: readonly LineCoverage[], former: readonly FieldEdit[]): FieldEdit | undefined {
  const stage = bad.find(({ omitted }) => omitted);
  if (stage !== undefined) return stageEdit(policy, stage);
  const isSecret = ({ line: { request } }: LineCoverage): boolean =>
    request.kind === 'resource' && secretResources.has(request.resource);
  if (bad.some(isSecret) && !former.some((edit) => edit.op === 'insert' && edit.value === secretsRule))
    return { op: 'insert', path: ['rules'], index: 0, value: secretsRule };
  const [first] = bad;
  if (first === undefined) return undefined;
  const same = bad.filter(({ rule, line }) => rule === first.rule && boundsOf(line) === boundsOf(first.line));
  const level = levelFor(first.line);
  const rule = first.rule === undefined ? undefined : policy.rules[first.rule];
  if (first.rule === undefined || rule === undefined)
    return { op: 'insert', path: ['rules'], index: policy.rules.length, value: { level } };
  // A rule that takes in everything, or hides the strongest group, gets the level itself; before any other a narrower one is put.
  const isWhole =
    isWide(rule) || same.some(({ line }) => line.topic === 'catch-all') || rule.userGroups.includes('system:masters');
  if (isWhole && level !== 'None') return { op: 'set', path: ['rules', first.rule, 'level'], value: level };
  const narrow = narrowRule(same, level);
  return { op: 'insert', path: ['rules'], index: first.rule, value: narrow };
}

function stageEdit(policy: AuditPolicy, { line, rule }: LineCoverage): FieldEdit {
  const own = rule === undefined ? undefined : policy.rules[rule];
  if (rule !== undefined && own?.omitStages.includes(line.stage ?? '') === true)
    return { op: 'set', path: ['rules', rule, 'omitStages'], value: own.omitStages.filter((stage) => stage !== line.stage) };
  return { op: 'set', path: ['omitStages'], value: policy.omitStages.filter((stage) => stage !== line.stage) };
}

function boundsOf(line: RequestLine): string {
  const kind = line.topic === 'anonymous' ? 'anonymous' : line.request.kind;
  return `${kind} ${levelFor(line)}`;
}

/** The least level within the bounds of a line, but never None. */
function levelFor(line: RequestLine): (typeof auditLevels)[number] {
  const least = compareLevels(line.atLeast, 'Metadata') < 0 ? 'Metadata' : line.atLeast;
  return line.notAbove !== undefined && compareLevels(least, line.notAbove) > 0 ? line.notAbove : least;
}

function isWide(rule: AuditRule): boolean {
  return [rule.users, rule.userGroups, rule.verbs, rule.resources, rule.namespaces, rule.nonResourceURLs].every(
    (list) => list.length === 0,
  );
}

/** A rule for the requests of some lines, with the verbs that belong together, whoever sends them. */
function narrowRule(results: readonly LineCoverage[], level: string): JsonObject {
  const requests = results.map(({ line }) => line.request);
  // What must not be written at all is left out for the users of the list alone.
  const users = level === 'None' ? { users: [...new Set(requests.flatMap(({ user }) => user?.username ?? []))] } : {};
  const together = (verb: string): readonly string[] =>
    level === 'None' ? [verb] : writeVerbs.includes(verb) ? writeVerbs : verb === 'list' ? ['list', 'watch'] : [verb];
  const verbs = [...new Set(requests.flatMap(({ verb }) => together(verb)))];
  if (results.every(({ line }) => line.topic === 'anonymous')) return { level, userGroups: ['system:unauthenticated'], verbs };
  const urls = requests.flatMap((request) => (request.kind === 'nonResource' ? [request.path] : []));
  if (urls.length > 0) return { level, ...users, nonResourceURLs: [...new Set(urls)] };
  const groups = new Map<string, Set<string>>();
  for (const request of requests) {
    if (request.kind !== 'resource') continue;
    const name = request.subresource === '' ? request.resource : `${request.resource}/${request.subresource}`;
    groups.set(request.apiGroup, (groups.get(request.apiGroup) ?? new Set()).add(name));
  }
  return { level, ...users, verbs, resources: [...groups].map(([group, names]) => ({ group, resources: [...names] })) };
}
