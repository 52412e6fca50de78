import { forbiddenMessage } from '../authorization/forbidden.ts';
import { isPrivileged } from '../authorization/privileged-group.ts';
import { authorize, rulesFor } from '../authorization/rbac/rbac.ts';
import { toldByRbac } from '../authorization/told-reason.ts';
import type { JsonObject } from '../cluster/json.ts';
import { stringAt } from '../cluster/json.ts';
import type { EvalEngine } from './engine.ts';
import { rbacStateOf, userOf } from './rbac-input.ts';

/** What a client asks for before any rule is shown. */
const review = {
  kind: 'resource',
  verb: 'create',
  apiGroup: 'authorization.k8s.io',
  resource: 'selfsubjectrulesreviews',
  subresource: '',
  name: '',
  namespace: '',
} as const;

/** `bulwark eval rbac-rules`: the SelfSubjectRulesReview of a user in a namespace, or why it is refused (shapes: docs/eval.md). */
export const answer: EvalEngine = (input, minor) => {
  const user = userOf(input['user']);
  if ('bad' in user) return user.bad;
  const { compiled } = rbacStateOf(input);
  const asked = authorize(compiled, user, review);
  if (!isPrivileged(user) && asked.kind !== 'allow')
    return { result: { refused: 403, message: forbiddenMessage(user.username, review, toldByRbac(asked.reason, minor), minor) } };
  const namespace = stringAt(input['namespace']) ?? '';
  if (namespace === '') return { result: { refused: 400, message: 'no namespace on request' } };
  // Members of system:masters are allowed everything, and shown only what RBAC grants them.
  const { rules, errors } = rulesFor(compiled, user, namespace);
  const resourceRules: JsonObject[] = [];
  const nonResourceRules: JsonObject[] = [];
  for (const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } of rules) {
    if (resources.length > 0) resourceRules.push({ ...listed({ verbs, apiGroups, resources, resourceNames }) });
    if (nonResourceURLs.length > 0) nonResourceRules.push({ ...listed({ verbs, nonResourceURLs }) });
  }
  return { result: { resourceRules, nonResourceRules, incomplete: false, evaluationErrors: [...new Set(errors)] } };
};

/** The lists that are not empty, as JSON has them. */
function listed(lists: Readonly<Record<string, readonly string[]>>): JsonObject {
  return Object.fromEntries(
    Object.entries(lists)
      .filter(([, list]) => list.length > 0)
      .map(([name, list]) => [name, [...list]]),
  );
}
