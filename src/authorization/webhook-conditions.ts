import type { Expression } from '../authentication/cel/expression.ts';
import { readExpression } from '../authentication/cel/expression.ts';
import type { User } from '../authentication/user.ts';
import type { Json } from '../cluster/json.ts';
import type { Attributes } from './attributes.ts';
import type { AuthorizerWebhook } from './configuration-types.ts';

/** What of a webhook decides whether it is asked, and what follows where it does not answer. */
export type WebhookConditions = Pick<AuthorizerWebhook, 'failurePolicy' | 'matchConditions'>;

/** `skipped`: it has no opinion, without being asked; `asked`: every condition is true; `unsure`: that is not known, and why. */
export type WebhookMatch =
  { readonly kind: 'skipped' } | { readonly kind: 'asked' } | { readonly kind: 'unsure'; readonly why: string };

const compiled = new WeakMap<WebhookConditions, readonly (Expression | undefined)[]>();

function expressionsOf(webhook: WebhookConditions): readonly (Expression | undefined)[] {
  let found = compiled.get(webhook);
  if (found === undefined) {
    // The version of an API and the selectors of a request are not among the attributes that are known here.
    found = webhook.matchConditions.map(({ expression }) =>
      /version|Selector/.test(expression) ? undefined : readExpression(expression, 'request'),
    );
    compiled.set(webhook, found);
  }
  return found;
}

/**
 * Puts a request to the match conditions of a webhook: one that is false leaves the webhook out, whatever the others are; an error leaves it
 * out too where the failure policy is NoOpinion.
 *
 * Rule source: k8s.io/apiserver pkg/authorization/cel/matcher.go, plugin/pkg/authorizer/webhook/webhook.go; real servers.
 */
export function matchWebhook(webhook: WebhookConditions, user: User, attributes: Attributes): WebhookMatch {
  const request = reviewOf(user, attributes);
  let unsure: string | undefined;
  let failed: string | undefined;
  for (const [index, expression] of expressionsOf(webhook).entries()) {
    const text = webhook.matchConditions[index]?.expression ?? '';
    const result = expression?.evaluate(request);
    if (result?.kind === 'value' && result.value === false) return { kind: 'skipped' };
    if (result?.kind === 'value' && result.value === true) continue;
    if (result?.kind === 'error') failed ??= `the condition ${text} fails: ${result.message}`;
    else unsure ??= `the condition ${text} was not evaluated`;
  }
  if (unsure !== undefined) return { kind: 'unsure', why: unsure };
  if (failed === undefined) return { kind: 'asked' };
  return webhook.failurePolicy === 'NoOpinion' ? { kind: 'skipped' } : { kind: 'unsure', why: failed };
}

/** A SubjectAccessReviewSpec with every text of it, empty ones too, as conditions see it. */
function reviewOf({ username, groups, uid = '', extra = {} }: User, attributes: Attributes): Json {
  const about =
    attributes.kind === 'nonResource'
      ? { nonResourceAttributes: { path: attributes.path, verb: attributes.verb } }
      : {
          resourceAttributes: {
            namespace: attributes.namespace,
            verb: attributes.verb,
            group: attributes.apiGroup,
            resource: attributes.resource,
            subresource: attributes.subresource,
            name: attributes.name,
          },
        };
  const more = Object.fromEntries(Object.entries(extra).map(([name, values]) => [name, [...values]]));
  return { user: username, groups: [...groups], uid, extra: more, ...about };
}

/** What is told of a webhook that decides: its failure policy and its conditions. */
export function toldWebhook(name: string, webhook: WebhookConditions | undefined): string {
  const asked = `the webhook ${name} decides, and was not asked`;
  if (webhook === undefined) return asked;
  const conditions = webhook.matchConditions.map(({ expression }) => expression);
  const where = conditions.length === 0 ? 'for every request' : `where ${conditions.join(' and ')}`;
  return `${asked}; the server asks it ${where}, and without an answer its failurePolicy is ${webhook.failurePolicy}`;
}
