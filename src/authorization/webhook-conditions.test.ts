import { expect, test } from 'vitest';
import { compileAuthorization, decide } from './chain.ts';
import { nodeAuthorizer } from './node/node-authorizer.ts';
import { readRbacObjects } from './rbac/objects.ts';

const webhook = (failurePolicy: string, ...expressions: string[]) => ({
  failurePolicy,
  matchConditions: expressions.map((expression) => ({ expression })),
});
const inShop = "has(request.resourceAttributes) && request.resourceAttributes.namespace == 'shop'";

function answer(of: ReturnType<typeof webhook>, namespace: string): unknown {
  const compiled = compileAuthorization({
    authorizers: [
      { type: 'Webhook', name: 'opa', webhook: of },
      { type: 'AlwaysAllow', name: 'alwaysallow' },
    ],
    assumptions: [],
    rbac: readRbacObjects([]),
    node: nodeAuthorizer(undefined, 36),
    minor: 36,
  });
  const about = { verb: 'get', apiGroup: '', resource: 'pods', subresource: '', name: '', namespace };
  return decide(compiled, { username: 'ann', groups: [] }, { kind: 'resource', ...about });
}

test('a request that its conditions leave out goes on to the next authorizer', () => {
  expect(answer(webhook('Deny', inShop), 'web')).toMatchObject({ kind: 'allow', authorizer: 'AlwaysAllow' });
});

test('one that it is asked about is unknown, with what decides', () => {
  expect(answer(webhook('Deny', inShop), 'shop')).toEqual({
    kind: 'unknown',
    authorizer: 'opa',
    why: `the webhook opa decides, and was not asked; the server asks it where ${inShop}, and without an answer its failurePolicy is Deny`,
  });
});

test('what is not evaluated leaves it open, unless another condition is false', () => {
  const beyond = "request.resourceAttributes.version == 'v1'";
  expect(answer(webhook('NoOpinion', beyond), 'web')).toMatchObject({
    kind: 'unknown',
    why: expect.stringContaining(`the condition ${beyond} was not evaluated`),
  });
  expect(answer(webhook('NoOpinion', beyond, inShop), 'web')).toMatchObject({ kind: 'allow' });
});

test('an error counts by the failure policy', () => {
  const fails = "request.nonResourceAttributes.path == '/'";
  expect(answer(webhook('NoOpinion', fails), 'web')).toMatchObject({ kind: 'allow' });
  expect(answer(webhook('Deny', fails), 'web')).toMatchObject({
    kind: 'unknown',
    why: expect.stringContaining('fails: no such key'),
  });
});
