import type { FieldPath } from '../../cluster/json.ts';
import type { AuditPolicy, AuditRule } from '../audit-policy.ts';
import type { RequestLine } from '../requests.ts';
import { coverage } from '../requests.ts';
import { matchesEverything, shadowedBy } from './covers.ts';

/** Something about a policy that its author should know. */
export interface PolicyRemark {
  /** `error`: the policy does something else than it says, or writes secrets; `warning`: it misses something. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** Where in the policy. */
  readonly path: FieldPath;
}

/**
 * Judges a policy that a server loads: rules that never match, selectors that match nothing, secrets in the log, what is not seen.
 *
 * @param lines requests that ought to be seen and not to leak (`requests.ts`)
 */
export function lintPolicy(policy: AuditPolicy, lines: readonly RequestLine[], minor: number): readonly PolicyRemark[] {
  const remarks: PolicyRemark[] = [];
  for (const [index, rule] of policy.rules.entries()) {
    const earlier = shadowedBy(policy, index, minor);
    if (earlier !== undefined)
      remarks.push({
        severity: 'error',
        message: `never matches: rule ${earlier + 1} takes all that it asks for`,
        path: ['rules', index],
      });
    remarks.push(...deadSelectors(rule, index));
  }
  for (const { line, level, rule, tooLow, omitted, leaks } of coverage(policy, minor, lines)) {
    const path: FieldPath = rule === undefined ? ['rules'] : ['rules', rule];
    if (leaks)
      remarks.push({
        severity: 'error',
        message: `writes at level ${level}, so with its content: ${line.id} (${line.why})`,
        path,
      });
    else if (tooLow && line.required)
      remarks.push({
        severity: 'warning',
        message: `${omitted ? 'leaves out the stage of' : `writes ${level === 'None' ? 'nothing' : `only ${level}`} of`} ${line.id} (${line.why})`,
        path,
      });
  }
  const last = policy.rules.length - 1;
  if (!policy.rules.some(matchesEverything))
    remarks.push({
      severity: 'warning',
      message: 'no rule takes every request: what none matches is not written',
      path: ['rules', last],
    });
  return remarks;
}

/** Stars where they are plain letters: such a selector matches nothing, and the server takes it. */
function deadSelectors(rule: AuditRule, index: number): readonly PolicyRemark[] {
  const remarks: PolicyRemark[] = [];
  const dead = (path: FieldPath, value: string, why: string) =>
    remarks.push({ severity: 'error', message: `\`${value}\` matches nothing: ${why}`, path: ['rules', index, ...path] });
  for (const selector of ['users', 'userGroups', 'verbs', 'namespaces'] as const)
    for (const [item, value] of rule[selector].entries())
      if (value.includes('*'))
        dead([selector, item], value, `a star is a plain letter among ${selector}; leave the selector out for all`);
  for (const [entry, { resources, resourceNames }] of rule.resources.entries()) {
    for (const [item, spec] of resources.entries()) {
      const known = spec === '*' || /^[^*/]+(\/[^*]+|\/\*)?$/.test(spec) || /^\*\/[^*]+$/.test(spec);
      if (!known)
        dead(['resources', entry, 'resources', item], spec, 'a star stands alone, before a subresource or after a slash');
    }
    for (const [item, value] of resourceNames.entries())
      if (value.includes('*')) dead(['resources', entry, 'resourceNames', item], value, 'a star is a plain letter in names');
  }
  return remarks;
}
