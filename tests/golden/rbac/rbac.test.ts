import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Attributes } from '../../../src/authorization/attributes.ts';
import { isPrivileged } from '../../../src/authorization/privileged-group.ts';
import { authorizeByDefinition } from '../../../src/authorization/rbac/definition.ts';
import { readRbacObjects } from '../../../src/authorization/rbac/objects.ts';
import { authorize, compileRbac, grantsFor } from '../../../src/authorization/rbac/rbac.ts';
import type { JsonObject } from '../../../src/cluster/json.ts';

// Decisions and reasons recorded from a real API server with --authorization-mode=RBAC.

interface Case {
  id: string;
  input: { user: { username: string; groups: string[] }; attributes: Record<string, string> };
  expect: { allowed: boolean; reasonsIncludes?: string[]; resolutionErrorsSet?: string[] };
}

function read(name: string): string {
  return gunzipSync(readFileSync(new URL(name, import.meta.url))).toString('utf8');
}

function attributesOf(from: Record<string, string>): Attributes {
  const { verb = '', apiGroup = '', resource = '', subresource = '', name = '', namespace = '', path } = from;
  return path === undefined ? { kind: 'resource', verb, apiGroup, resource, subresource, name, namespace } : { kind: 'nonResource', verb, path };
}

describe.each(['1.31', '1.36'])('access decisions of %s', (version) => {
  const state = JSON.parse(read(`access-state-${version}.json.gz`)) as { items: JsonObject[] };
  const objects = readRbacObjects(state.items);
  const compiled = compileRbac(objects);
  const cases = read(`access-${version}.jsonl.gz`)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case);

  test('each decision, reason and missing role agrees', () => {
    const wrong: unknown[] = [];
    for (const one of cases) {
      const { user } = one.input;
      const attributes = attributesOf(one.input.attributes);
      const decision = authorize(compiled, user, attributes);
      const privileged = isPrivileged(user);
      const allowed = privileged || decision.kind === 'allow';
      const reasons = privileged ? [''] : grantsFor(compiled, user, attributes).map((grant) => grant.reason);
      const errors = decision.kind === 'noOpinion' ? [...decision.resolutionErrors].sort() : [];
      const good =
        allowed === one.expect.allowed &&
        (one.expect.reasonsIncludes ?? []).every((reason) => reasons.includes(reason)) &&
        (one.expect.resolutionErrorsSet === undefined || JSON.stringify([...one.expect.resolutionErrorsSet].sort()) === JSON.stringify(errors));
      if (!good) wrong.push({ id: one.id, decision, reasons });
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(cases.length).toBe(15101);
  });

  test('the definition gives the same answers', () => {
    for (let i = 0; i < cases.length; i += 7) {
      const one = cases[i]!;
      const attributes = attributesOf(one.input.attributes);
      expect(authorizeByDefinition(objects, one.input.user, attributes)).toEqual(authorize(compiled, one.input.user, attributes));
    }
  });
});
