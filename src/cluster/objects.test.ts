import { describe, expect, it } from 'vitest';
import type { JsonObject } from './json.ts';
import type { ClusterObject } from './objects.ts';
import { ObjectIndex } from './objects.ts';

function pod(spec: JsonObject, seenIn: 'api' | 'file', source: string): ClusterObject {
  const manifest: JsonObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec };
  return {
    kindKey: 'Pod',
    apiVersion: 'v1',
    kind: 'Pod',
    name: 'p',
    namespace: 'default',
    manifest,
    document: { value: manifest, source },
    base: [],
    seenIn,
  };
}

const sources = (index: ObjectIndex): readonly string[] => index.ofKind('Pod').map((object) => object.document.source);

describe('ObjectIndex', () => {
  const good = pod({ hostNetwork: false }, 'file', 'good.yaml');
  const bad = pod({ hostNetwork: true }, 'file', 'bad.yaml');

  it('keeps files that differ, and finds the last by its name', () => {
    expect(sources(new ObjectIndex([bad, good])).toSorted()).toEqual(['bad.yaml', 'good.yaml']);
    expect(sources(new ObjectIndex([good, bad])).toSorted()).toEqual(['bad.yaml', 'good.yaml']);
    expect(new ObjectIndex([bad, good]).get('Pod', 'default', 'p')).toBe(good);
  });

  it('counts what is the same once', () => {
    expect(sources(new ObjectIndex([good, bad, pod({ hostNetwork: false }, 'file', 'again.yaml')]))).toEqual([
      'bad.yaml',
      'again.yaml',
    ]);
  });

  it('prefers what the API showed, wherever it stands', () => {
    const stored = pod({}, 'api', '/api/v1/pods');
    for (const order of [
      [good, stored, bad],
      [stored, good, bad],
      [good, bad, stored],
    ])
      expect(sources(new ObjectIndex(order))).toEqual(['/api/v1/pods']);
  });
});
