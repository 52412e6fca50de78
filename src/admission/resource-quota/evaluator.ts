import type { JsonObject } from '../../cluster/json.ts';
import type { PodResources } from '../pod-resources.ts';
import type { ResourceGates } from '../resource-gates.ts';
import type { ResourceList } from '../resource-list.ts';
import type { ScopeRequirement } from './quota.ts';

/** A resource of the API without its version. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** Prints `deployments.apps`, or `pods` for the core group. */
export function formatGroupResource({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** An object to measure; `pod`: the resources of a pod that were read already, after defaults. */
export interface MeasuredObject {
  readonly json: JsonObject;
  readonly pod?: PodResources;
}

/** A request as quota sees it. */
export interface QuotaRequest {
  readonly operation: 'CREATE' | 'UPDATE';
  readonly groupResource: GroupResource;
  readonly subresource: string;
  readonly object: MeasuredObject;
  readonly oldObject?: MeasuredObject;
}

/** How one kind of object is measured (A: pkg/quota/v1 Evaluator). */
export interface QuotaEvaluator {
  readonly handles: (request: QuotaRequest) => boolean;
  readonly matchesResource: (name: string) => boolean;
  readonly matchesScope: (requirement: ScopeRequirement, object: MeasuredObject) => boolean;
  /** Whether limited scopes without a covering quota are refused. */
  readonly limitsScopes: boolean;
  /** What the object lacks though a matching quota counts it. */
  readonly missing: (counted: readonly string[], object: MeasuredObject) => string | undefined;
  readonly usage: (object: MeasuredObject) => ResourceList;
}

/** What evaluators depend on beside the object: the version, and the time for pods being deleted (milliseconds). */
export interface MeasureContext {
  readonly gates: ResourceGates;
  readonly now?: number;
}

/** The name under which objects are counted: `count/deployments.apps`. */
export function objectCountName(groupResource: GroupResource): string {
  return `count/${formatGroupResource(groupResource)}`;
}
