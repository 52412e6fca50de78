import { isPrivileged } from '../authorization/privileged-group.ts';
import { authorize, grantsFor } from '../authorization/rbac/rbac.ts';
import type { EvalEngine } from './engine.ts';
import { attributesOf, rbacStateOf, userOf } from './rbac-input.ts';

/** `bulwark eval rbac`: one access decision, every reason that the server may give, the roles that were not found (shapes: docs/eval.md). */
export const answer: EvalEngine = (input) => {
  const user = userOf(input['user']);
  if ('bad' in user) return user.bad;
  const { compiled } = rbacStateOf(input);
  const attributes = attributesOf(input['attributes']);
  if (isPrivileged(user)) return { result: { allowed: true, reasons: [''], resolutionErrors: [] } };
  const decision = authorize(compiled, user, attributes);
  const reasons = [...new Set(grantsFor(compiled, user, attributes).map(({ reason }) => reason))];
  const resolutionErrors = decision.kind === 'noOpinion' ? [...decision.resolutionErrors] : [];
  return { result: { allowed: decision.kind === 'allow', reasons, resolutionErrors } };
};
