import { type Quantity, compareQuantities, formatQuantity, quantitySign, subtractQuantities } from '../../cluster/quantity.ts';
import { type ResourceList, maskResources, sortedEntries, sumResources, withoutZeros } from '../resource-list.ts';
import type { LimitedResource } from './configuration.ts';
import { type MeasureContext, type QuotaEvaluator, type QuotaRequest, formatGroupResource } from './evaluator.ts';
import { evaluatorFor } from './evaluators.ts';
import { type ResourceQuota, type ScopeRequirement, formatScopeRequirements } from './quota.ts';

/** A refusal of the ResourceQuota plugin. `plain`: an error without HTTP reason (500) instead of Forbidden (403). */
export interface QuotaRefusal {
  readonly message: string;
  readonly plain: boolean;
  readonly quota?: string;
  /** Resources of the quota that refuse. */
  readonly resources: readonly string[];
}

interface Charge {
  readonly quota: ResourceQuota;
  readonly delta: ResourceList;
}

/**
 * Decides a request as the ResourceQuota plugin does (A: pkg/admission/plugin/resourcequota/controller.go CheckRequest).
 * The server's cache has no order, so any of several quotas may be the one that is named: all possible refusals are
 * returned, those of the given order first; none: the request passes.
 */
export function quotaRefusals(
  request: QuotaRequest,
  quotas: readonly ResourceQuota[],
  limited: readonly LimitedResource[],
  context: MeasureContext,
): readonly QuotaRefusal[] {
  // Before 1.32 the plugin looked at no subresource.
  if (request.subresource !== '' && !context.gates.resizeSubresource) return [];
  const evaluator = evaluatorFor(request.groupResource, context);
  if (evaluator === undefined || !evaluator.handles(request)) return [];
  if (quotas.length === 0 && limited.length === 0) return [];

  const matching = quotas.filter((quota) => matchesQuota(quota, evaluator, request.object));
  const early = matching.flatMap((quota) => earlyRefusal(quota, evaluator, request));
  if (early.length > 0) return early;

  const usage = evaluator.usage(request.object);
  const negative = sortedEntries(usage).filter(([, quantity]) => quantitySign(quantity) < 0);
  if (negative.length > 0) {
    const names = negative.map(([name]) => name);
    return [{ message: `quota usage is negative for resource(s): ${names.join(',')}`, plain: false, resources: names }];
  }
  const charges = chargesOf(request, matching, usage, evaluator, context);
  if (charges === undefined) return [];

  const uncovered = uncoveredRefusal(request, quotas, matching, limited, evaluator, usage);
  if (uncovered !== undefined) return [uncovered];
  if (request.subresource === 'status') return [];
  return charges.flatMap(exceededRefusal);
}

function matchesQuota(quota: ResourceQuota, evaluator: QuotaEvaluator, object: QuotaRequest['object']): boolean {
  if (![...quota.hard.keys()].some(evaluator.matchesResource)) return false;
  return quota.scopes.every((scope) => evaluator.matchesScope(scope, object));
}

function countedNames(quota: ResourceQuota, evaluator: QuotaEvaluator): string[] {
  return [...quota.hard.keys()].filter(evaluator.matchesResource).sort();
}

function earlyRefusal(quota: ResourceQuota, evaluator: QuotaEvaluator, request: QuotaRequest): QuotaRefusal[] {
  const counted = countedNames(quota, evaluator);
  const missing = evaluator.missing(counted, request.object);
  if (missing !== undefined) {
    return [{ message: `failed quota: ${quota.name}: ${missing}`, plain: false, quota: quota.name, resources: counted }];
  }
  if (counted.every((name) => quota.used.has(name))) return [];
  const message = `status unknown for quota: ${quota.name}, resources: ${counted.join(',')}`;
  return [{ message, plain: false, quota: quota.name, resources: counted }];
}

