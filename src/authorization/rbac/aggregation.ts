import type { Json } from '../../cluster/json.ts';
import { listAt, objectAt } from '../../cluster/json.ts';
import type { Labels } from '../../cluster/label-selector.ts';
import { readLabelSelector } from '../../cluster/label-selector.ts';
import type { PolicyRule } from './rule.ts';
import { ruleKey } from './rule.ts';

/** A ClusterRole as aggregation sees it. */
export interface AggregatingRole {
  readonly name: string;
  readonly labels: Labels;
  /** The stored rules. */
  readonly rules: readonly PolicyRule[];
  /** `aggregationRule` as it is written; absent: an ordinary role. */
  readonly aggregationRule?: Json;
}

/** A rule with the role that holds it and its index there. */
export interface PlacedRule<R extends AggregatingRole> {
  readonly rule: PolicyRule;
  readonly index: number;
  readonly from: R;
}

/**
 * The rules that a role has or gets: its stored ones, then those of the roles that its selectors match, and of the roles that those
 * aggregate in turn (the controller reaches that over several rounds). Equal rules count once, at their first place.
 *
 * Order as the controller's: selector by selector, roles by name. A role never feeds itself; a selector that the server refuses stops
 * that role's aggregation. Rule source: K:pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
 */
export function aggregatedRules<R extends AggregatingRole>(role: R, clusterRoles: readonly R[]): readonly PlacedRule<R>[] {
  const seen = new Set<string>();
  const result: PlacedRule<R>[] = [];
  const visited = new Set<string>([role.name]);
  const byName = [...clusterRoles].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const queue: R[] = [role];
  for (let here = queue.shift(); here !== undefined; here = queue.shift()) {
    for (const [index, rule] of here.rules.entries()) {
      const key = ruleKey(rule);
      if (seen.has(key)) continue;
      seen.add(key);
      result.push({ rule, index, from: here });
    }
    for (const fed of rolesFeeding(here, byName)) {
      if (visited.has(fed.name)) continue;
      visited.add(fed.name);
      queue.push(fed);
    }
  }
  return result;
}

function rolesFeeding<R extends AggregatingRole>(role: R, byName: readonly R[]): readonly R[] {
  const selectors = listAt(objectAt(role.aggregationRule)['clusterRoleSelectors']).map(readLabelSelector);
  const valid = selectors.filter((selector) => selector !== undefined);
  if (valid.length < selectors.length) return [];
  return valid.flatMap((selector) => byName.filter((other) => other.name !== role.name && selector(other.labels)));
}
