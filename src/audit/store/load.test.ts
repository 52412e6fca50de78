import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuditStore } from './store.ts';

const event = (id: number): string =>
  JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: `id-${id}`,
    stage: 'ResponseComplete',
    requestURI: '/version',
    verb: 'get',
    user: { username: 'jane', groups: ['system:authenticated'] },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: `2026-11-26T10:00:0${id}.000000Z`,
    stageTimestamp: `2026-11-26T10:00:0${id}.000000Z`,
  });

let folder: string;
const log = (name: string, ...ids: readonly number[]): string => {
  const path = join(folder, name);
  writeFileSync(path, `${ids.map(event).join('\n')}\n`);
  return path;
};
/** Read through a file of lines of its own. */
const list = (name: string, ...ids: readonly number[]): string => {
  const path = join(folder, name);
  writeFileSync(path, `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[${ids.map(event).join(',')}]}`);
  return path;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-load-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a store in memory', () => {
  it('counts each event once, load after load, whether files overlap or not', async () => {
    const loads: readonly (readonly [readonly string[], number])[] = [
      [[list('a.json', 1, 2)], 2],
      [[log('b.log', 3)], 3],
      [[log('c.log', 1, 2, 3, 4)], 4],
      [[list('a2.json', 1, 2), log('d.log', 5)], 5],
      [[log('b.log', 3)], 5],
    ];
    const store = await openAuditStore(undefined);
    try {
      for (const [paths, events] of loads) {
        await store.load(paths);
        expect((await store.coverage()).events, paths.join(', ')).toBe(events);
      }
    } finally {
      store.close();
    }
  });
});
