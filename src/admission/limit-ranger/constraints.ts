import {
  type Quantity,
  formatQuantity,
  maxMilliValue,
  quantityMilliValue,
  quantityValue,
  zeroQuantity,
} from '../../cluster/quantity.ts';
import { type PodResources, limitRangerLimits, limitRangerRequests } from '../pod-resources.ts';
import { type ResourceList, noResources, sortedEntries } from '../resource-list.ts';
import { formatFixed } from './fixed-point.ts';
import type { LimitRange, LimitRangeItem } from './limit-range.ts';

/** One broken bound: the server's words, where in the pod, and which bound of which item. */
export interface LimitViolation {
  readonly message: string;
  readonly resource: string;
  readonly bound: 'min' | 'max' | 'maxLimitRequestRatio';
  readonly item: number;
  /** The container that breaks it; absent where the whole pod or claim does. */
  readonly container?: { readonly list: 'containers' | 'initContainers'; readonly index: number };
}

interface Subject {
  readonly type: string;
  readonly requests: ResourceList;
  readonly limits: ResourceList;
}

/** Checks a pod against one LimitRange (K: limitranger PodValidateLimitFunc); resources by code unit, the server's order varies. */
export function podLimitViolations(limitRange: LimitRange, pod: PodResources): LimitViolation[] {
  const violations: LimitViolation[] = [];
  for (const [index, item] of limitRange.limits.entries()) {
    if (item.type === 'Container') violations.push(...containerViolations(pod, item, index));
    if (item.type === 'Pod') {
      const subject = { type: 'Pod', requests: limitRangerRequests(pod), limits: limitRangerLimits(pod) };
      violations.push(...boundViolations(subject, item, index));
    }
  }
  return violations;
}

function containerViolations(pod: PodResources, item: LimitRangeItem, itemIndex: number): LimitViolation[] {
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    pod[list].flatMap((container, index) => {
      const subject = { type: 'Container', requests: container.requests ?? noResources, limits: container.limits ?? noResources };
      return boundViolations(subject, item, itemIndex).map((violation) => ({ ...violation, container: { list, index } }));
    }),
  );
}

/** Checks the requests of a PersistentVolumeClaim against one LimitRange (K: PersistentVolumeClaimValidateLimitFunc): min, then max; no ratio. */
export function claimLimitViolations(limitRange: LimitRange, requests: ResourceList): LimitViolation[] {
  const violations: LimitViolation[] = [];
  for (const [index, item] of limitRange.limits.entries()) {
    if (item.type !== 'PersistentVolumeClaim') continue;
    const subject = { type: item.type, requests, limits: noResources };
    violations.push(...collect(item.min, 'min', index, (name, bound) => minViolation(subject, name, bound)));
    violations.push(...collect(item.max, 'max', index, (name, bound) => maxRequestViolation(subject, name, bound)));
  }
  return violations;
}

function boundViolations(subject: Subject, item: LimitRangeItem, index: number): LimitViolation[] {
  return [
    ...collect(item.min, 'min', index, (name, bound) => minViolation(subject, name, bound)),
    ...collect(item.max, 'max', index, (name, bound) => maxViolation(subject, name, bound)),
    ...collect(item.maxLimitRequestRatio, 'maxLimitRequestRatio', index, (name, bound) => ratioViolation(subject, name, bound)),
  ];
}

function collect(
  bounds: ResourceList,
  bound: LimitViolation['bound'],
  item: number,
  check: (name: string, bound: Quantity) => string | undefined,
): LimitViolation[] {
  return sortedEntries(bounds).flatMap(([resource, quantity]) => {
    const message = check(resource, quantity);
    return message === undefined ? [] : [{ message, resource, bound, item }];
  });
}

/** Values at one precision: thousandths while all of them fit, whole units else (K: requestLimitEnforcedValues). */
function comparable(...quantities: readonly Quantity[]): bigint[] {
  const whole = quantities.map(quantityValue);
  return whole.every((value) => value <= maxMilliValue) ? quantities.map(quantityMilliValue) : whole;
}

function observe(subject: Subject, name: string, enforced: Quantity) {
  const request = subject.requests.get(name);
  const limit = subject.limits.get(name);
  const [requestValue = 0n, limitValue = 0n, bound = 0n] = comparable(request ?? zeroQuantity, limit ?? zeroQuantity, enforced);
  return { request, limit, requestValue, limitValue, bound };
}

function minViolation(subject: Subject, name: string, enforced: Quantity): string | undefined {
  const { request, limit, requestValue, limitValue, bound } = observe(subject, name, enforced);
  const start = `minimum ${name} usage per ${subject.type} is ${formatQuantity(enforced)}`;
  if (request === undefined) return `${start}.  No request is specified`;
  if (requestValue < bound) return `${start}, but request is ${formatQuantity(request)}`;
  if (limit !== undefined && limitValue < bound) return `${start}, but limit is ${formatQuantity(limit)}`;
  return undefined;
}

function maxViolation(subject: Subject, name: string, enforced: Quantity): string | undefined {
  const { request, limit, requestValue, limitValue, bound } = observe(subject, name, enforced);
  const start = `maximum ${name} usage per ${subject.type} is ${formatQuantity(enforced)}`;
  if (limit === undefined) return `${start}.  No limit is specified`;
  if (limitValue > bound) return `${start}, but limit is ${formatQuantity(limit)}`;
  if (request !== undefined && requestValue > bound) return `${start}, but request is ${formatQuantity(request)}`;
  return undefined;
}

function maxRequestViolation(subject: Subject, name: string, enforced: Quantity): string | undefined {
  const { request, requestValue, bound } = observe(subject, name, enforced);
  const start = `maximum ${name} usage per ${subject.type} is ${formatQuantity(enforced)}`;
  if (request === undefined) return `${start}.  No request is specified`;
  return requestValue > bound ? `${start}, but request is ${formatQuantity(request)}` : undefined;
}

function ratioViolation(subject: Subject, name: string, enforced: Quantity): string | undefined {
  const { request, limit, requestValue, limitValue } = observe(subject, name, enforced);
  const start = `${name} max limit to request ratio per ${subject.type} is ${formatQuantity(enforced)}`;
  if (request === undefined || requestValue === 0n) return `${start}, but no request is specified or request is 0`;
  if (limit === undefined || limitValue === 0n) return `${start}, but no limit is specified or limit is 0`;
  const ratio = Number(limitValue) / Number(requestValue);
  const whole = quantityValue(enforced);
  const [observed, most] = whole <= maxMilliValue ? [ratio * 1000, Number(quantityMilliValue(enforced))] : [ratio, Number(whole)];
  return observed > most ? `${start}, but provided ratio is ${formatFixed(ratio)}` : undefined;
}
