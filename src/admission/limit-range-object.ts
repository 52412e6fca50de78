import { goQuote } from '../cluster/go-quote.ts';
import { type Json, type JsonObject, isObject, listAt, objectAt } from '../cluster/json.ts';
import {
  type Quantity,
  compareQuantities,
  formatQuantity,
  maxMilliValue,
  quantityMilliValue,
  quantityValue,
  wholeQuantity,
} from '../cluster/quantity.ts';
import {
  type ErrorPath,
  type FieldError,
  childPath,
  duplicate,
  forbidden,
  indexPath,
  invalid,
  keyPath,
  printNamed,
  printQuantity,
  required,
  rootPath,
} from './field-errors.ts';
import { formatFixed } from './limit-ranger/fixed-point.ts';
import { type LimitRangeItem, readLimitRange } from './limit-ranger/limit-range.ts';
import { type ObjectAnswer, invalidAnswer, nameFaults, storedMetadata, unreadableObject } from './object-answer.ts';
import { containerResourceNameFaults, resourceNameFaults } from './pod-resource-validation.ts';
import { type ResourceList, resourceListError, resourceListToJson, sortedNames } from './resource-list.ts';
import { qualifiedNameErrors } from '../cluster/qualified-name.ts';
import { isOvercommitAllowed } from './resource-names.ts';

const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

/** Decides the creation of a LimitRange as kube-apiserver 1.`minor` does; accepted, the object as it is stored. */
export function answerLimitRange(object: JsonObject, namespace: string, minor: number): ObjectAnswer {
  const error = limitRangeQuantityError(object);
  if (error !== undefined) return unreadableObject('LimitRange', error);
  const faults = [...nameFaults(object), ...limitRangeSpecFaults(object, minor)];
  if (faults.length > 0) return invalidAnswer('LimitRange', object, faults);
  return { valid: true, code: 201, object: storedLimitRange(object, namespace) };
}

/** The first malformed quantity of a LimitRange, in the server's words. */
function limitRangeQuantityError(object: JsonObject): string | undefined {
  for (const item of listAt(objectAt(object['spec'])['limits'])) {
    for (const [name, value] of Object.entries(objectAt(item))) {
      const error = (lists as readonly string[]).includes(name) ? resourceListError(value) : undefined;
      if (error !== undefined) return error;
    }
  }
  return undefined;
}

/** A LimitRange as the server stores it: defaults filled in, quantities canonical. */
function storedLimitRange(object: JsonObject, namespace: string): JsonObject {
  const items = readLimitRange(object).limits.map(storedItem);
  return {
    kind: 'LimitRange',
    apiVersion: 'v1',
    metadata: storedMetadata(object, namespace),
    spec: { limits: items.length === 0 ? null : items },
  };
}

function storedItem(item: LimitRangeItem): Json {
  const stored: Record<string, Json> = { type: item.type };
  for (const name of lists) {
    const list = resourceListToJson(item[name]);
    if (list !== undefined) stored[name] = list;
  }
  return stored;
}

/** Faults of a LimitRange's items (K: ValidateLimitRange); resources in code-unit order, the server's order varies. */
function limitRangeSpecFaults(object: JsonObject, minor: number): FieldError[] {
  const path = childPath(rootPath('spec'), 'limits');
  const seen = new Set<string>();
  const given = listAt(objectAt(object['spec'])['limits']);
  return readLimitRange(object).limits.flatMap((item, index) => {
    const at = indexPath(path, index);
    const errors = typeFaults(item.type, childPath(at, 'type'), minor);
    if (seen.has(item.type)) errors.push(duplicate(childPath(at, 'type'), printNamed(item.type, minor)));
    seen.add(item.type);
    errors.push(...listFaults(item, objectAt(given[index]), at, minor));
    const defaults = item.type !== 'Pod';
    const names = new Set(
      lists.filter((name) => defaults || !name.startsWith('default')).flatMap((name) => sortedNames(item[name])),
    );
    for (const name of [...names].sort()) errors.push(...boundFaults(name, defaults ? item : withoutDefaults(item), at, minor));
    return errors;
  });
}

function withoutDefaults(item: LimitRangeItem): LimitRangeItem {
  return { ...item, default: new Map(), defaultRequest: new Map() };
}

