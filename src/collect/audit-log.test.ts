import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { looksLikeAuditLog, readAuditLog } from './audit-log.ts';
import { JsonValueSplitter } from './json-splitter.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-log-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const event = (id: string) => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  auditID: id,
  stage: 'ResponseComplete',
  level: 'Metadata',
  verb: 'get',
  requestURI: '/api "{[',
});

async function read(content: string | Buffer, name = 'log') {
  const path = join(folder, name);
  writeFileSync(path, content);
  const seen: string[] = [];
  const lines: (number | undefined)[] = [];
  const reading = await readAuditLog(path, 'audit.log', (one, place) => {
    seen.push(one.auditID);
    lines.push(place.line);
  });
  return { ...reading, seen, lines };
}

describe('readAuditLog', () => {
  const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: [event('a'), event('b')] };

  test.each<[string, string | Buffer]>([
    ['one event a line', `${JSON.stringify(event('a'))}\n${JSON.stringify(event('b'))}\n`],
    ['no last newline', `${JSON.stringify(event('a'))}\n\n${JSON.stringify(event('b'))}`],
    ['carriage returns and a byte order mark', `\ufeff${JSON.stringify(event('a'))}\r\n${JSON.stringify(event('b'))}\r\n`],
    ['gzip', gzipSync(`${JSON.stringify(event('a'))}\n${JSON.stringify(event('b'))}\n`)],
    ['a list on one line', JSON.stringify(list)],
    ['a list over many lines', JSON.stringify(list, null, 2)],
    ['a bare list over many lines', JSON.stringify([event('a'), event('b')], null, 2)],
    ['events over many lines', `${JSON.stringify(event('a'), null, 2)}\n${JSON.stringify(event('b'), null, 2)}\n`],
    ['a list, then lines', `${JSON.stringify({ ...list, items: [event('a')] }, null, 1)}\n${JSON.stringify(event('b'))}\n`],
  ])('%s', async (_, content) => {
    const reading = await read(content);
    expect(reading.seen).toEqual(['a', 'b']);
    expect(reading.gaps).toEqual([]);
    expect(reading.events).toBe(2);
  });

  test('lines count from 1, in a list those of the items', async () => {
    expect((await read(`\n${JSON.stringify(event('a'))}\n${JSON.stringify(event('b'))}`)).lines).toEqual([2, 3]);
    expect(
      (await read(`{"kind":"EventList",\n"items":[\n${JSON.stringify(event('a'))},\n${JSON.stringify(event('b'))}]}`)).lines,
    ).toEqual([3, 4]);
  });

  test('garbage is counted, with its first place, and the rest is read', async () => {
    const { seen, gaps, unreadable } = await read(
      `I1126 not json\n${JSON.stringify(event('a'))}\n{"kind":"Pod"}\n${JSON.stringify(event('b'))}\n`,
    );
    expect(seen).toEqual(['a', 'b']);
    expect(unreadable).toBe(2);
    expect(gaps).toMatchObject([{ source: 'audit.log', reason: '2 pieces are not audit events, the first at byte 0', line: 1 }]);
  });

  test.each(['{"kind":"Event","sta', '{"kind":"Event",', '{"kind":"Event","user":{', '{"kind":"Event","user":'])(
    'a line torn at %s in the middle costs at most the next',
    async (torn) => {
      const lines = ['a', 'b', 'c', 'd'].map((id) => JSON.stringify(event(id)));
      const { seen, unreadable } = await read(`${lines[0]}\n${torn}\n${lines[1]}\n${lines[2]}\n${lines[3]}\n`);
      expect(seen).toEqual(torn.endsWith(':') ? ['a', 'c', 'd'] : ['a', 'b', 'c', 'd']);
      expect(unreadable).toBe(1);
    },
  );

  test('a torn end is a gap of its own', async () => {
    for (const cut of [20, 60, 100]) {
      const { seen, gaps, unreadable } = await read(`${JSON.stringify(event('a'))}\n${JSON.stringify(event('b')).slice(0, cut)}`);
      expect(seen).toEqual(['a']);
      expect(unreadable).toBe(1);
      expect(gaps).toMatchObject([{ reason: 'the last event is cut off', line: 2 }]);
    }
  });

  test('a cut-off gzip file gives what was whole, and a gap', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) =>
      JSON.stringify({ ...event(`e${i}`), requestURI: `/api/${(i * 7919) % 10007}` }),
    ).join('\n');
    const packed = gzipSync(lines);
    const { seen, gaps } = await read(packed.subarray(0, packed.length / 2));
    expect(seen.length).toBeGreaterThan(100);
    expect(gaps[0]?.reason).toMatch(/^the audit log cannot be read to its end: /);
  });

  test('a file that is not there is a gap', async () => {
    const reading = await readAuditLog(join(folder, 'none'), 'none', () => {});
    expect(reading.gaps[0]?.reason).toMatch(/ENOENT/);
  });

  test('a list on one line, longer than any line may be, is taken item by item', async () => {
    const items = Array.from({ length: 30 }, (_, i) => ({ ...event(`e${i}`), responseObject: { text: 'x'.repeat(400_000) } }));
    const { seen, gaps } = await read(JSON.stringify({ kind: 'EventList', items }));
    expect(seen).toHaveLength(30);
    expect(gaps).toEqual([]);
  });
});

test('the pieces do not depend on how the bytes arrive', () => {
  const json = fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify({ value })),
    fc.jsonValue().map((value) => JSON.stringify({ items: [{ value }, {}] }, null, 1)),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(json, fc.string()), { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), (pieces, size) => {
      const bytes = Buffer.from(pieces.join('\n'));
      const split = (step: number) => {
        const seen: string[] = [];
        const splitter = new JsonValueSplitter((value, at) => seen.push(JSON.stringify([value, at])));
        for (let i = 0; i < bytes.length; i += step) splitter.push(bytes.subarray(i, i + step));
        return [seen, splitter.end()];
      };
      expect(split(size)).toEqual(split(bytes.length + 1));
    }),
  );
});

test('looksLikeAuditLog', () => {
  expect(looksLikeAuditLog(JSON.stringify(event('a')))).toBe(true);
  expect(looksLikeAuditLog('{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[')).toBe(true);
  expect(looksLikeAuditLog('{"kind":"Event","apiVersion":"v1"}')).toBe(false);
  expect(looksLikeAuditLog('{"kind":"Policy","apiVersion":"audit.k8s.io/v1","rules":[]}')).toBe(false);
  expect(looksLikeAuditLog('apiVersion: audit.k8s.io/v1')).toBe(false);
});
