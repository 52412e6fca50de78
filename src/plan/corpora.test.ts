import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assess } from '../assess/assess.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { collect } from '../collect/collect.ts';
import { catalogue } from '../controls/catalogue.ts';
import { fixtureTime } from '../controls/fixtures/judge-fixtures.ts';
import { defaultSettings } from '../controls/settings.ts';
import { formatSubject } from '../results/finding.ts';
import { renderFiles } from './files.ts';
import { makePlan } from './make-plan.ts';
import type { Plan } from './plan.ts';
import { plannedCluster } from './planned-cluster.ts';
import { unifiedDiff } from './render/unified-diff.ts';

const corpora = join(import.meta.dirname, '../../../shared/corpora/control-plane');
const settings = { ...defaultSettings, complete: 'all' as const };

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(?:ya?ml|json|service|manifest)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Lines that a plan may take away: those of the flags and fields that it changes, and an empty collection that it fills. */
function mayGo(line: string, plan: Plan): boolean {
  const text = line.slice(1).trim();
  const changes = plan.groups.flatMap((group) => group.changes.map(({ change }) => change));
  return (
    changes.some(
      (change) =>
        (change.kind === 'set-flag' || change.kind === 'remove-flag') && text.replaceAll('_', '-').includes(change.flag),
    ) ||
    // The value of a flag in two words, and a shell's command line.
    changes.some((change) => change.kind === 'edit-manifest' || change.kind === 'edit-file') ||
    /(?:\[\]|\{\}|null|~|:)$/.test(text)
  );
}

describe.skipIf(!existsSync(corpora))('plans of ../shared/corpora/control-plane (needs ../shared/corpora)', () => {
  const folders = existsSync(corpora) ? readdirSync(corpora).sort() : [];
  it.each(folders)('%s: the result parses, the law holds, no line changes that need not', { timeout: 300_000 }, async (name) => {
    const faults: string[] = [];
    let planned = 0;
    for (const path of filesBelow(join(corpora, name))) {
      const short = path.slice(corpora.length + 1);
      const cluster = await collect({ paths: [path], hostRoots: [], auditLogs: [], names: [short] });
      if (cluster.components.length === 0 && cluster.objects.all.length === 0) continue;
      const results = assess(cluster, { controls: catalogue, settings, now: fixtureTime });
      const plan = makePlan(cluster, results, {
        controls: catalogue,
        settings,
        only: [],
        skip: [],
        severity: 'low',
        now: fixtureTime,
        random: (bytes) => new Uint8Array(bytes).fill(7),
        toolVersion: '0',
      });
      if (plan.groups.length === 0) continue;
      planned++;
      for (const file of renderFiles(cluster, plan)) {
        const problems = /\[Service\]/.test(file.after)
          ? []
          : parseDocuments(file.after, file.path).problems.filter(({ kind }) => kind === 'syntax');
        if (problems.length > 0) faults.push(`${short}: ${file.path} does not parse`);
        if (file.before === undefined) continue;
        for (const line of unifiedDiff(file.before, file.after, file.path).split('\n').slice(2))
          if (line.startsWith('-') && !mayGo(line, plan)) faults.push(`${short}: ${file.path} loses ${line}`);
      }
      const after = plannedCluster(
        cluster,
        plan.groups.flatMap((group) => group.changes.map(({ change }) => change)),
      );
      const kept = new Set(plan.kept.map((one) => `${one.control} ${one.subject}`));
      for (const result of assess(after, { controls: catalogue, settings, now: fixtureTime }))
        for (const finding of result.findings)
          if (finding.verdict === 'fail' && !kept.has(`${result.id} ${formatSubject(finding.subject)}`))
            faults.push(`${short}: ${result.id} still fails on ${formatSubject(finding.subject)}: ${finding.message}`);
    }
    expect({ faults, planned }).toEqual({ faults: [], planned });
  });
});
