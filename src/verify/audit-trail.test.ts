import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { AuditTrail, eventsIn } from './audit-trail.ts';
import { NotPossible } from './not-possible.ts';

const dir = mkdtempSync(join(tmpdir(), 'bulwark-trail-'));
afterAll(() => rmSync(dir, { recursive: true }));

const event = (marker: string, stage = 'ResponseComplete'): string =>
  `${JSON.stringify({ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', stage, auditID: marker, requestURI: `/x?m=${marker}` })}\n`;

describe('AuditTrail', () => {
  test('reads what is written from its begin on, and waits for it', async () => {
    const path = join(dir, 'a.log');
    writeFileSync(path, event('old'));
    const trail = new AuditTrail([join(dir, 'absent.log'), path]);
    setTimeout(() => appendFileSync(path, `broken old\n${event('new', 'RequestReceived')}${event('new')}`), 50);
    const events = await trail.eventsWith('new', 5_000);
    expect(events.map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseComplete']);
    expect(await trail.eventsWith('old', 0)).toEqual([]);
  });

  test('follows a rotation', async () => {
    const path = join(dir, 'b.log');
    writeFileSync(path, event('first').repeat(10));
    const trail = new AuditTrail([path]);
    renameSync(path, join(dir, 'b-1.log'));
    writeFileSync(path, event('second'));
    expect(await trail.eventsWith('second', 0)).toHaveLength(1);
  });

  test('says that there is none', () => {
    expect(() => new AuditTrail([join(dir, 'absent.log')])).toThrow(NotPossible);
  });
});

test('any text gives an answer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.json(), (text, json) => {
      expect(Array.isArray(eventsIn(`${text}m\n${json}m\nm${json}`, 'm'))).toBe(true);
      expect(Array.isArray(eventsIn(json, ''))).toBe(true);
    }),
  );
});
