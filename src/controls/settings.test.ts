import { describe, expect, it } from 'vitest';
import type { Json } from '../cluster/json.ts';
import { catalogue } from './catalogue.ts';
import { durationMs, isSystemNamespace, namedFiles, readSettings } from './settings.ts';

const read = (value: Json) => readSettings(value, catalogue);
const parameters = (id: string, value: Json) => read({ parameters: { [id]: value } });

describe('readSettings', () => {
  it('takes an empty file as no settings', () => {
    expect(read(null)).toMatchObject({ systemNamespaces: [], complete: [], parameters: {} });
  });

  it('adds system namespaces to the three of Kubernetes', () => {
    const settings = read({ systemNamespaces: ['calico-system'] });
    expect(['kube-system', 'calico-system', 'shop'].map((name) => isSystemNamespace(settings, name))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each([
    [{ systemNamespace: [] }, /unknown key/],
    [[], /expected a mapping/],
    [{ systemSubjects: ['alice'] }, /expected `ServiceAccount NAMESPACE\/NAME`/],
    [{ complete: 'some' }, /expected a list/],
    [{ parameters: { 'no-such-control': {} } }, /there is no such control/],
    [{ parameters: { 'audit-enabled': { level: 1 } } }, /this control has no parameters/],
    [{ parameters: { 'audit-policy-coverage': { topic: 'all' } } }, /unknown parameter, expected one of topics, file/],
    [{ parameters: { 'audit-policy-coverage': { topics: 5 } } }, /seen a number, expected a list of strings/],
    [{ parameters: { 'audit-policy-coverage': { file: [] } } }, /expected a string/],
    [{ parameters: { 'apiserver-version-supported': { maxTableAge: 'soon' } } }, /expected a duration/],
    [{ parameters: { 'apiserver-version-supported': { maxPatchesBehind: null } } }, /seen null, expected a number/],
  ] as const)('refuses %j', (value, message) => {
    expect(() => read(value as unknown as Json)).toThrow(message);
  });

  it('reads a list of one that is written as its item, where that is the default', () => {
    expect(parameters('audit-policy-coverage', { topics: 'all' }).parameters['audit-policy-coverage']).toEqual({
      topics: ['all'],
    });
    expect(() => parameters('audit-policy-coverage', { topics: 'rbac' })).toThrow(/expected a list of strings/);
  });
});

it('lists the files that parameters name, each once', () => {
  const settings = read({
    parameters: { 'audit-policy-coverage': { file: 'ours.jsonl' }, 'audit-no-secret-bodies': { file: 'ours.jsonl' } },
  });
  expect(namedFiles(settings)).toEqual(['ours.jsonl']);
  expect(namedFiles(parameters('audit-policy-coverage', { file: 'bundled' }))).toEqual([]);
});

it('reads durations', () => {
  expect(['30s', '10m', '24h', '90d'].map(durationMs)).toEqual([30_000, 600_000, 86_400_000, 7_776_000_000]);
});
