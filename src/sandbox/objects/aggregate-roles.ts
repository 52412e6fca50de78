import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { readLabelSelector } from '../../cluster/label-selector.ts';
import { labelsOf } from '../../cluster/objects.ts';
import type { Ask } from './api-resources.ts';
import { bodyOf } from './api-resources.ts';

const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles';

/** `admin` aggregates `edit`, which aggregates `view`: more steps than anybody lays. */
const mostRounds = 5;

/**
 * Does the work of the controller manager's clusterrole-aggregation, which does not run in a sandbox: without it `admin`, `edit` and `view`
 * allow nothing. Source: kubernetes pkg/controller/clusterroleaggregation.
 */
export async function aggregateRoles(ask: Ask): Promise<void> {
  for (let round = 0; round < mostRounds; round++) {
    const { status, body } = await ask('GET', path);
    if (status !== 200) return;
    const changed = aggregatedRoles(listAt(bodyOf(body)['items']).filter(isObject));
    if (changed.length === 0) return;
    for (const role of changed) {
      const name = stringAt(objectAt(role['metadata'])['name']) ?? '';
      await ask('PUT', `${path}/${encodeURIComponent(name)}`, role);
    }
  }
}

/** The ClusterRoles whose rules are not what they aggregate, with the right rules. Pure. */
export function aggregatedRoles(roles: readonly JsonObject[]): readonly JsonObject[] {
  const sorted = roles.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return roles.flatMap((role) => {
    const selectors = listAt(objectAt(role['aggregationRule'])['clusterRoleSelectors']);
    if (selectors.length === 0) return [];
    const rules: Json[] = [];
    for (const selector of selectors) {
      const matches = readLabelSelector(selector) ?? (() => false);
      for (const other of sorted) {
        if (nameOf(other) === nameOf(role) || !matches(labelsOf({ manifest: other }))) continue;
        for (const rule of listAt(other['rules']))
          if (!rules.some((known) => JSON.stringify(known) === JSON.stringify(rule))) rules.push(rule);
      }
    }
    return JSON.stringify(rules) === JSON.stringify(role['rules'] ?? []) ? [] : [{ ...role, rules }];
  });
}

function nameOf(role: JsonObject): string {
  return stringAt(objectAt(role['metadata'])['name']) ?? '';
}
