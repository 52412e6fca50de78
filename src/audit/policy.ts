import type { ResourceAttributes } from '../authorization/attributes.ts';
import { combinedResource } from '../authorization/attributes.ts';
import type { AuditAttributes, AuditDecision, AuditPolicy, AuditRule, GroupResources } from './audit-policy.ts';
import { decisionOf, wildcardGroupSince } from './audit-policy.ts';

export type { AuditPolicy } from './audit-policy.ts';

type Test = (attributes: AuditAttributes) => boolean;
type ResourceTest = (attributes: ResourceAttributes) => boolean;

/** An audit policy made ready for many requests. */
export interface CompiledPolicy {
  readonly policy: AuditPolicy;
  readonly decide: (attributes: AuditAttributes) => AuditDecision;
}

/**
 * Makes a policy ready: only the selectors that a rule has are asked, each in one look-up. Same answers as `definition.ts`.
 *
 * @param minor Kubernetes minor of the server: `group: "*"` means every group from 1.36
 */
export function compilePolicy(policy: AuditPolicy, minor: number): CompiledPolicy {
  const tests = policy.rules.map((rule) => compileRule(rule, minor));
  const decisions = policy.rules.map((_, index) => decisionOf(policy, index));
  const none = decisionOf(policy, undefined);
  const decide = (attributes: AuditAttributes): AuditDecision => {
    for (let index = 0; index < tests.length; index++) {
      if (tests[index]?.every((test) => test(attributes))) return decisions[index] ?? none;
    }
    return none;
  };
  return { policy, decide };
}

/** What a policy writes of one request; for many requests use `compilePolicy`. */
export function levelOf(policy: AuditPolicy, attributes: AuditAttributes, minor: number): AuditDecision {
  return compilePolicy(policy, minor).decide(attributes);
}

function compileRule(rule: AuditRule, minor: number): readonly Test[] {
  const tests: Test[] = [];
  if (rule.verbs.length > 0) {
    const verbs = new Set(rule.verbs);
    tests.push(({ verb }) => verbs.has(verb));
  }
  if (rule.users.length > 0) {
    const users = new Set(rule.users);
    tests.push(({ user }) => user !== undefined && users.has(user.username));
  }
  if (rule.userGroups.length > 0) {
    const groups = new Set(rule.userGroups);
    tests.push(({ user }) => user !== undefined && user.groups.some((group) => groups.has(group)));
  }
  if (rule.namespaces.length > 0 || rule.resources.length > 0) tests.push(...resourceTests(rule, minor));
  else if (rule.nonResourceURLs.length > 0) tests.push(urlTest(rule.nonResourceURLs));
  return tests;
}

function urlTest(specs: readonly string[]): Test {
  const exact = new Set(specs);
  // The lone star is the empty prefix.
  const prefixes = specs.filter((spec) => spec.endsWith('*')).map((spec) => spec.replace(/\*+$/, ''));
  return (attributes) =>
    attributes.kind === 'nonResource' &&
    (exact.has(attributes.path) || prefixes.some((prefix) => attributes.path.startsWith(prefix)));
}

function resourceTests(rule: AuditRule, minor: number): readonly Test[] {
  const tests: Test[] = [];
  if (rule.namespaces.length > 0) {
    const namespaces = new Set(rule.namespaces);
    tests.push((attributes) => attributes.kind === 'resource' && namespaces.has(attributes.namespace));
  }
  if (rule.resources.length === 0) return tests;
  const byGroup = new Map<string, ResourceTest[]>();
  const anyGroup: ResourceTest[] = [];
  for (const entry of rule.resources) {
    const test = entryTest(entry);
    if (entry.group === '*' && minor >= wildcardGroupSince) anyGroup.push(test);
    else byGroup.set(entry.group, [...(byGroup.get(entry.group) ?? []), test]);
  }
  tests.push((attributes) => {
    if (attributes.kind !== 'resource') return false;
    return (
      (byGroup.get(attributes.apiGroup)?.some((test) => test(attributes)) ?? false) || anyGroup.some((test) => test(attributes))
    );
  });
  return tests;
}

function entryTest(entry: GroupResources): ResourceTest {
  if (entry.resources.length === 0) return () => true;
  const names = new Set(entry.resourceNames);
  const named = (name: string) => names.size === 0 || names.has(name);
  if (entry.resources.includes('*')) return ({ name }) => named(name);
  const exact = new Set(entry.resources);
  const subresources = new Set(entry.resources.filter((spec) => spec.startsWith('*/')).map((spec) => spec.slice(2)));
  const wholes = new Set(entry.resources.filter((spec) => spec.endsWith('/*')).map((spec) => spec.slice(0, -2)));
  return (attributes) => {
    if (!named(attributes.name)) return false;
    if (exact.has(combinedResource(attributes)) || wholes.has(attributes.resource)) return true;
    return attributes.subresource !== '' && subresources.has(attributes.subresource);
  };
}