/** What each matching quota is charged; `undefined`: nothing changes for any. */
function chargesOf(
  request: QuotaRequest,
  matching: readonly ResourceQuota[],
  usage: ResourceList,
  evaluator: QuotaEvaluator,
  context: MeasureContext,
): Charge[] | undefined {
  const { oldObject } = request;
  let deltaOf = (_quota: ResourceQuota): ResourceList => usage;
  let alone = usage;
  if (request.operation === 'UPDATE' && oldObject !== undefined) {
    const change = increase(usage, evaluator.usage(oldObject));
    alone = change;
    // From 1.33 a quota that did not match the object before is charged in full.
    deltaOf = (quota) => (!context.gates.scopeChanges || matchesQuota(quota, evaluator, oldObject) ? change : usage);
  }
  const charges = matching
    .map((quota) => ({ quota, delta: withoutZeros(deltaOf(quota)) }))
    .filter((charge) => charge.delta.size > 0);
  if (matching.length > 0) return charges.length === 0 ? undefined : charges;
  return withoutZeros(alone).size === 0 ? undefined : [];
}

function increase(now: ResourceList, before: ResourceList): ResourceList {
  const change = new Map<string, Quantity>();
  for (const [name, quantity] of now) {
    const old = before.get(name);
    const difference = old === undefined ? quantity : subtractQuantities(quantity, old);
    if (quantitySign(difference) > 0) change.set(name, difference);
  }
  return change;
}

function uncoveredRefusal(
  request: QuotaRequest,
  quotas: readonly ResourceQuota[],
  matching: readonly ResourceQuota[],
  limited: readonly LimitedResource[],
  evaluator: QuotaEvaluator,
  usage: ResourceList,
): QuotaRefusal | undefined {
  const covered = new Set(matching.flatMap((quota) => countedNames(quota, evaluator)));
  const uncovered = limitedNames(request, limited, usage).filter((name) => !covered.has(name));
  if (uncovered.length > 0) {
    return { message: `insufficient quota to consume: ${uncovered.join(',')}`, plain: false, resources: uncovered };
  }
  if (!evaluator.limitsScopes) return undefined;
  const matched = (scopes: readonly ScopeRequirement[]) =>
    scopes.filter((scope) => evaluator.matchesScope(scope, request.object));
  const present = new Set(quotas.flatMap((quota) => matched(quota.scopes)).map((scope) => scope.scopeName));
  const missing = limited.flatMap((resource) => matched(resource.matchScopes)).filter((scope) => !present.has(scope.scopeName));
  if (missing.length === 0) return undefined;
  const message = `insufficient quota to match these scopes: ${formatScopeRequirements(missing)}`;
  return { message, plain: true, resources: [] };
}

function limitedNames(request: QuotaRequest, limited: readonly LimitedResource[], usage: ResourceList): string[] {
  const wanted = formatGroupResource(request.groupResource);
  const contained = limited
    .filter((item) => formatGroupResource({ group: item.apiGroup, resource: item.resource }) === wanted)
    .flatMap((item) => item.matchContains);
  return sortedEntries(usage)
    .filter(([name, quantity]) => quantitySign(quantity) > 0 && contained.some((part) => name.includes(part)))
    .map(([name]) => name);
}

function exceededRefusal({ quota, delta }: Charge): QuotaRefusal[] {
  const requested = maskResources(delta, quota.hard.keys());
  const after = sumResources(quota.used, requested);
  const exceeded = [...quota.hard.keys()].filter((name) => {
    const hard = quota.hard.get(name);
    const total = after.get(name);
    return requested.has(name) && hard !== undefined && total !== undefined && compareQuantities(total, hard) > 0;
  });
  if (exceeded.length === 0) return [];
  const print = (list: ResourceList) =>
    sortedEntries(maskResources(list, exceeded))
      .map(([name, quantity]) => `${name}=${formatQuantity(quantity)}`)
      .join(',');
  const message = `exceeded quota: ${quota.name}, requested: ${print(requested)}, used: ${print(quota.used)}, limited: ${print(quota.hard)}`;
  return [{ message, plain: false, quota: quota.name, resources: exceeded.toSorted() }];
}
