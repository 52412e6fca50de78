import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { assess } from '../assess/assess.ts';
import type { Json } from '../cluster/json.ts';
import { collect } from '../collect/collect.ts';
import { catalogue } from '../controls/catalogue.ts';
import { namedFiles, readSettings } from '../controls/settings.ts';
import { fixturesOf } from '../controls/fixtures/judge-fixtures.ts';
import { formatSubject } from '../results/finding.ts';
import { plannedCluster } from './planned-cluster.ts';
import type { RemedyFunction } from '../controls/remedy.ts';
import type { Change } from '../cluster/change.ts';

const now = '2026-11-26T12:00:00.000Z';
const ids = (process.env['P3'] ?? '').split(',');
const show = process.env['SHOW'] !== undefined;
for (const control of catalogue.filter(({ id }) => ids.includes(id))) {
  describe(control.id, async () => {
    const { remedy } = (await import(`../controls/${control.area}/${control.id}/remedy.ts`)) as { remedy: RemedyFunction };
    for (const fixture of fixturesOf(control).filter(({ verdict }) => verdict === 'fail')) {
      it(fixture.name, async () => {
        const path = fixture.path;
        const settingsFile = `${path.replace(/\.(ya?ml|json)$/, '')}.settings.yaml`;
        const read = readSettings(
          existsSync(settingsFile) ? (parse(readFileSync(settingsFile, 'utf8')) as Json) : null,
          catalogue,
        );
        const files = namedFiles(read).map((name) => [name, readFileSync(resolve(dirname(settingsFile), name), 'utf8')] as const);
        const settings = { ...read, files: Object.fromEntries(files) };
        const cluster = await collect({ paths: [path], hostRoots: [], auditLogs: [], names: [path] });
        const before = assess(cluster, { controls: catalogue, settings, now });
        const own = before.find(({ id }) => id === control.id)!;
        const problems: string[] = [];
        for (const finding of own.findings.filter(({ verdict }) => verdict === 'fail')) {
          const ask = (world: typeof cluster, results: typeof before, f: typeof finding) => {
            const memo = new Map<string, unknown>();
            return remedy(f, {
              cluster: world,
              settings,
              now,
              results,
              parameters: { ...control.parameters, ...settings.parameters[control.id] },
              random: (_, n) => new Uint8Array(n),
              once: <T>(key: string, make: () => T): T => {
                if (!memo.has(key)) memo.set(key, make());
                return memo.get(key) as T;
              },
            });
          };
          const answer = ask(cluster, before, finding);
          const name = formatSubject(finding.subject);
          if (answer.kind === 'none') {
            console.log(`${control.id} ${fixture.name} ${name}: NONE ${answer.why}`);
            continue;
          }
          const steps = answer.kind === 'steps' ? answer.steps : [answer];
          const changes: Change[] = steps.flatMap((s) => s.changes);
          if (show)
            console.log(
              control.id,
              fixture.name,
              name,
              steps
                .map((s) => `${s.by} ${s.stage} stays=${s.stays ?? ''}\n  effects: ${s.sideEffects.join('\n     ')}`)
                .join('\n'),
              JSON.stringify(changes, null, 1),
            );
          if (changes.length === 0) {
            problems.push(`${name}: no changes`);
            continue;
          }
          const after = plannedCluster(cluster, changes);
          const results = assess(after, { controls: catalogue, settings, now });
          const again = results.find(({ id }) => id === control.id)!;
          const same = again.findings.filter((f) => f.fingerprint === finding.fingerprint);
          const stays = steps.some((s) => s.stays !== undefined);
          if (same.some((f) => f.verdict === 'fail') && !stays) problems.push(`${name}: still fails: ${same[0]!.message}`);
          if (stays) console.log(`${control.id} ${fixture.name} ${name}: STAYS ${steps.map((s) => s.stays)}`);
          for (const f of again.findings.filter(
            (g) => g.verdict === 'fail' && !own.findings.some((h) => h.fingerprint === g.fingerprint && h.verdict === 'fail'),
          ))
            problems.push(`new failure ${formatSubject(f.subject)}: ${f.message}`);
          for (const r of results) {
            const b = before.find(({ id }) => id === r.id)!;
            if (b.verdict === 'pass' && r.verdict === 'fail') problems.push(`${name}: ${r.id} pass->fail ${r.reason}`);
          }
          for (const f of same.filter((g) => g.verdict === 'fail')) {
            const second = ask(after, results, f);
            const more =
              second.kind === 'none'
                ? []
                : (second.kind === 'steps' ? second.steps : [second])
                    .flatMap((s) => s.changes)
                    .filter((c) => c.kind !== 'manual');
            if (more.length > 0) problems.push(`${name}: second time changes ${JSON.stringify(more)}`);
          }
        }
        expect(problems).toEqual([]);
      });
    }
  });
}
