import { describe, expect, it } from 'vitest';
import { loadAuditPolicy } from '../../audit/policy-file.ts';
import { bundledRequestLines, coverage } from '../../audit/requests.ts';
import { applyEdits } from '../../cluster/apply-edits.ts';
import type { Json } from '../../cluster/json.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import { defaultPolicy } from './default-policy.ts';
import { mendPolicy } from './mend-policy.ts';

const required = bundledRequestLines().filter((line) => line.required);
const minors = [28, 31, 35, 36, 37];

function policyOf(rules: readonly Json[], more: Readonly<Record<string, Json>> = {}): Json {
  return { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', ...more, rules };
}

function bad(value: Json, minor: number): readonly string[] {
  const loaded = loadAuditPolicy(JSON.stringify(value), { path: 'p', minor });
  if (loaded.kind === 'refused') throw new Error(loaded.message);
  return coverage(loaded.configuration, minor, required)
    .filter(({ ok }) => !ok)
    .map(({ line }) => line.id);
}

describe('defaultPolicy', () => {
  it.each(minors)('covers every line of the list, advice included, on 1.%i', (minor) => {
    const loaded = loadAuditPolicy(defaultPolicy, { path: 'p', minor });
    if (loaded.kind === 'refused') throw new Error(loaded.message);
    const failing = coverage(loaded.configuration, minor, bundledRequestLines()).filter(({ ok }) => !ok);
    expect(failing.map(({ line, level }) => `${line.id} ${level}`)).toEqual([]);
    expect(loaded.warnings).toEqual([]);
  });

  it('parses without a problem', () => {
    expect(parseDocuments(defaultPolicy, 'p').problems).toEqual([]);
  });
});

describe('mendPolicy', () => {
  const cases: Readonly<Record<string, Json>> = {
    'no catch-all': policyOf([{ level: 'Metadata', resources: [{ group: '', resources: ['pods'] }] }]),
    'everything at RequestResponse': policyOf([{ level: 'RequestResponse' }]),
    'everything at None': policyOf([{ level: 'None' }]),
    'reads at None': policyOf([{ level: 'None', verbs: ['get', 'list', 'watch'] }, { level: 'Metadata' }]),
    'nodes at None': policyOf([{ level: 'None', userGroups: ['system:nodes'] }, { level: 'Metadata' }]),
    'masters at None': policyOf([{ level: 'None', userGroups: ['system:masters'] }, { level: 'Metadata' }]),
    'controllers at None': policyOf([
      { level: 'None', users: ['system:kube-controller-manager', 'system:kube-scheduler'] },
      { level: 'None', userGroups: ['system:serviceaccounts'] },
      { level: 'Metadata' },
    ]),
    'stages omitted': policyOf([{ level: 'Metadata', omitStages: ['ResponseStarted'] }], { omitStages: ['ResponseComplete'] }),
    'the report: pods of one namespace': policyOf([
      { level: 'RequestResponse', verbs: ['create'], namespaces: ['shop'], resources: [{ group: '', resources: ['pods'] }] },
      { level: 'Metadata', resources: [{ group: '', resources: ['namespaces'] }] },
    ]),
  };

  it.each(Object.entries(cases))('mends: %s', (_, value) => {
    for (const minor of minors) {
      expect(bad(value, minor).length).toBeGreaterThan(0);
      const edits = mendPolicy(value, minor, required);
      expect(edits).toBeDefined();
      const mended = applyEdits(value, edits ?? []);
      expect(bad(mended, minor)).toEqual([]);
      expect(mendPolicy(mended, minor, required)).toEqual([]);
    }
  });

  it('keeps rules that pass', () => {
    const value = policyOf([{ level: 'None', nonResourceURLs: ['/healthz*'] }, { level: 'RequestResponse' }]);
    const mended = applyEdits(value, mendPolicy(value, 31, required) ?? []) as { rules: readonly { level: string }[] };
    expect(mended.rules.map(({ level }) => level)).toEqual(['Metadata', 'None', 'RequestResponse']);
  });

  it('gives nothing where the server refuses the policy', () => {
    expect(mendPolicy(policyOf([{ level: 'Metadata', resources: [{ group: '*' }] }]), 35, required)).toBeUndefined();
  });
});
