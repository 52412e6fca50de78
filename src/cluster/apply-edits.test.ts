import { describe, expect, it } from 'vitest';
import { applyEdits } from './apply-edits.ts';

describe('applyEdits', () => {
  it('sets a field and makes the mappings on the way', () => {
    expect(applyEdits({ a: 1 }, [{ op: 'set', path: ['b', 'c'], value: true }])).toEqual({ a: 1, b: { c: true } });
    expect(applyEdits(null, [{ op: 'set', path: ['b'], value: 1 }])).toEqual({ b: 1 });
  });

  it('inserts before an index, appends beyond the end and makes an absent list', () => {
    const edit = (index: number) => [{ op: 'insert' as const, path: ['l'], index, value: 9 }];
    expect(applyEdits({ l: [1, 2] }, edit(1))).toEqual({ l: [1, 9, 2] });
    expect(applyEdits({ l: [1, 2] }, edit(7))).toEqual({ l: [1, 2, 9] });
    expect(applyEdits({}, edit(0))).toEqual({ l: [9] });
  });

  it('removes members and items, and leaves alone what is not there', () => {
    const value = { l: [{ a: 1, b: 2 }, 3], m: 4 };
    expect(applyEdits(value, [{ op: 'remove', path: ['l', 0, 'a'] }])).toEqual({ l: [{ b: 2 }, 3], m: 4 });
    expect(applyEdits(value, [{ op: 'remove', path: ['l', 1] }])).toEqual({ l: [{ a: 1, b: 2 }], m: 4 });
    expect(applyEdits(value, [{ op: 'remove', path: ['x', 'y'] }])).toEqual(value);
    expect(value).toEqual({ l: [{ a: 1, b: 2 }, 3], m: 4 });
  });

  it('takes each path as the former edits left the value', () => {
    const edits = [
      { op: 'remove', path: ['l', 0] },
      { op: 'set', path: ['l', 0], value: 'x' },
    ] as const;
    expect(applyEdits({ l: [1, 2, 3] }, edits)).toEqual({ l: ['x', 3] });
  });
});
