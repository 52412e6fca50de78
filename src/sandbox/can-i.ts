import { impliedGroups } from '../authentication/user.ts';
import type { JsonObject } from '../cluster/json.ts';
import { objectAt, stringAt } from '../cluster/json.ts';
import type { Ask } from './objects/api-resources.ts';
import { ApiResources, bodyOf } from './objects/api-resources.ts';

/** A question to the server's authorization: may this subject do that? */
export interface Question {
  /** As it was given. */
  readonly text: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  /** `deployments`, with its group after the first dot; or a path as `/metrics`. */
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly namespace: string;
}

/** The server's answer. */
export interface Answer {
  readonly allowed: boolean;
  readonly reason: string;
}

/** A question cannot be read; `message` says what was expected. */
export type QuestionReading =
  { readonly kind: 'question'; readonly question: Question } | { readonly kind: 'refused'; readonly message: string };

/**
 * Reads `SUBJECT VERB RESOURCE[.GROUP][/SUBRESOURCE] [NAME] [-n NAMESPACE]` or `SUBJECT VERB /path`. SUBJECT is a user, `group:NAME`, or
 * both joined by commas; the groups that every user, service account or anonymous user has are added, as authentication does.
 */
export function readQuestion(text: string): QuestionReading {
  const words = text.trim().split(/\s+/);
  let namespace = '';
  const at = words.findIndex((word) => word === '-n' || word === '--namespace' || word.startsWith('--namespace='));
  if (at >= 0) {
    const joined = words[at]?.startsWith('--namespace=') === true;
    namespace = joined ? (words[at] ?? '').slice('--namespace='.length) : (words[at + 1] ?? '');
    words.splice(at, joined ? 1 : 2);
  }
  const [subject = '', verb = '', target = '', name = '', ...rest] = words;
  const parts = subject.split(',');
  const users = parts.filter((part) => !part.startsWith('group:'));
  if (subject === '' || verb === '' || target === '' || rest.length > 0 || users.length > 1)
    return { kind: 'refused', message: `\`${text}\` is no question, expected SUBJECT VERB RESOURCE [NAME] [-n NAMESPACE]` };
  const [user = ''] = users;
  const groups = parts.filter((part) => part.startsWith('group:')).map((part) => part.slice('group:'.length));
  const slash = target.startsWith('/') ? -1 : target.indexOf('/');
  return {
    kind: 'question',
    question: {
      text: text.trim(),
      user,
      groups: [...new Set([...groups, ...impliedGroups(user)])],
      verb,
      resource: slash < 0 ? target : target.slice(0, slash),
      subresource: slash < 0 ? '' : target.slice(slash + 1),
      name,
      namespace,
    },
  };
}

/** Asks the server that runs. A resource without a group is looked up as kubectl does. */
export async function askQuestion(ask: Ask, question: Question): Promise<Answer> {
  const { user, groups } = question;
  const spec = { ...(user === '' ? {} : { user }), groups, ...(await attributesOf(ask, question)) };
  const { status, body } = await ask('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec,
  });
  const answer = bodyOf(body);
  const review = objectAt(answer['status']);
  const reasons = [review['reason'], review['evaluationError']].map((part) => stringAt(part) ?? '');
  if (status >= 300) return { allowed: false, reason: stringAt(answer['message']) ?? `HTTP ${status}` };
  return { allowed: review['allowed'] === true, reason: reasons.filter((part) => part !== '').join('; ') };
}

async function attributesOf(ask: Ask, question: Question): Promise<JsonObject> {
  const { verb, resource, subresource, name, namespace } = question;
  if (resource.startsWith('/')) return { nonResourceAttributes: { path: resource, verb } };
  const dot = resource.indexOf('.');
  const plural = dot < 0 ? resource : resource.slice(0, dot);
  const group = dot < 0 ? ((await new ApiResources(ask).groupOf(plural)) ?? '') : resource.slice(dot + 1);
  const attributes = { verb, group, version: '*', resource: plural, subresource, name, namespace };
  return { resourceAttributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== '')) };
}
