import type { AccessRow } from '../audit/store/types.ts';
import type { AuthenticationWorld } from '../authentication/callers.ts';
import { authenticationWorldOf, outcomeFor } from '../authentication/callers.ts';
import type { User } from '../authentication/user.ts';
import type { Attributes } from '../authorization/attributes.ts';
import type { CompiledAuthorization, Decision } from '../authorization/chain.ts';
import { authorizationWorldOf, compileAuthorization, decide } from '../authorization/chain.ts';
import { impersonate } from '../authorization/impersonation/impersonation.ts';
import type { Cluster } from '../cluster/cluster.ts';

/** A configuration that can answer requests. */
export interface World {
  readonly authentication: AuthenticationWorld;
  readonly authorization: CompiledAuthorization;
}

/** What a world says to an access. */
export type Outcome =
  | { readonly kind: 'allowed'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'turned away'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export function worldOf(cluster: Cluster): World {
  return { authentication: authenticationWorldOf(cluster), authorization: compileAuthorization(authorizationWorldOf(cluster)) };
}

/** What authorization says to an access: impersonation first, then the request, then what making an object by PUT or PATCH asks besides. */
export function authorizeAccess(authorization: CompiledAuthorization, row: AccessRow): Outcome {
  let unknown: string | undefined;
  const ask = (user: User, attributes: Attributes): string | undefined => {
    const decision = decide(authorization, user, attributes);
    if (decision.kind === 'unknown') unknown ??= decision.why;
    return decision.kind === 'noOpinion' ? decision.reason : undefined;
  };
  const { user, impersonatedUser, attributes } = row;
  if (impersonatedUser !== undefined) {
    const wanted = {
      username: impersonatedUser.username,
      uid: impersonatedUser.uid ?? '',
      groups: withoutEverybody(impersonatedUser),
      extra: {},
    };
    const answer = impersonate(ask, user, wanted, attributes, authorization.world.minor);
    if (unknown !== undefined) return { kind: 'unknown', reason: unknown };
    if (answer.kind === 'refused') return { kind: 'refused', reason: answer.message };
  }
  const decision = decide(authorization, impersonatedUser ?? user, attributes);
  if (decision.kind !== 'allow') return outcomeOf(decision);
  const makes =
    row.code === 201 && attributes.kind === 'resource' && (attributes.verb === 'update' || attributes.verb === 'patch');
  return outcomeOf(makes ? decide(authorization, impersonatedUser ?? user, { ...attributes, verb: 'create' }) : decision);
}

/** Groups that the caller must have asked for: those that everybody, or the account, has come by themselves. */
function withoutEverybody({ username, groups }: User): readonly string[] {
  const own = ['system:authenticated', 'system:unauthenticated'];
  if (username.startsWith('system:serviceaccount:'))
    own.push(...groups.filter((group) => group.startsWith('system:serviceaccounts')));
  return groups.filter((group) => !own.includes(group));
}

function outcomeOf(decision: Decision): Outcome {
  if (decision.kind === 'allow') return { kind: 'allowed', reason: decision.reason };
  if (decision.kind === 'unknown') return { kind: 'unknown', reason: decision.why };
  return { kind: 'refused', reason: decision.reason };
}

/** What a planned world says to an access that today's lets through: still let in, then allowed? */
export function plannedOutcome(today: World, planned: World, row: AccessRow): Outcome {
  const path = row.attributes.kind === 'nonResource' ? row.attributes.path : '';
  const caller = outcomeFor(today.authentication, planned.authentication, { user: row.user, path });
  if (caller.kind === 'turnedAway') return { kind: 'turned away', reason: caller.why };
  const outcome = authorizeAccess(planned.authorization, row);
  if (caller.kind === 'unknown' && outcome.kind === 'allowed') return { kind: 'unknown', reason: caller.why };
  return outcome;
}
