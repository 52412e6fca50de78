import { expect, it } from 'vitest';
import { patchBetween, strategicPatchBetween } from './remedy-patches.ts';

it('writes of a list of containers only what differs, never what was blanked', () => {
  const before = {
    containers: [
      { name: 'a', env: [{ name: 'KEY', value: '<redacted: 8 bytes>' }], securityContext: { privileged: true } },
      { name: 'b' },
    ],
  };
  const after = {
    containers: [
      { name: 'a', env: [{ name: 'KEY', value: '<redacted: 8 bytes>' }], securityContext: { readOnlyRootFilesystem: true } },
      { name: 'b' },
    ],
  };
  expect(strategicPatchBetween(before, after)).toEqual({
    containers: [{ name: 'a', securityContext: { privileged: null, readOnlyRootFilesystem: true } }],
  });
  expect(strategicPatchBetween(before, before)).toEqual({});
});

it('replaces plain lists whole and removes members by null', () => {
  expect(strategicPatchBetween({ drop: ['A'], add: ['B'] }, { drop: ['ALL'] })).toEqual({ drop: ['ALL'], add: null });
  expect(patchBetween({ a: { b: 1, c: [1] }, d: 1 }, { a: { b: 1, c: [2] } })).toEqual({ a: { c: [2] }, d: null });
});
