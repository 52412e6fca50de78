import type { FieldPath } from '../../cluster/json.ts';
import type { ContainerView, PodView } from './pod-view.ts';

/** The API server whose code judges: what a check of one policy version says may still differ between servers. */
export interface PodSecurityServer {
  readonly minor: number;
  /** The alpha gate UserNamespacesPodSecurityStandards of 1.29 to 1.34 (off unless the flag says so). */
  readonly userNamespacesPodSecurityStandards?: boolean;
}

/** Why a check refuses a pod: the words of the server's message, and the fields they are about. */
export interface Violation {
  /** Succinct; alone in warnings about existing pods. */
  readonly reason: string;
  /** Stands in parentheses behind the reason; may be empty. */
  readonly detail: string;
  /** Offending fields, from the top of the pod; of a field that should be set and is not, its container. */
  readonly fields: readonly FieldPath[];
}

/** One way in which a check has judged pods, from a policy version on. */
export interface Revision {
  /** First minor of the policy version. */
  readonly since: number;
  readonly check: (pod: PodView, server: PodSecurityServer) => Violation | undefined;
  /** Baseline checks that this one replaces at level restricted. */
  readonly overrides?: readonly string[];
}

/** A check of the Pod Security Standards; its id is upstream's. Revisions ascend. */
export interface Check {
  readonly id: string;
  readonly level: 'baseline' | 'restricted';
  readonly revisions: readonly Revision[];
}

/** `"a", "b"`; names are not escaped, as upstream's joinQuote does not. */
export function quoted(items: readonly string[]): string {
  return items.length === 0 ? '' : `"${items.join('", "')}"`;
}

/** The first word for one thing, the second for none or several. */
export function plural(one: string, several: string, count: number): string {
  return count === 1 ? one : several;
}

/** `container "a"` or `containers "a", "b"`. */
export function named(containers: readonly ContainerView[]): string {
  return `${plural('container', 'containers', containers.length)} ${quoted(containers.map((container) => container.name))}`;
}

/** `pod`, `container "a"`, or both joined with `and`: who set a value. */
export function setters(pod: boolean, containers: readonly ContainerView[]): string {
  const parts = pod ? ['pod'] : [];
  if (containers.length > 0) parts.push(named(containers));
  return parts.join(' and ');
}

/** Distinct texts by code unit, as the messages list values. */
export function sortedSet(items: Iterable<string>): string[] {
  const distinct = [...new Set(items)];
  return distinct.length < 2 ? distinct : distinct.sort();
}

/** A text field; absent and wrong types read as empty, as Go's zero value. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
