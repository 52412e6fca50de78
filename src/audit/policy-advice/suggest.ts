import type { AuditPolicy, AuditRule } from '../audit-policy.ts';
import type { RequestLine } from '../requests.ts';
import { coverage } from '../requests.ts';

/** Requests of one kind that a log holds often. */
export interface Frequent {
  readonly user: string;
  readonly verb: string;
  readonly apiGroup: string;
  /** `resource` or `resource/subresource`. */
  readonly resource: string;
  readonly namespace: string;
  readonly events: number;
}

/** A rule that leaves out what is made often and of which nothing is asked, and how many events it spares. */
export interface QuietRule {
  readonly rule: AuditRule;
  readonly spares: number;
}

/** Reads alone can be spared, and writes of leases; what a person does, and what changes anything else, is seen. */
function mayBeSpared({ user, verb, resource, apiGroup }: Frequent): boolean {
  if (!user.startsWith('system:') || user.startsWith('system:anonymous') || user.startsWith('system:serviceaccount:default:'))
    return false;
  if (['get', 'list', 'watch'].includes(verb)) return true;
  return apiGroup === 'coordination.k8s.io' && resource === 'leases' && verb === 'update';
}

/**
 * Rules that go before a policy's own and spare events, the most first; each is kept only where everything that ought to be seen still is.
 *
 * @param share of all events that one kind must make up to be worth a rule
 */
export function quietRules(
  policy: AuditPolicy,
  frequent: readonly Frequent[],
  lines: readonly RequestLine[],
  minor: number,
  events: number,
  share = 0.01,
): readonly QuietRule[] {
  const kept: QuietRule[] = [];
  const misses = (rules: readonly AuditRule[]) =>
    coverage({ ...policy, rules: [...rules, ...policy.rules] }, minor, lines).filter(({ ok }) => !ok).length;
  const before = misses([]);
  for (const one of [...frequent].sort((a, b) => b.events - a.events)) {
    if (one.events < events * share || !mayBeSpared(one)) continue;
    const rule: AuditRule = {
      level: 'None',
      users: [one.user],
      userGroups: [],
      verbs: [one.verb],
      resources: [{ group: one.apiGroup, resources: [one.resource], resourceNames: [] }],
      namespaces: [one.namespace],
      nonResourceURLs: [],
      omitStages: [],
    };
    if (misses([...kept.map((quiet) => quiet.rule), rule]) === before) kept.push({ rule, spares: one.events });
  }
  return kept;
}

/** A rule as YAML, indented below `rules:`. */
export function ruleText({ rule, spares }: QuietRule): string {
  const [entry] = rule.resources;
  const list = (items: readonly string[]) => `[${items.map((item) => JSON.stringify(item)).join(', ')}]`;
  return [
    `  # Seen ${spares} times in the log; nothing is asked of it.`,
    '  - level: None',
    `    users: ${list(rule.users)}`,
    `    verbs: ${list(rule.verbs)}`,
    `    namespaces: ${list(rule.namespaces)}`,
    '    resources:',
    `      - group: ${JSON.stringify(entry?.group ?? '')}`,
    `        resources: ${list(entry?.resources ?? [])}`,
    '',
  ].join('\n');
}
