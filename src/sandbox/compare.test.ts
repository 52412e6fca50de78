import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../cluster/json.ts';
import type { AskedWorld } from './compare.ts';
import { compareObjects, isNewRefusal } from './compare.ts';
import { aggregatedRoles } from './objects/aggregate-roles.ts';
import type { Outcome } from './objects/outcome.ts';
import { asNew, comparable } from './objects/prepare-object.ts';

type Said = Partial<Outcome> & { readonly kind: Outcome['kind'] };

function world(outcomes: Readonly<Record<string, Said>>): AskedWorld {
  const entries = Object.entries(outcomes).map(([key, said]): [string, Outcome] => {
    return [key, { object: { key, name: key, namespace: 'web', manifest: {}, count: 1 }, warnings: [], ...said }];
  });
  return { sets: { stored: [], tried: [], skipped: [] }, outcomes: new Map(entries) };
}

describe('two worlds', () => {
  const today = world({
    a: { kind: 'accepted', answer: { x: 1 } },
    b: { kind: 'refused', message: 'no' },
    c: { kind: 'refused', message: 'no' },
    d: { kind: 'accepted', answer: { x: 1, y: [1, 2] }, warnings: ['old'] },
  });
  const planned = world({
    a: { kind: 'refused', message: 'forbidden' },
    b: { kind: 'refused', message: 'no' },
    c: { kind: 'accepted', answer: {} },
    d: { kind: 'accepted', answer: { x: 2, y: [1] }, warnings: ['old', 'new'] },
    e: { kind: 'refused', message: 'new object' },
    f: { kind: 'unknown', message: 'webhook' },
  });

  it('tells new refusals from old ones, and what is mended', () => {
    const objects = compareObjects(today, planned);
    expect(objects.refused.map((object) => [object.object, object.today, isNewRefusal(object)])).toEqual([
      ['a', 'accepted', true],
      ['b', 'refused', false],
      ['e', 'absent', true],
    ]);
    expect(objects.mended).toEqual(['c']);
    expect(objects.unknown.map(({ object }) => object)).toEqual(['f']);
    expect(objects.warned).toEqual([{ object: 'd', warning: 'new' }]);
    expect(compareObjects(undefined, planned).refused.every(isNewRefusal)).toBe(true);
  });

  it('lists the fields that differ', () => {
    expect(compareObjects(today, planned).changed).toEqual([
      {
        object: 'd',
        by: 'admission',
        fields: [
          { path: 'x', before: '1', after: '2' },
          { path: 'y[1]', before: '2' },
        ],
        more: 0,
      },
    ]);
  });
});

describe('objects as new', () => {
  it('drops what servers and controllers write', () => {
    const pod: JsonObject = {
      kind: 'Pod',
      metadata: { name: 'a', uid: 'u', resourceVersion: '1', ownerReferences: [] },
      spec: { nodeName: 'n', priority: 0, containers: [] },
      status: {},
    };
    expect(asNew(pod)).toEqual({ kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [] } });
    const job: JsonObject = {
      kind: 'Job',
      metadata: {},
      spec: { selector: { matchLabels: {} }, template: { metadata: { labels: { 'job-name': 'a', app: 'b' } } } },
    };
    expect(asNew(job)).toEqual({ kind: 'Job', metadata: {}, spec: { template: { metadata: { labels: { app: 'b' } } } } });
  });

  it('leaves out what the server chose by chance', () => {
    const sent = { kind: 'Pod', metadata: { generateName: 'a-' } };
    const answer = {
      kind: 'Pod',
      metadata: { name: 'a-x7f2k', generateName: 'a-' },
      spec: { volumes: [{ name: 'kube-api-access-abcde' }] },
    };
    expect(comparable(answer, sent)).toEqual({
      kind: 'Pod',
      metadata: { generateName: 'a-' },
      spec: { volumes: [{ name: 'kube-api-access' }] },
    });
  });
});

describe('aggregated roles', () => {
  it('are the rules of the roles that the selectors match, each once', () => {
    const rule = (resource: string): JsonObject => ({ apiGroups: [''], resources: [resource], verbs: ['get'] });
    const roles: JsonObject[] = [
      { metadata: { name: 'view' }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'view' } }] } },
      { metadata: { name: 'b', labels: { to: 'view' } }, rules: [rule('pods'), rule('nodes')] },
      { metadata: { name: 'a', labels: { to: 'view' } }, rules: [rule('pods')] },
      { metadata: { name: 'c' }, rules: [rule('secrets')] },
    ];
    const changed = aggregatedRoles(roles);
    expect(changed.map(({ rules }) => rules)).toEqual([[rule('pods'), rule('nodes')]]);
    expect(aggregatedRoles([...changed, ...roles.slice(1)])).toEqual([]);
  });
});
