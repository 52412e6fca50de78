import { describe, expect, it } from 'vitest';
import type { PlanGroup } from '../plan/plan.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { applyRole, rightsOf, rightText } from './rights.ts';

const group = (changes: PlanGroup['changes'][number]['change'][]): PlanGroup => ({
  id: 'g1',
  title: '',
  stage: 'objects',
  restarts: [],
  changes: changes.map((change, index) => ({ id: `g1.c${index + 1}`, change, controls: [], before: { kind: 'none' } })),
  files: [],
  controls: [],
  why: [],
  sideEffects: [],
  undo: [],
  alternatives: [],
});

const groups = [
  group([
    { kind: 'apply-object', object: { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'web' } } },
    {
      kind: 'patch-object',
      object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'wide' },
      patch: {},
    },
    { kind: 'rewrite-objects', apiGroup: '', resource: 'secrets' },
  ]),
];

describe('rightsOf', () => {
  it('names what each change and the gate need, and nothing twice', () => {
    const texts = rightsOf(groups).map(rightText);
    expect(texts).toEqual([...new Set(texts)]);
    expect(texts).toEqual(
      expect.arrayContaining([
        'patch resourcequotas/q in web',
        'create resourcequotas in web',
        'escalate clusterroles.rbac.authorization.k8s.io/wide',
        'list secrets',
        'update secrets',
        'get /readyz',
      ]),
    );
    expect(texts.some((text) => text.startsWith('delete secrets'))).toBe(false);
  });
});

describe('applyRole', () => {
  it('is a ClusterRole without wildcards that names its objects', () => {
    const text = applyRole(groups);
    const { documents, problems } = parseDocuments(text, '');
    expect(problems).toEqual([]);
    expect(documents[0]?.value).toMatchObject({ kind: 'ClusterRole', metadata: { name: 'bulwark-apply' } });
    expect(text).toContain('resourceNames: ["q"]');
    expect(text).not.toContain('"*"');
  });
});
