import { type Json, type JsonObject, isObject, listAt, objectAt, stringsAt } from '../cluster/json.ts';
import {
  type ErrorPath,
  type FieldError,
  childPath,
  goJsonString,
  invalid,
  keyPath,
  printNamed,
  printResourceName,
  required,
  rootPath,
} from './field-errors.ts';
import { goQuote } from '../cluster/go-quote.ts';
import { type ObjectAnswer, invalidAnswer, nameFaults, storedMetadata, unreadableObject } from './object-answer.ts';
import { quantityFaults, resourceNameFaults } from './pod-resource-validation.ts';
import { resourceGates } from './resource-gates.ts';
import { noResources, readResourceList, resourceListError, resourceListToJson, sortedEntries } from './resource-list.ts';
import { isStandardQuotaResource } from './resource-names.ts';
import { type ScopeRequirement, readScopeRequirement } from './resource-quota/quota.ts';

const computeResources = new Set(['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory']);
const podScopes = new Set(['Terminating', 'NotTerminating', 'NotBestEffort', 'PriorityClass', 'CrossNamespacePodAffinity']);
const existsOnly = new Set(['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity']);

/** Decides the creation of a ResourceQuota as kube-apiserver 1.`minor` does; accepted, the object as it is stored. */
export function answerResourceQuota(object: JsonObject, namespace: string, minor: number): ObjectAnswer {
  const error = quotaQuantityError(object);
  if (error !== undefined) return unreadableObject('ResourceQuota', error);
  const faults = [...nameFaults(object), ...quotaSpecFaults(object, minor)];
  if (faults.length > 0) return invalidAnswer('ResourceQuota', object, faults);
  return { valid: true, code: 201, object: storedQuota(object, namespace) };
}

/** The first malformed quantity of a ResourceQuota, in the server's words. */
function quotaQuantityError(object: JsonObject): string | undefined {
  for (const [name, member] of Object.entries(object)) {
    if (name !== 'spec' && name !== 'status') continue;
    for (const [list, value] of Object.entries(objectAt(member))) {
      const error = list === 'hard' || (name === 'status' && list === 'used') ? resourceListError(value) : undefined;
      if (error !== undefined) return error;
    }
  }
  return undefined;
}

function storedQuota(object: JsonObject, namespace: string): JsonObject {
  const spec = objectAt(object['spec']);
  const hard = resourceListToJson(readResourceList(spec['hard']));
  const scopes = stringsAt(spec['scopes']);
  const selector = spec['scopeSelector'];
  return {
    kind: 'ResourceQuota',
    apiVersion: 'v1',
    metadata: storedMetadata(object, namespace),
    spec: {
      ...(hard === undefined ? {} : { hard }),
      ...(scopes.length === 0 ? {} : { scopes }),
      ...(isObject(selector) ? { scopeSelector: storedSelector(selector) } : {}),
    },
    status: {},
  };
}

function storedSelector(selector: JsonObject): JsonObject {
  const expressions = listAt(selector['matchExpressions']).map((value): Json => {
    const { scopeName, operator, values } = readScopeRequirement(value);
    return { scopeName, operator, ...(values.length === 0 ? {} : { values }) };
  });
  return expressions.length === 0 ? {} : { matchExpressions: expressions };
}

/** Faults of a ResourceQuota's spec (K: ValidateResourceQuotaSpec); resources in code-unit order, the server's order varies. */
function quotaSpecFaults(object: JsonObject, minor: number): FieldError[] {
  const path = rootPath('spec');
  const spec = objectAt(object['spec']);
  const hard = readResourceList(spec['hard']) ?? noResources;
  const errors: FieldError[] = [];
  for (const [name, quantity] of sortedEntries(hard)) {
    const at = keyPath(childPath(path, 'hard'), name);
    errors.push(...resourceNameFaults(name, at, minor));
    if (!name.includes('/') && !isStandardQuotaResource(name)) {
      errors.push(invalid(at, printResourceName(name, minor), 'must be a standard resource for quota'));
    }
    errors.push(...quantityFaults(name, quantity, at, minor));
  }
  const names = [...hard.keys()].sort();
  errors.push(...scopesFaults(stringsAt(spec['scopes']), names, childPath(path, 'scopes'), minor));
  if (isObject(spec['scopeSelector'])) errors.push(...selectorFaults(spec, spec['scopeSelector'], names, minor));
  return errors;
}

function isStandardScope(scope: string, minor: number): boolean {
  if (scope === 'VolumeAttributesClass') return resourceGates(minor).volumeAttributesClassScope;
  return scope === 'BestEffort' || podScopes.has(scope);
}

function scopeFits(scope: string, resource: string, minor: number): boolean {
  if (podScopes.has(scope)) return resource === 'pods' || computeResources.has(resource);
  if (scope === 'BestEffort') return resource === 'pods';
  if (scope === 'VolumeAttributesClass' && resourceGates(minor).volumeAttributesClassScope) {
    return resource === 'persistentvolumeclaims' || resource === 'requests.storage';
  }
  return true;
}

