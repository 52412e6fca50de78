import { type Json, type JsonObject, isObject, listAt, objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import { type ResourceList, noResources, readResourceList } from '../resource-list.ts';

/** A requirement on a scope: `{PriorityClass In [high]}`. */
export interface ScopeRequirement {
  readonly scopeName: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** A ResourceQuota as admission reads it: what counts is its status. */
export interface ResourceQuota {
  readonly name: string;
  readonly hard: ResourceList;
  readonly used: ResourceList;
  readonly specHard: ResourceList;
  readonly scopes: readonly ScopeRequirement[];
}

/** Reads a ResourceQuota object. */
export function readResourceQuota(object: JsonObject): ResourceQuota {
  const spec = objectAt(object['spec']);
  const status = objectAt(object['status']);
  const selector = listAt(objectAt(spec['scopeSelector'])['matchExpressions']);
  return {
    name: stringAt(objectAt(object['metadata'])['name']) ?? '',
    hard: readResourceList(status['hard']) ?? noResources,
    used: readResourceList(status['used']) ?? noResources,
    specHard: readResourceList(spec['hard']) ?? noResources,
    scopes: [
      ...stringsAt(spec['scopes']).map((scopeName) => ({ scopeName, operator: 'Exists', values: [] })),
      ...selector.filter(isObject).map(readScopeRequirement),
    ],
  };
}

/** Reads `{scopeName, operator, values}`. */
export function readScopeRequirement(value: Json): ScopeRequirement {
  const requirement = objectAt(value);
  return {
    scopeName: stringAt(requirement['scopeName']) ?? '',
    operator: stringAt(requirement['operator']) ?? '',
    values: stringsAt(requirement['values']),
  };
}

/** Prints requirements as Go's `%v`: `[{PriorityClass In [cluster-services]}]`. */
export function formatScopeRequirements(requirements: readonly ScopeRequirement[]): string {
  const items = requirements.map((item) => `{${item.scopeName} ${item.operator} [${item.values.join(' ')}]}`);
  return `[${items.join(' ')}]`;
}

/** Whether a set of names meets a requirement on them as a label selector would; `undefined` name: the label is absent. */
export function meetsRequirement(requirement: ScopeRequirement, name: string | undefined): boolean {
  switch (requirement.operator) {
    case 'In':
      return name !== undefined && requirement.values.includes(name);
    case 'NotIn':
      return name === undefined || !requirement.values.includes(name);
    case 'Exists':
      return name !== undefined;
    case 'DoesNotExist':
      return name === undefined;
    default:
      return false;
  }
}
