import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../cluster/json.ts';
import { isObject } from '../cluster/json.ts';
import { mergePatch } from '../plan/planned-objects.ts';
import { unifiedDifference } from './difference.ts';
import { holdsIn, ownPart, patchBetween, sameObject } from './object-difference.ts';

const value = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.string({ maxLength: 3 }),
    fc.integer(),
    fc.array(fc.integer(), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('tree')),
})).object as fc.Arbitrary<JsonObject>;

describe('patchBetween', () => {
  it('turns one object into the other', () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        const from = { metadata: {}, spec: one };
        const to = { metadata: {}, spec: other };
        const after = mergePatch(from, patchBetween(from, to));
        expect(isObject(after) && sameObject(after, to)).toBe(true);
      }),
    );
  });

  it('passes over what the server and controllers keep', () => {
    const from = {
      metadata: { uid: '1', resourceVersion: '7', annotations: { 'deployment.kubernetes.io/revision': '1' } },
      spec: { a: 1 },
    };
    const to = { metadata: { uid: '2', resourceVersion: '9' }, spec: { a: 1 }, status: { ready: true } };
    expect(patchBetween(from, to)).toEqual({});
    expect(sameObject(from, to)).toBe(true);
  });
});

describe('holdsIn', () => {
  it('lets the server fill in defaults, and sees what differs', () => {
    expect(
      holdsIn(
        { metadata: {}, spec: { ports: [{ port: 1 }] } },
        { metadata: {}, spec: { ports: [{ port: 1, protocol: 'TCP' }], type: 'x' } },
      ),
    ).toBe(true);
    expect(holdsIn({ metadata: {}, spec: { ports: [] } }, { metadata: {}, spec: { ports: [{ port: 1 }] } })).toBe(false);
    expect(holdsIn({ metadata: {}, data: { gone: null } }, { metadata: {}, data: {} })).toBe(true);
  });
});

describe('ownPart', () => {
  it('leaves out an annotations member that is empty', () => {
    expect(ownPart({ metadata: { name: 'x', annotations: {} } })).toEqual({ metadata: { name: 'x' } });
  });
});

describe('unifiedDifference', () => {
  it('shows three lines around a change, with the numbers of diff -u', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);
    const after = lines.map((line, index) => (index === 9 ? 'other' : line));
    expect(unifiedDifference(lines.join('\n'), after.join('\n'), { before: 'a', after: 'b' })).toEqual([
      '--- a',
      '+++ b',
      '@@ -7,7 +7,7 @@',
      ' line 7',
      ' line 8',
      ' line 9',
      '-line 10',
      '+other',
      ' line 11',
      ' line 12',
      ' line 13',
    ]);
  });

  it('is empty for equal texts', () => {
    expect(unifiedDifference('a', 'a', { before: '', after: '' })).toEqual([]);
  });
});
