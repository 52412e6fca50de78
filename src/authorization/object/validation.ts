import type { FieldError } from '../../cluster/decode/field-errors.ts';
import { invalid, notSupported, printStrings, printsJson, required } from '../../cluster/decode/field-errors.ts';
import { dnsSubdomainFaults } from '../../cluster/dns-names.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { FieldPath, Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import { labelValueErrors, qualifiedNameErrors } from '../../cluster/qualified-name.ts';
import { rbacGroup } from '../rbac/objects.ts';
import { readRule } from '../rbac/rule.ts';
import { metadataFaults, pathSegmentFaults } from './metadata.ts';

/**
 * Faults of a Role, ClusterRole, RoleBinding or ClusterRoleBinding with its defaults filled in, in the server's order.
 *
 * Rule source: K:pkg/apis/rbac/validation/validation.go.
 */
export function rbacFaults(object: JsonObject, minor: number): readonly FieldError[] {
  const kind = stringAt(object['kind']) ?? '';
  const namespaced = kind === 'Role' || kind === 'RoleBinding';
  const faults = [...metadataFaults(object, namespaced, minor)];
  if (kind === 'Role' || kind === 'ClusterRole') {
    for (const [index, rule] of listAt(object['rules']).entries())
      faults.push(...ruleFaults(rule, namespaced, ['rules', index], minor));
    if (kind === 'ClusterRole' && isObject(object['aggregationRule']))
      faults.push(...aggregationFaults(object['aggregationRule'], minor));
    return faults;
  }
  faults.push(...roleRefFaults(objectAt(object['roleRef']), namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']));
  for (const [index, subject] of listAt(object['subjects']).entries())
    faults.push(...subjectFaults(objectAt(subject), namespaced, ['subjects', index]));
  return faults;
}

function ruleFaults(value: Json, namespaced: boolean, path: FieldPath, minor: number): readonly FieldError[] {
  const rule = readRule(value);
  const faults: FieldError[] = [];
  if (rule.verbs.length === 0) faults.push(required([...path, 'verbs'], 'verbs must contain at least one value'));
  if (rule.nonResourceURLs.length > 0) {
    const at = [...path, 'nonResourceURLs'];
    const printed = printStrings(rule.nonResourceURLs, minor);
    if (namespaced) faults.push(invalid(at, printed, 'namespaced rules cannot apply to non-resource URLs'));
    if (rule.apiGroups.length > 0 || rule.resources.length > 0 || rule.resourceNames.length > 0)
      faults.push(invalid(at, printed, 'rules cannot apply to both regular resources and non-resource URLs'));
    return faults;
  }
  if (rule.apiGroups.length === 0)
    faults.push(required([...path, 'apiGroups'], 'resource rules must supply at least one api group'));
  if (rule.resources.length === 0)
    faults.push(required([...path, 'resources'], 'resource rules must supply at least one resource'));
  return faults;
}

function roleRefFaults(ref: JsonObject, kinds: readonly string[]): readonly FieldError[] {
  const [apiGroup, kind, name] = [stringAt(ref['apiGroup']) ?? '', stringAt(ref['kind']) ?? '', stringAt(ref['name']) ?? ''];
  const faults: FieldError[] = [];
  if (apiGroup !== rbacGroup) faults.push(notSupported(['roleRef', 'apiGroup'], goQuote(apiGroup), [rbacGroup]));
  if (!kinds.includes(kind)) faults.push(notSupported(['roleRef', 'kind'], goQuote(kind), kinds));
  if (name === '') faults.push(required(['roleRef', 'name'], ''));
  else for (const fault of pathSegmentFaults(name)) faults.push(invalid(['roleRef', 'name'], goQuote(name), fault));
  return faults;
}

const subjectKinds = ['ServiceAccount', 'User', 'Group'];

function subjectFaults(subject: JsonObject, namespaced: boolean, path: FieldPath): readonly FieldError[] {
  const text = (name: string) => stringAt(subject[name]) ?? '';
  const [kind, name, apiGroup] = [text('kind'), text('name'), text('apiGroup')];
  const faults: FieldError[] = [];
  if (name === '') faults.push(required([...path, 'name'], ''));
  if (kind === 'ServiceAccount') {
    if (name !== '') for (const fault of dnsSubdomainFaults(name)) faults.push(invalid([...path, 'name'], goQuote(name), fault));
    if (apiGroup !== '') faults.push(notSupported([...path, 'apiGroup'], goQuote(apiGroup), ['']));
    if (!namespaced && text('namespace') === '') faults.push(required([...path, 'namespace'], ''));
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== rbacGroup) faults.push(notSupported([...path, 'apiGroup'], goQuote(apiGroup), [rbacGroup]));
  } else faults.push(notSupported([...path, 'kind'], goQuote(kind), subjectKinds));
  return faults;
}

function aggregationFaults(rule: JsonObject, minor: number): readonly FieldError[] {
  const path = ['aggregationRule', 'clusterRoleSelectors'];
  const selectors = listAt(rule['clusterRoleSelectors']);
  if (selectors.length === 0) return [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  return selectors.flatMap((selector, index) => {
    const own = selectorFaults(objectAt(selector), [...path, index], minor);
    // Values of labels are not judged a second time where the selector is made ready.
    const unusable =
      own.length > 0 ? [invalid([...path, index], printsJson(minor) ? 'null' : '"null"', 'invalid label selector.')] : [];
    return [...own, ...unusable];
  });
}

function selectorFaults(selector: JsonObject, path: FieldPath, minor: number): readonly FieldError[] {
  const faults: FieldError[] = [];
  const labels = Object.entries(objectAt(selector['matchLabels'])).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, value] of labels) {
    for (const fault of qualifiedNameErrors(key, minor)) faults.push(invalid([...path, 'matchLabels'], goQuote(key), fault));
    for (const fault of labelValueErrors(stringAt(value) ?? '', minor))
      faults.push(invalid([...path, 'matchLabels'], goQuote(stringAt(value) ?? ''), fault));
  }
  for (const [index, expression] of listAt(selector['matchExpressions']).entries())
    faults.push(...expressionFaults(objectAt(expression), [...path, 'matchExpressions', index], minor));
  return faults;
}

function expressionFaults(expression: JsonObject, path: FieldPath, minor: number): readonly FieldError[] {
  const operator = stringAt(expression['operator']) ?? '';
  const values = stringsAt(expression['values']);
  const faults: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) faults.push(required([...path, 'values'], "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      faults.push({
        path: [...path, 'values'],
        body: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      });
  } else faults.push(invalid([...path, 'operator'], goQuote(operator), 'not a valid selector operator'));
  const key = stringAt(expression['key']) ?? '';
  for (const fault of qualifiedNameErrors(key, minor)) faults.push(invalid([...path, 'key'], goQuote(key), fault));
  for (const [index, value] of values.entries())
    for (const fault of labelValueErrors(value, minor)) faults.push(invalid([...path, 'values', index], goQuote(value), fault));
  return faults;
}
