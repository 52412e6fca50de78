import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../cluster/json.ts';
import { objectAt, stringAt } from '../../cluster/json.ts';
import { labelsOf } from '../../cluster/objects.ts';
import { aggregatedRules } from './aggregation.ts';
import { bootstrapObjects, recordedMinor } from './bootstrap.ts';
import { readRules, ruleKey } from './rule.ts';

const clusterRoles = (minor: number) =>
  bootstrapObjects(minor)
    .filter((manifest) => manifest['kind'] === 'ClusterRole')
    .map((manifest) => ({ name: stringAt(objectAt(manifest['metadata'])['name']) ?? '', manifest }));
const entries = (minor: number) =>
  clusterRoles(minor).map(({ name, manifest }) => ({
    name,
    labels: labelsOf({ manifest }),
    rules: readRules(manifest['rules']),
    aggregationRule: manifest['aggregationRule'] ?? null,
  }));

test('a minor that was not recorded has the nearest lower one', () => {
  expect(recordedMinor(31)).toBe(31);
  expect(recordedMinor(33)).toBe(31);
  expect(recordedMinor(30)).toBe(28);
  expect(recordedMinor(36)).toBe(36);
  expect(recordedMinor(99)).toBe(recordedMinor(undefined));
  expect(recordedMinor(1)).toBe(recordedMinor(28));
});

describe.each([28, 31, 36, 37])('1.%d', (minor) => {
  test('has the roles that everybody names', () => {
    const names = clusterRoles(minor).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'cluster-admin',
        'admin',
        'edit',
        'view',
        'system:node',
        'system:kubelet-api-admin',
        'system:discovery',
      ]),
    );
    expect(names.filter((name) => name.includes('openshift'))).toEqual([]);
  });

  test('admin holds what edit holds, edit what view holds', () => {
    const all = entries(minor);
    const keys = (name: string) =>
      new Set(
        aggregatedRules(
          all.find((role) => role.name === name)!,
          all,
        ).map(({ rule }) => ruleKey(rule)),
      );
    const [admin, edit, view] = [keys('admin'), keys('edit'), keys('view')];
    expect([...edit].every((key) => admin.has(key))).toBe(true);
    expect([...view].every((key) => edit.has(key))).toBe(true);
    expect(view.size).toBeGreaterThan(3);
  });
});

test('the union is what kube-controller-manager stored (recorded state of 1.36)', () => {
  const url = new URL('../../../tests/golden/rbac/access-state-1.36.json.gz', import.meta.url);
  const state = JSON.parse(gunzipSync(readFileSync(url)).toString('utf8')) as { items: JsonObject[] };
  const all = state.items
    .filter((item) => item['kind'] === 'ClusterRole')
    .map((manifest) => ({
      name: stringAt(objectAt(manifest['metadata'])['name']) ?? '',
      labels: labelsOf({ manifest }),
      rules: manifest['aggregationRule'] === undefined ? readRules(manifest['rules']) : [],
      stored: readRules(manifest['rules']),
      aggregationRule: manifest['aggregationRule'] ?? null,
    }));
  for (const name of ['admin', 'edit', 'view']) {
    const role = all.find((one) => one.name === name)!;
    const union = aggregatedRules(role, all).map(({ rule }) => ruleKey(rule));
    expect([...union].sort()).toEqual([...new Set(role.stored.map(ruleKey))].sort());
  }
});

test('roles that aggregate each other end', () => {
  const role = (name: string, label: string, selects: string) => ({
    name,
    labels: { [label]: 'true' },
    rules: readRules([{ verbs: ['get'], apiGroups: [''], resources: [name] }]),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [selects]: 'true' } }] },
  });
  const [a, b] = [role('a', 'x', 'y'), role('b', 'y', 'x')];
  expect(aggregatedRules(a, [a, b]).map(({ from }) => from.name)).toEqual(['a', 'b']);
});
