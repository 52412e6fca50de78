import { expect, it } from 'vitest';
import { assess } from '../../../assess/assess.ts';
import { collect } from '../../../collect/collect.ts';
import { controlFolder } from '../../fixtures/judge-fixtures.ts';
import { defaultSettings } from '../../settings.ts';
import { control } from './control.ts';
import { remedy } from './remedy.ts';

const now = '2026-11-26T12:00:00.000Z';

async function remedyFor(groups: readonly string[]): Promise<string> {
  const path = `${controlFolder(control)}fixtures/fail/group.yaml`;
  const cluster = {
    ...(await collect({ paths: [path], hostRoots: [], auditLogs: [], names: [path] })),
    self: { username: 'alice', groups, source: 'api' },
  };
  const results = assess(cluster, { controls: [control], settings: defaultSettings, now });
  const finding = results[0]?.findings.find(({ verdict }) => verdict === 'fail');
  if (finding === undefined) throw new Error('the fixture does not fail');
  const memo = new Map<string, unknown>();
  const once = <T>(key: string, make: () => T): T => {
    if (!memo.has(key)) memo.set(key, make());
    return memo.get(key) as T;
  };
  const context = {
    cluster,
    settings: defaultSettings,
    parameters: control.parameters,
    now,
    results,
    random: () => new Uint8Array(),
    once,
  };
  return `${finding.subject.name} ${remedy(finding, context).kind}`;
}

it('never removes the way by which the caller is an administrator', async () => {
  const [name] = (await remedyFor(['system:authenticated'])).split(' ');
  expect(await remedyFor(['system:authenticated'])).toBe(`${name} changes`);
  expect(await remedyFor([name ?? '', 'system:authenticated'])).toBe(`${name} none`);
});
