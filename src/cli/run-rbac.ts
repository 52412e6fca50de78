import type { User } from '../authentication/user.ts';
import { impliedGroups } from '../authentication/user.ts';
import type { CompiledAuthorization } from '../authorization/chain.ts';
import { authorizationWorldOf, compileAuthorization, decide } from '../authorization/chain.ts';
import { rbacKinds } from '../authorization/grants.ts';
import type { Attributes } from '../authorization/attributes.ts';
import { isPrivileged, privilegedGroup } from '../authorization/privileged-group.ts';
import type { AskedRequest } from '../authorization/questions/asked.ts';
import { readRequest } from '../authorization/questions/asked.ts';
import { diffRights } from '../authorization/questions/diff.ts';
import { describeRule, rightsOf } from '../authorization/questions/rights.ts';
import type { GrantPath } from '../authorization/questions/who-can.ts';
import { whoCan } from '../authorization/questions/who-can.ts';
import type { GrantSource } from '../authorization/rbac/decision.ts';
import { formatSubject } from '../authorization/subjects.ts';
import { listingOf } from '../cluster/listing.ts';
import { printable } from '../report/printable.ts';
import { wrap } from '../report/terminal/layout.ts';
import { cautiousWidth } from '../report/terminal/width.ts';
import { UsageError, exitCodes } from './errors.ts';
import { collectCluster } from './source-options.ts';

/** Options of every question about rights. */
export interface RbacOptions {
  readonly from: readonly string[];
  readonly hostRoot: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: 'text' | 'json';
}

export interface WhoCanOptions extends RbacOptions {
  readonly namespace?: string;
  readonly allNamespaces: boolean;
  readonly subresource?: string;
}

export interface ListOptions extends RbacOptions {
  readonly as: string;
  readonly asGroup: readonly string[];
}

export interface CanIOptions extends ListOptions {
  readonly namespace?: string;
}

const width = 80;

/** `bulwark rbac who-can`. Returns the exit code: 0 also where nobody can. */
export async function whoCanCommand(verb: string, target: string, options: WhoCanOptions): Promise<number> {
  const authorization = await authorizationOf(options);
  const { subresource = '', namespace = '' } = options;
  if (options.allNamespaces && namespace !== '') throw new UsageError('-n and --all-namespaces exclude each other');
  const asked = attributesOf(authorization, { verb, target, name: '', namespace }, 'name');
  const attributes = asked.kind === 'resource' ? { ...asked, subresource } : asked;
  const { holders, besides } = whoCan(authorization, attributes, options.allNamespaces ? 'all' : 'own');
  const { assumptions } = authorization.world;
  if (options.output === 'json') {
    printJson({
      request: attributes,
      holders: holders.map(({ subject, paths }) => ({ subject, paths: paths.map(pathData) })),
      besides,
      assumptions,
    });
    return exitCodes.holds;
  }
  const lines = holders.flatMap(({ subject, paths }) => [
    formatSubject(subject),
    ...paths.slice(0, shownPaths).flatMap((path) => indented(pathText(path))),
    ...(paths.length > shownPaths ? [`  and by ${paths.length - shownPaths} more bindings`] : []),
  ]);
  printLines([
    `${holders.length === 0 ? 'nobody' : holders.length} by RBAC may ${describe(attributes)}${options.allNamespaces ? ' in some namespace' : ''}`,
    '',
    ...(lines.length === 0 ? [] : [...lines, '']),
    ...besides.flatMap((text) => indented(`besides: ${text}`)),
    ...assumptions.flatMap((text) => indented(`note: ${text}`)),
  ]);
  return exitCodes.holds;
}

const shownPaths = 5;

/** `bulwark rbac can-i`. Returns the exit code: 0 for yes, 1 for no and for what nobody here can tell. */
export async function canICommand(verb: string, target: string, name: string, options: CanIOptions): Promise<number> {
  const authorization = await authorizationOf(options);
  const attributes = attributesOf(authorization, { verb, target, name, namespace: options.namespace ?? '' }, 'subresource');
  const user = userOf(options);
  const decision = decide(authorization, user, attributes);
  const answer = decision.kind === 'allow' ? 'yes' : decision.kind === 'unknown' ? 'unknown' : 'no';
  const { assumptions } = authorization.world;
  const source = decision.kind === 'allow' ? decision.source : undefined;
  const path = source === undefined ? undefined : { ...source, rule: source.role.rules[source.ruleIndex] ?? noRule };
  const reason = decision.kind === 'unknown' ? decision.why : decision.reason;
  if (options.output === 'json')
    printJson({
      answer,
      user,
      request: attributes,
      ...(decision.kind === 'noOpinion' ? {} : { authorizer: decision.authorizer }),
      reason,
      ...(path === undefined ? {} : { path: pathData(path) }),
      assumptions,
    });
  else
    printLines([
      ...indented(`${answer}   ${user.username} ${mayWords[answer]} ${describe(attributes)}`, ''),
      ...(path === undefined ? [] : indented(`${pathText(path)}, as ${subjectText(path)}`)),
      ...(isPrivileged(user) ? indented(`a member of ${privilegedGroup} is allowed everything, whatever RBAC says`) : []),
      ...(path === undefined && decision.kind === 'allow' && !isPrivileged(user)
        ? indented(`by the authorizer ${decision.authorizer}`)
        : []),
      ...(path === undefined && reason !== '' ? indented(reason) : []),
      ...(answer === 'no' && reason === '' ? indented('no binding of the user, or of a group of theirs, gives it') : []),
      ...assumptions.flatMap((text) => indented(`note: ${text}`)),
    ]);
  return answer === 'yes' ? exitCodes.holds : exitCodes.findings;
}