function typeFaults(type: string, path: ErrorPath, minor: number): FieldError[] {
  const printed = minor >= 29 ? printNamed(type, minor) : goQuote(type);
  const errors = qualifiedNameErrors(type, minor).map((message) => invalid(path, printed, message));
  if (errors.length > 0 || type.includes('/') || ['Pod', 'Container', 'PersistentVolumeClaim'].includes(type)) return errors;
  return [invalid(path, printed, 'must be a standard limit type or fully qualified')];
}

function listFaults(item: LimitRangeItem, given: JsonObject, path: ErrorPath, minor: number): FieldError[] {
  const nameFaultsOf = item.type === 'Pod' || item.type === 'Container' ? containerResourceNameFaults : resourceNameFaults;
  const namesOf = (name: (typeof lists)[number]) =>
    sortedNames(item[name]).flatMap((resource) => nameFaultsOf(resource, keyPath(childPath(path, name), resource), minor));
  const errors = [...namesOf('max'), ...namesOf('min')];
  for (const name of ['default', 'defaultRequest'] as const) {
    if (item.type !== 'Pod') errors.push(...namesOf(name));
    else if (isObject(given[name]) && item[name].size > 0) {
      errors.push(forbidden(childPath(path, name), "may not be specified when `type` is 'Pod'"));
    }
  }
  if (item.type === 'PersistentVolumeClaim' && !item.min.has('storage') && !item.max.has('storage')) {
    errors.push(
      required(childPath(path, 'limits'), 'either minimum or maximum storage value is required, but neither was provided'),
    );
  }
  return [...errors, ...namesOf('maxLimitRequestRatio')];
}

function boundFaults(name: string, item: LimitRangeItem, path: ErrorPath, minor: number): FieldError[] {
  const errors: FieldError[] = [];
  const get = (list: ResourceList) => list.get(name);
  const [min, max, limit, request] = [get(item.min), get(item.max), get(item.default), get(item.defaultRequest)];
  const refuse = (list: string, value: Quantity, detail: string) =>
    errors.push(invalid(keyPath(childPath(path, list), name), printQuantity(value, minor, true), detail));
  const greater = (a: Quantity | undefined, b: Quantity | undefined): a is Quantity =>
    a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
  const text = (quantity: Quantity | undefined) => (quantity === undefined ? '' : formatQuantity(quantity));

  if (greater(min, max)) refuse('min', min, `min value ${text(min)} is greater than max value ${text(max)}`);
  if (request !== undefined && greater(min, request)) {
    refuse('defaultRequest', request, `min value ${text(min)} is greater than default request value ${text(request)}`);
  }
  if (greater(request, max)) {
    refuse('defaultRequest', request, `default request value ${text(request)} is greater than max value ${text(max)}`);
  }
  if (greater(request, limit)) {
    refuse(
      'defaultRequest',
      request,
      `default request value ${text(request)} is greater than default limit value ${text(limit)}`,
    );
  }
  // The server prints the bound here, not the default that breaks it.
  if (greater(min, limit)) refuse('default', min, `min value ${text(min)} is greater than default value ${text(limit)}`);
  if (max !== undefined && greater(limit, max)) {
    refuse('default', max, `default value ${text(limit)} is greater than max value ${text(max)}`);
  }
  const ratio = get(item.maxLimitRequestRatio);
  for (const detail of ratioFaults(ratio, min, max)) if (ratio !== undefined) refuse('maxLimitRequestRatio', ratio, detail);
  if (!isOvercommitAllowed(name) && limit !== undefined && request !== undefined && compareQuantities(limit, request) !== 0) {
    refuse(
      'defaultRequest',
      request,
      `default value ${text(limit)} must equal to defaultRequest value ${text(request)} in ${name}`,
    );
  }
  return errors;
}

function ratioFaults(ratio: Quantity | undefined, min: Quantity | undefined, max: Quantity | undefined): string[] {
  if (ratio === undefined) return [];
  const details: string[] = [];
  const text = formatQuantity(ratio);
  if (compareQuantities(ratio, wholeQuantity(1)) < 0) details.push(`ratio ${text} is less than 1`);
  if (min === undefined || max === undefined) return details;
  const fine = [ratio, min, max].every((quantity) => quantityValue(quantity) < maxMilliValue);
  const most = fine ? Number(quantityMilliValue(ratio)) / 1000 : Number(quantityValue(ratio));
  const measure = fine ? quantityMilliValue : quantityValue;
  const bound = Number(measure(max)) / Number(measure(min));
  if (most > bound) details.push(`ratio ${text} is greater than max/min = ${formatFixed(bound)}`);
  return details;
}
