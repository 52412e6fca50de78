import type { Json, JsonObject } from '../cluster/json.ts';
import { objectAt, stringAt } from '../cluster/json.ts';
import type { Subject } from '../results/finding.ts';
import type { Impersonated } from './caller.ts';
import { offerOf } from './caller.ts';
import { NotPossible } from './not-possible.ts';
import type { World } from './world.ts';

/** A right in question, as a SubjectAccessReview names it. */
export interface AskedRight {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

export const reviewPath = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

/** Asks the server's authorizers whether somebody may do something. Throws NotPossible where the credential in use may not ask. */
export async function isAllowed(
  world: World,
  who: Impersonated,
  right: AskedRight,
): Promise<{ readonly allowed: boolean; readonly reason: string }> {
  const body: Json = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: who.user, groups: who.groups, resourceAttributes: attributesOf(right) },
  };
  const answer = offerOf(await world.caller.self.write({ method: 'POST', path: reviewPath, body }));
  if (answer.status !== 200) throw new NotPossible(`SubjectAccessReview: ${answer.status} ${answer.message}`);
  const status = objectAt(objectAt(answer.body)['status']);
  return { allowed: status['allowed'] === true, reason: stringAt(status['reason']) ?? '' };
}

/** The right as the resourceAttributes of a review. */
export function attributesOf({ verb, group, resource, subresource, namespace, name }: AskedRight): JsonObject {
  return {
    verb,
    group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

/** Prints rights, those on one resource together: `get, list secrets; create pods`. */
export function describeRights(rights: readonly AskedRight[]): string {
  const verbs = new Map<string, string[]>();
  for (const right of rights) {
    const on = describeRight({ ...right, verb: '' }).trim();
    verbs.set(on, [...(verbs.get(on) ?? []), right.verb]);
  }
  return [...verbs]
    .map(([on, list]) => (on === '*' && list.join() === '*' ? 'do everything' : `${list.join(', ')} ${on}`))
    .join('; ');
}

/** Prints a right: `list secrets`, `get secrets canary in web`. */
export function describeRight({ verb, group, resource, subresource, namespace, name }: AskedRight): string {
  const what = `${resource}${group === '' || group === '*' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return `${verb} ${what}${name === undefined ? '' : ` ${name}`}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

/** How the server sees a subject of RBAC: a user with its groups. `undefined` for what is no such subject. */
export function impersonatedOf(subject: Subject): Impersonated | undefined {
  const { kind, name, namespace } = subject;
  if (kind === 'ServiceAccount') return accountOf(namespace ?? 'default', name);
  if (kind === 'Group') return { user: 'bulwark-verify-member', groups: [...new Set([name, groupOfAll(name)])] };
  if (kind !== 'User') return undefined;
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  if (account !== null) return accountOf(account[1] ?? '', account[2] ?? '');
  return { user: name, groups: name === 'system:anonymous' ? ['system:unauthenticated'] : ['system:authenticated'] };
}

/** Whoever is a member of any group but one has authenticated. */
function groupOfAll(group: string): string {
  return group === 'system:unauthenticated' ? group : 'system:authenticated';
}

/** A service account as the server knows it. */
export function accountOf(namespace: string, name: string): Impersonated {
  return {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}
