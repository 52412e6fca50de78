import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AuditPolicy, AuditRule } from './audit-policy.ts';
import { loadAuditPolicy } from './policy-file.ts';
import { bundledRequestLines, coverage, readRequestLines } from './requests.ts';

const lines = bundledRequestLines();

function load(text: string, minor = 36): AuditPolicy {
  const loaded = loadAuditPolicy(text, { path: 'policy.yaml', minor });
  if (loaded.kind !== 'accepted') throw new Error(loaded.message);
  return loaded.configuration;
}

/** Required lines too low, required lines that leak, good practice missed: the columns by which known policies are compared. */
function judge(policy: AuditPolicy, minor = 36): [number, number, number] {
  const all = coverage(policy, minor, lines);
  const required = all.filter(({ line }) => line.required);
  const advice = all.filter(({ line }) => !line.required);
  return [
    required.filter((one) => one.tooLow).length,
    required.filter((one) => one.leaks).length,
    advice.filter((one) => !one.ok).length,
  ];
}

const rule = (level: AuditRule['level'], more: Partial<AuditRule> = {}): AuditRule => ({
  level,
  users: [],
  userGroups: [],
  verbs: [],
  resources: [],
  namespaces: [],
  nonResourceURLs: [],
  omitStages: [],
  ...more,
});
const policy = (rules: AuditRule[], omitStages: string[] = []): AuditPolicy => ({ rules, omitStages, omitManagedFields: false });

test('the bundled lines are whole', () => {
  expect(lines).toHaveLength(85);
  expect(lines.filter((line) => line.required)).toHaveLength(62);
  expect(new Set(lines.map((line) => line.id)).size).toBe(85);
  expect(lines.filter((line) => line.stage !== undefined)).toHaveLength(4);
});

describe('known policies', () => {
  test.each<[string, AuditPolicy, [number, number, number]]>([
    ['Metadata for everything', policy([rule('Metadata')]), [0, 0, 7]],
    ['Request for everything', policy([rule('Request')]), [0, 6, 6]],
    ['RequestResponse for everything', policy([rule('RequestResponse')]), [0, 15, 7]],
    ['authenticated users only', policy([rule('Metadata', { userGroups: ['system:authenticated'] })]), [2, 0, 8]],
    ['without ResponseStarted', policy([rule('Metadata')], ['ResponseStarted']), [1, 0, 8]],
    ['reads dropped', policy([rule('None', { verbs: ['get', 'list', 'watch'] }), rule('Metadata')]), [12, 0, 10]],
  ])('%s', (_, given, wanted) => {
    expect(judge(given)).toEqual(wanted);
  });

  test.each<[string, [number, number, number]]>([
    ['production', [0, 0, 3]],
    ['metadata', [0, 0, 7]],
    ['all', [0, 15, 7]],
    ['listing-5-5', [57, 0, 17]],
    ['none-first', [60, 0, 18]],
    ['first-match-b', [14, 0, 8]],
    ['verbs', [12, 7, 7]],
    ['omit-rule-only', [2, 0, 8]],
    ['watch-stages', [1, 0, 7]],
  ])('recorded policy %s', (name, wanted) => {
    const text = readFileSync(new URL(`../../tests/golden/audit/policies/${name}.yaml`, import.meta.url), 'utf8');
    expect(judge(load(text))).toEqual(wanted);
  });
});

const corpora = new URL('../../../shared/corpora/control-plane/', import.meta.url);

describe.skipIf(!existsSync(corpora))('policies of public projects (needs ../shared/corpora)', () => {
  test.each<[string, [number, number, number]]>([
    ['gce-extracted/_derived/gce/audit-policy.yaml', [0, 0, 2]],
    ['kubespray-rendered/_derived/kubespray-rendered/default/audit-policy.yaml', [0, 0, 3]],
    ['kubespray-rendered/_derived/kubespray-rendered/hardened-docs/audit-policy.yaml', [0, 0, 3]],
    ['hypershift-extracted/_derived/hypershift/default/kube-apiserver/kas_audit_config_configmap__policy.yaml', [0, 0, 8]],
    ['liggitt+audit2rbac/testdata/demo-policy.yaml', [60, 0, 18]],
  ])('%s', (path, wanted) => {
    expect(judge(load(readFileSync(new URL(path, corpora), 'utf8')))).toEqual(wanted);
  });

  test('the GCE policy without its last rule, and with two exemptions before it', () => {
    const gce = load(readFileSync(new URL('gce-extracted/_derived/gce/audit-policy.yaml', corpora), 'utf8'));
    expect(judge({ ...gce, rules: gce.rules.slice(0, -1) }, 31)).toEqual([1, 0, 4]);
  });
});

describe('readRequestLines', () => {
  test('takes the good lines and names the others', () => {
    const good =
      '{"id":"a","request":{"user":null,"verb":"get","path":"/x"},"atLeast":"Metadata","notAbove":null,"required":true}';
    const { lines, problems } = readRequestLines(
      [
        good,
        '',
        'x',
        '{"id":"b"}',
        '{"id":"c","request":{},"atLeast":"Much"}',
        '{"id":"d","request":{},"atLeast":"None","stage":"Later"}',
      ].join('\n'),
    );
    expect(lines).toMatchObject([
      { id: 'a', request: { kind: 'nonResource', path: '/x', user: undefined }, notAbove: undefined },
    ]);
    expect(problems.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '3 not a JSON object',
      '4 request: expected an object',
      '5 atLeast: expected one of None, Metadata, Request, RequestResponse',
      '6 stage: expected one of RequestReceived, ResponseStarted, ResponseComplete, Panic',
    ]);
  });
});
