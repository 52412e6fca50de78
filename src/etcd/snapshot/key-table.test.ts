import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyTable } from './key-table.ts';

const ascending = (a: number, b: number) => a - b;

test('holds the newest revision of each key, as a map would', () => {
  const revision = fc.record({ key: fc.string({ maxLength: 3 }), main: fc.nat(20), sub: fc.nat(2), label: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(revision, { maxLength: 200 }), fc.nat(), (revisions, seed) => {
      const table = new KeyTable(seed);
      const plain = new Map<string, (typeof revisions)[number]>();
      for (const one of revisions) {
        const bytes = Buffer.from(one.key);
        table.note(bytes, one.main, one.sub, one.label, 1, 0);
        const former = plain.get(one.key);
        if (former === undefined || one.main > former.main || (one.main === former.main && one.sub >= former.sub))
          plain.set(one.key, one);
      }
      expect(table.count).toBe(plain.size);
      const labels: number[] = [];
      table.each((label) => labels.push(label));
      expect(labels.sort(ascending)).toEqual([...plain.values()].map(({ label }) => label).sort(ascending));
      for (const { key, main, sub } of plain.values()) expect(table.isNewest(Buffer.from(key), main, sub)).toBe(true);
    }),
  );
});

test('a hundred thousand keys stay apart', () => {
  const table = new KeyTable(7);
  for (let index = 0; index < 100_000; index++) table.note(Buffer.from(`/registry/secrets/n/s-${index}`), index, 0, 1, 1, 0);
  expect(table.count).toBe(100_000);
});
