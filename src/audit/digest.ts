import { serviceAccountOf } from '../authentication/user.ts';
import { privilegedGroup } from '../authorization/privileged-group.ts';
import type { AuditDigest } from '../cluster/cluster.ts';
import { stringAt } from '../cluster/json.ts';
import type { Place } from '../cluster/place.ts';
import type { AuditEvent } from './event.ts';
import { secretContents } from './secret-contents.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Master = Mutable<AuditDigest['masters'][number]>;
type SecretBody = Mutable<AuditDigest['secretBodies'][number]>;

/**
 * Gathers from a stream of events what controls ask for. It keeps counts, names, times and places, never a value of a body.
 *
 * Memory grows with the number of different users, accounts, namespaces and kinds of finding, not with the number of events.
 * The digest does not depend on the order of the events, but for the places, which are those of the first event given.
 */
export class AuditDigester {
  #events = 0;
  #unreadable = 0;
  #namesGroups = false;
  #first = '';
  #last = '';
  readonly #sources = new Set<string>();
  readonly #masters = new Map<string, Master>();
  readonly #serviceAccounts = new Set<string>();
  readonly #secretBodies = new Map<string, SecretBody>();
  readonly #enforce = new Map<string, { readonly value: string; readonly time: string }>();

  /** Names a source that was read, also one without events. */
  addSource(source: string): void {
    this.#sources.add(source);
  }

  /** Counts lines that were no events. */
  addUnreadable(count: number): void {
    this.#unreadable += count;
  }

  /** Takes one event and where it stands. */
  add(event: AuditEvent, place: Place): void {
    this.#events++;
    if (event.time !== '') {
      if (this.#first === '' || isBefore(event.time, this.#first)) this.#first = event.time;
      if (this.#last === '' || isBefore(this.#last, event.time)) this.#last = event.time;
    }
    this.#addUser(event, place);
    this.#addSecretBodies(event, place);
    this.#addEnforcePolicy(event);
  }

  #addUser({ user, impersonatedUser, time }: AuditEvent, place: Place): void {
    if (user.groups.length > 0) this.#namesGroups = true;
    if (serviceAccountOf(user.username) !== undefined) this.#serviceAccounts.add(user.username);
    const isMaster = user.groups.includes(privilegedGroup) || (impersonatedUser?.groups.includes(privilegedGroup) ?? false);
    if (!isMaster) return;
    const former = this.#masters.get(user.username);
    if (former === undefined) {
      this.#masters.set(user.username, { user: user.username, count: 1, last: time, place });
      return;
    }
    former.count++;
    if (isBefore(former.last, time)) former.last = time;
  }

  #addSecretBodies(event: AuditEvent, place: Place): void {
    for (const { resource, what } of secretContents(event)) {
      const key = JSON.stringify([resource, event.verb, what]);
      const former = this.#secretBodies.get(key);
      if (former === undefined) this.#secretBodies.set(key, { resource, verb: event.verb, what, count: 1, place });
      else former.count++;
    }
  }

  #addEnforcePolicy({ objectRef, verb, annotations, time }: AuditEvent): void {
    if (verb !== 'create' || objectRef?.resource !== 'pods' || objectRef.subresource !== '' || objectRef.apiGroup !== '') return;
    const value = stringAt(annotations['pod-security.kubernetes.io/enforce-policy']);
    if (value === undefined) return;
    const former = this.#enforce.get(objectRef.namespace);
    if (former === undefined || isBefore(former.time, time) || (former.time === time && former.value < value))
      this.#enforce.set(objectRef.namespace, { value, time });
  }

  /** The digest of all that was added so far; lists are sorted by name. */
  digest(): AuditDigest {
    const bodies = [...this.#secretBodies.entries()].sort(([a], [b]) => compare(a, b));
    const enforce = [...this.#enforce.entries()].sort(([a], [b]) => compare(a, b));
    return {
      sources: [...this.#sources],
      events: this.#events,
      first: this.#first,
      last: this.#last,
      masters: [...this.#masters.values()].map((master) => ({ ...master })).sort((a, b) => compare(a.user, b.user)),
      serviceAccounts: [...this.#serviceAccounts].sort(),
      secretBodies: bodies.map(([, body]) => ({ ...body })),
      enforcePolicies: Object.fromEntries(enforce.map(([namespace, { value }]) => [namespace, value])),
      unreadable: this.#unreadable,
      ...(this.#namesGroups ? {} : { namesGroups: false }),
    };
  }
}

/** Compares RFC 3339 times; microseconds and offsets count. */
function isBefore(a: string, b: string): boolean {
  const [left, right] = [Date.parse(a), Date.parse(b)];
  if (left !== right && !Number.isNaN(left) && !Number.isNaN(right)) return left < right;
  return a < b;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