function printList(type: string, values: readonly string[], minor: number): string {
  if (minor >= 34) return `[${values.map(goJsonString).join(',')}]`;
  return `[]${type}{${values.map((value) => goQuote(value)).join(', ')}}`;
}

function scopesFaults(scopes: readonly string[], names: readonly string[], path: ErrorPath, minor: number): FieldError[] {
  if (scopes.length === 0) return [];
  const printed = printList('core.ResourceQuotaScope', scopes, minor);
  const errors: FieldError[] = [];
  for (const scope of scopes) {
    if (!isStandardScope(scope, minor)) errors.push(invalid(path, printed, 'unsupported scope'));
    for (const name of names) {
      if (isStandardQuotaResource(name) && !scopeFits(scope, name, minor)) {
        errors.push(invalid(path, printed, 'unsupported scope applied to resource'));
      }
    }
  }
  return [...errors, ...conflicts(scopes, path, printed)];
}

function conflicts(scopes: readonly string[], path: ErrorPath, printed: string): FieldError[] {
  const pairs = [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ];
  const broken = pairs.filter((pair) => pair.every((scope) => scopes.includes(scope)));
  return broken.map(() => invalid(path, printed, 'conflicting scopes'));
}

function selectorFaults(spec: JsonObject, selector: JsonObject, names: readonly string[], minor: number): FieldError[] {
  const path = childPath(childPath(rootPath('spec'), 'scopeSelector'), 'matchExpressions');
  const requirements = listAt(selector['matchExpressions']).map(readScopeRequirement);
  const errors: FieldError[] = [];
  for (const requirement of requirements) {
    const scope = requirement.scopeName;
    if (!isStandardScope(scope, minor)) {
      errors.push(invalid(childPath(path, 'scopeName'), printNamed(scope, minor), 'unsupported scope'));
    }
    for (const name of names) {
      if (isStandardQuotaResource(name) && !scopeFits(scope, name, minor)) {
        errors.push(invalid(path, printSelector(selector, minor), 'unsupported scope applied to resource'));
      }
    }
    errors.push(...operatorFaults(requirement, path, minor));
  }
  const scopes = stringsAt(spec['scopes']);
  const printed = scopes.length === 0 ? emptyScopes(spec, minor) : printList('core.ResourceQuotaScope', scopes, minor);
  return [
    ...errors,
    ...conflicts(
      requirements.map((requirement) => requirement.scopeName),
      path,
      printed,
    ),
  ];
}

function emptyScopes(spec: JsonObject, minor: number): string {
  const absent = !Array.isArray(spec['scopes']);
  if (minor >= 34) return absent ? 'null' : '[]';
  return absent ? '[]core.ResourceQuotaScope(nil)' : '[]core.ResourceQuotaScope{}';
}

function operatorFaults(requirement: ScopeRequirement, path: ErrorPath, minor: number): FieldError[] {
  const errors: FieldError[] = [];
  const { operator, values } = requirement;
  const operatorPath = childPath(path, 'operator');
  if (existsOnly.has(requirement.scopeName) && operator !== 'Exists') {
    const word = minor >= 31 ? 'Exists' : 'Exist';
    const detail = `must be '${word}' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity`;
    errors.push(invalid(operatorPath, printNamed(operator, minor), detail));
  }
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      const detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      errors.push(required(childPath(path, 'values'), detail));
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      errors.push(invalid(childPath(path, 'values'), printList('string', values, minor), detail));
    }
  } else errors.push(invalid(operatorPath, printNamed(operator, minor), 'not a valid selector operator'));
  return errors;
}

/** The selector as the server prints it: its internal type has no JSON names, and an empty list differs from an absent one. */
function printSelector(selector: JsonObject, minor: number): string {
  const items = listAt(selector['matchExpressions']).map((value) => {
    const { scopeName, operator, values } = readScopeRequirement(value);
    const absent = !Array.isArray(objectAt(value)['values']);
    if (minor >= 34) {
      const printed = absent ? 'null' : printList('string', values, minor);
      return `{"ScopeName":${goJsonString(scopeName)},"Operator":${goJsonString(operator)},"Values":${printed}}`;
    }
    const printed = absent ? '[]string(nil)' : printList('string', values, minor);
    return `core.ScopedResourceSelectorRequirement{ScopeName:${goQuote(scopeName)}, Operator:${goQuote(operator)}, Values:${printed}}`;
  });
  if (minor >= 34) return `{"MatchExpressions":[${items.join(',')}]}`;
  return `core.ScopeSelector{MatchExpressions:[]core.ScopedResourceSelectorRequirement{${items.join(', ')}}}`;
}
