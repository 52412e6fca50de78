import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuditAttributes, AuditPolicy, AuditRule } from './audit-policy.ts';
import { auditLevels, auditStages } from './audit-policy.ts';
import { levelByDefinition } from './definition.ts';
import { levelOf } from './policy.ts';
import { loadAuditPolicy } from './policy-file.ts';

const strings = (...values: string[]) => fc.array(fc.constantFrom(...values), { maxLength: 2 });
const groupResources = fc.record({
  group: fc.constantFrom('', 'apps', '*'),
  resources: strings('pods', 'pods/log', 'pods/*', '*/log', '*', '*/*', 'pods*', '/*', '*/'),
  resourceNames: strings('', 'a', '*'),
});
const rule: fc.Arbitrary<AuditRule> = fc.record(
  {
    level: fc.constantFrom(...auditLevels),
    users: strings('alice', 'bob', '*'),
    userGroups: strings('dev', 'ops'),
    verbs: strings('get', 'list', '*'),
    resources: fc.array(groupResources, { maxLength: 2 }),
    namespaces: strings('', 'web'),
    nonResourceURLs: strings('/healthz', '/healthz*', '*', '/api/*', '/api/**'),
    omitStages: strings(...auditStages),
    omitManagedFields: fc.boolean(),
  },
  { requiredKeys: ['level', 'users', 'userGroups', 'verbs', 'resources', 'namespaces', 'nonResourceURLs', 'omitStages'] },
);
const policy: fc.Arbitrary<AuditPolicy> = fc.record({
  rules: fc.array(rule, { minLength: 1, maxLength: 5 }),
  omitStages: strings(...auditStages),
  omitManagedFields: fc.boolean(),
});
const user = fc.option(fc.record({ username: fc.constantFrom('alice', 'bob', 'carol'), groups: strings('dev', 'ops', 'x') }), {
  nil: undefined,
});
const verb = fc.constantFrom('get', 'list', 'create');
const attributes: fc.Arbitrary<AuditAttributes> = fc.oneof(
  fc.record({
    kind: fc.constant('resource' as const),
    user,
    verb,
    apiGroup: fc.constantFrom('', 'apps', '*'),
    resource: fc.constantFrom('pods', 'secrets', '*', ''),
    subresource: fc.constantFrom('', 'log', '*'),
    name: fc.constantFrom('', 'a'),
    namespace: fc.constantFrom('', 'web', 'kube-system'),
  }),
  fc.record({
    kind: fc.constant('nonResource' as const),
    user,
    verb,
    path: fc.constantFrom('/healthz', '/healthz/ping', '/api', '/api/v1', ''),
  }),
);

test('the fast form agrees with the definition', () => {
  fc.assert(
    fc.property(policy, attributes, fc.constantFrom(31, 35, 36, 37), (policy, attributes, minor) => {
      expect(levelOf(policy, attributes, minor)).toEqual(levelByDefinition(policy, attributes, minor));
    }),
    { numRuns: 3000 },
  );
});

const load = (rules: string, minor = 36) =>
  loadAuditPolicy(`apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n${rules}`, { path: 'p.yaml', minor });

describe('one rule', () => {
  const get = (resource: string, subresource = ''): AuditAttributes => ({
    kind: 'resource',
    user: { username: 'u', groups: [] },
    verb: 'get',
    apiGroup: '',
    resource,
    subresource,
    name: '',
    namespace: 'web',
  });

  test.each([
    ['pods', 'pods', '', true],
    ['pods', 'pods', 'log', false],
    ['pods/*', 'pods', 'log', true],
    ['pods/*', 'pods', '', true],
    ['*/log', 'pods', 'log', true],
    ['*/log', 'pods', '', false],
    ['*', 'pods', 'log', true],
    ['*/*', 'pods', 'log', false],
    ['pods*', 'pods', '', false],
  ])('resources %s on %s/%s: %s', (spec, resource, subresource, matches) => {
    const loaded = load(`- {level: Metadata, resources: [{group: "", resources: ["${spec}"]}]}\n`);
    if (loaded.kind !== 'accepted') throw new Error(loaded.message);
    expect(levelOf(loaded.configuration, get(resource, subresource), 36).rule).toBe(matches ? 0 : undefined);
  });

  test('no rule: nothing is written, the policy’s stages are still left out', () => {
    const loaded = loadAuditPolicy(
      'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [Panic]\nrules: [{level: Request, users: [x], omitStages: [Panic, RequestReceived]}]',
      {
        path: 'p.yaml',
        minor: 31,
      },
    );
    if (loaded.kind !== 'accepted') throw new Error(loaded.message);
    expect(levelOf(loaded.configuration, get('pods'), 31)).toEqual({
      level: 'None',
      rule: undefined,
      omitStages: ['Panic'],
      omitManagedFields: false,
    });
    expect(levelOf(loaded.configuration, { ...get('pods'), user: { username: 'x', groups: [] } }, 31).omitStages).toEqual([
      'Panic',
      'RequestReceived',
    ]);
  });
});