const mayWords = { yes: 'may', no: 'may not', unknown: 'perhaps may' } as const;
const noRule = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };

/** `bulwark rbac list`. Returns the exit code. */
export async function listCommand(options: ListOptions): Promise<number> {
  const authorization = await authorizationOf(options);
  const user = userOf(options);
  const scopes = rightsOf(authorization, user);
  const { assumptions } = authorization.world;
  if (options.output === 'json') {
    printJson({
      user,
      privileged: isPrivileged(user),
      scopes: scopes.map(({ rights, ...scope }) => ({ ...scope, rights: rights.map(pathData) })),
      assumptions,
    });
    return exitCodes.holds;
  }
  printLines([
    ...indented(`${user.username}, in ${user.groups.join(', ')}`, ''),
    ...(isPrivileged(user) ? indented(`everything: a member of ${privilegedGroup}, whatever RBAC says`) : []),
    ...scopes.flatMap(({ namespace, rights, dangling }) => [
      '',
      namespace === '' ? 'IN THE WHOLE CLUSTER' : `IN NAMESPACE ${namespace}`,
      ...rights.flatMap((path) => [...indented(describeRule(path.rule)), ...indented(`by ${binding(path)}`, '    ')]),
      ...dangling.flatMap((text) => indented(`grants nothing, the role does not exist: ${text}`)),
    ]),
    ...(scopes.length === 0 ? indented('nothing: no binding speaks of this user') : []),
    ...(assumptions.length === 0 ? [] : ['', ...assumptions.flatMap((text) => indented(`note: ${text}`))]),
  ]);
  return exitCodes.holds;
}

/** `bulwark rbac diff`. Returns the exit code: 1 where rights differ. */
export async function diffCommand(a: string, b: string, { output }: Pick<RbacOptions, 'output'>): Promise<number> {
  const read = async (source: string): Promise<CompiledAuthorization> =>
    authorizationOf({ from: [source], hostRoot: [], output });
  const changes = diffRights(await read(a), await read(b));
  if (output === 'json') printJson({ changes });
  else {
    const lines = changes.flatMap(({ subject, namespace, change, rights }) => [
      `${change === 'gained' ? '+' : '-'} ${formatSubject(subject)} ${change}${namespace === '' ? ' in the whole cluster' : ` in ${namespace}`}`,
      ...rights.flatMap((rule) => indented(describeRule(rule), '    ')),
    ]);
    printLines(lines.length === 0 ? ['nobody gains or loses a right'] : lines);
  }
  return changes.length === 0 ? exitCodes.holds : exitCodes.findings;
}

async function authorizationOf(options: RbacOptions): Promise<CompiledAuthorization> {
  const { from, hostRoot, kubeconfig, context } = options;
  const cluster = await collectCluster(from, {
    hostRoot,
    auditLog: [],
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
  const world = authorizationWorldOf(cluster);
  if (world.rbac.roles.length === 0 && world.rbac.bindings.length === 0 && !listingOf(cluster, rbacKinds.clusterRole, []).listed)
    throw new UsageError('no roles and bindings were read', 'give manifests or an archive that hold them: --from DIR');
  return compileAuthorization(world);
}

function attributesOf({ world }: CompiledAuthorization, asked: AskedRequest, slash: 'subresource' | 'name'): Attributes {
  const read = readRequest(asked, slash, world.rbac);
  if (read.kind === 'refused') throw new UsageError(read.message);
  return read.attributes;
}

function userOf({ as, asGroup }: ListOptions): User {
  return { username: as, groups: [...new Set([...asGroup, ...impliedGroups(as)])] };
}

function describe(attributes: Attributes): string {
  if (attributes.kind === 'nonResource') return `${attributes.verb} ${attributes.path}`;
  const { verb, apiGroup, resource, subresource, name, namespace } = attributes;
  const what = `${resource}${apiGroup === '' || apiGroup === '*' ? '' : `.${apiGroup}`}${subresource === '' ? '' : `/${subresource}`}`;
  return [verb, what, name, namespace === '' ? '' : `in ${namespace}`].filter((part) => part !== '').join(' ');
}

function binding({ binding: { kind, namespace, name }, role }: Pick<GrantPath, 'binding' | 'role'>): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name} of ${role.kind} ${role.name}`;
}

function pathText(path: GrantPath): string {
  return `by ${binding(path)}, rule ${path.ruleIndex + 1}: ${describeRule(path.rule)}`;
}

function subjectText({ binding: { subjects }, subjectIndex }: Pick<GrantSource, 'binding' | 'subjectIndex'>): string {
  const subject = subjects[subjectIndex];
  return subject === undefined ? 'a subject' : `${subject.kind} ${subject.name}`;
}

function pathData({ binding: { kind, namespace, name }, role, rule, ruleIndex }: GrantPath): unknown {
  return {
    binding: { kind, ...(namespace === '' ? {} : { namespace }), name },
    role: { kind: role.kind, ...(role.namespace === '' ? {} : { namespace: role.namespace }), name: role.name },
    rule,
    ruleIndex,
  };
}

function indented(text: string, indent = '  '): readonly string[] {
  return wrap(printable(text), width - indent.length - 2, cautiousWidth).map(
    (line, at) => `${indent}${at === 0 ? '' : '  '}${line}`,
  );
}

function printLines(lines: readonly string[]): void {
  process.stdout.write(`${lines.map((line) => printable(line)).join('\n')}\n`);
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