describe('loadAuditPolicy', () => {
  test('`group: "*"` by version', () => {
    expect(load('- {level: Metadata, resources: [{group: "*"}]}\n', 35)).toMatchObject({ kind: 'refused', line: 4 });
    expect(load('- {level: Metadata, resources: [{group: "*"}]}\n', 36).kind).toBe('accepted');
  });

  test('several faults are told together, lists as this version prints them', () => {
    const text =
      '- {level: Some, nonResourceURLs: ["a", "/b*c"], resources: [{group: "", resourceNames: [x]}], omitStages: [Late]}\n';
    const message = (minor: number) => {
      const loaded = load(text, minor);
      return loaded.kind === 'refused' ? loaded.message : '';
    };
    expect(message(33)).toBe(
      'loading audit policy file: [rules[0].level: Unsupported value: "Some": supported values: "None", "Metadata", "Request", "RequestResponse", ' +
        `rules[0].nonResourceURLs[0]: Invalid value: "a": non-resource URL rules must begin with a '/' character, ` +
        `rules[0].nonResourceURLs[1]: Invalid value: "/b*c": non-resource URL wildcards '*' must be the final character of the rule, ` +
        'rules[0].resources.resourceNames: Invalid value: []string{"x"}: using resourceNames requires at least one resource, ' +
        'rules[0].omitStages[0]: Invalid value: "Late": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic, ' +
        'rules[0].nonResourceURLs: Invalid value: []string{"a", "/b*c"}: rules cannot apply to both regular resources and non-resource URLs]: from file p.yaml',
    );
    expect(message(34)).toContain('rules[0].nonResourceURLs: Invalid value: ["a","/b*c"]: rules cannot apply');
  });

  test('unknown fields are a warning', () => {
    expect(load('- {level: Metadata, verb: [get]}\n')).toMatchObject({
      kind: 'accepted',
      warnings: [
        'Audit policy contains errors, falling back to lenient decoding: strict decoding error: unknown field "rules[0].verb"',
      ],
    });
  });

  test('missing apiVersion or kind', () => {
    const at = (text: string) => loadAuditPolicy(text, { path: 'p.yaml', minor: 31 });
    expect(at('kind: Policy\nrules: [{level: None}]')).toMatchObject({
      message:
        'loading audit policy file: unknown group version field audit.k8s.io/__internal, Kind=Policy in policy: from file p.yaml',
    });
    expect(at('kind: Pod')).toMatchObject({
      message: expect.stringContaining('no kind "Pod" is registered for the internal version of group "audit.k8s.io"') as string,
    });
    expect(at('apiVersion: v1\nrules: []')).toMatchObject({
      message: expect.stringContaining('no kind "Policy" is registered for version "v1"') as string,
    });
    expect(at('apiVersion: audit.k8s.io/v1\nbogus: 1\nrules: [{level: None}]')).toMatchObject({
      kind: 'accepted',
      warnings: [expect.stringContaining('unknown field "bogus"') as string],
    });
  });

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.jsonValue().map((rules) => JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules })),
        ),
        (text) => {
          expect(['accepted', 'refused']).toContain(loadAuditPolicy(text, { path: 'p.yaml', minor: 36 }).kind);
        },
      ),
    );
  });
});
