import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { assess } from '../assess/assess.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Json } from '../cluster/json.ts';
import { collect } from '../collect/collect.ts';
import { catalogue } from '../controls/catalogue.ts';
import type { Control } from '../controls/control.ts';
import type { Fixture } from '../controls/fixtures/judge-fixtures.ts';
import { fixtureTime, fixturesOf } from '../controls/fixtures/judge-fixtures.ts';
import type { Settings } from '../controls/settings.ts';
import { namedFiles, readSettings } from '../controls/settings.ts';
import type { Finding } from '../results/finding.ts';
import { formatSubject } from '../results/finding.ts';
import type { ControlResult } from '../results/report.ts';
import { renderFiles } from './files.ts';
import { makePlan } from './make-plan.ts';
import type { Plan } from './plan.ts';
import { plannedCluster } from './planned-cluster.ts';
import { remedies } from './remedies.ts';

function settingsFor(path: string): Settings {
  const file = `${path.replace(/\.(ya?ml|json)$/, '')}.settings.yaml`;
  const read = readSettings(existsSync(file) ? (parse(readFileSync(file, 'utf8')) as Json) : null, catalogue);
  return {
    ...read,
    files: Object.fromEntries(namedFiles(read).map((name) => [name, readFileSync(resolve(dirname(file), name), 'utf8')])),
  };
}

const read = (path: string): Promise<Cluster> => collect({ paths: [path], hostRoots: [], auditLogs: [], names: [path] });

function judgeAll(cluster: Cluster, settings: Settings): readonly ControlResult[] {
  return assess(cluster, { controls: catalogue, settings, now: fixtureTime });
}

/** Keys of tests: the same every time. */
function counted(): (bytes: number) => Uint8Array {
  let next = 1;
  return (bytes) => Uint8Array.from({ length: bytes }, () => next++ % 256);
}

function planFor(cluster: Cluster, results: readonly ControlResult[], settings: Settings, only: readonly string[]): Plan {
  return makePlan(cluster, results, {
    controls: catalogue,
    settings,
    only,
    skip: [],
    severity: 'low',
    now: fixtureTime,
    random: counted(),
    toolVersion: '0',
  });
}

function changesOf(plan: Plan): Plan['groups'][number]['changes'][number]['change'][] {
  return plan.groups.flatMap((group) => group.changes.map(({ change }) => change));
}

const failingFixtures = (control: Control): readonly Fixture[] => fixturesOf(control).filter(({ verdict }) => verdict === 'fail');
const failing = (result: ControlResult | undefined): readonly Finding[] =>
  (result?.findings ?? []).filter(({ verdict }) => verdict === 'fail');
/** What a remedy cannot mend: evidence that nobody collected, a pod template that no server accepts. */
const unseen = /version of .* is not known|cannot be read|was not seen|was not collected/;
const key = (finding: Finding): string => finding.fingerprint ?? formatSubject(finding.subject);

function isHostTree(path: string): boolean {
  return statSync(path).isDirectory() && ['etc', 'var', 'usr'].some((name) => existsSync(join(path, name)));
}

describe.each(
  catalogue
    .filter((control) => remedies.has(control.id) && failingFixtures(control).length > 0)
    .map((control) => [control.id, control] as const),
)('remedy of %s', (id, control) => {
  const fixtures = failingFixtures(control);

  it.each(fixtures.map((fixture) => [fixture.name, fixture.path] as const))('holds the law on %s', async (_, path) => {
    const settings = settingsFor(path);
    const cluster = await read(path);
    const before = judgeAll(cluster, settings);
    const plan = planFor(cluster, before, settings, [id]);
    const planned = plannedCluster(cluster, changesOf(plan));
    // What was not listed proves no pass; the law asks what the remedy does, so everything counts as listed.
    const after = judgeAll(planned, { ...settings, complete: 'all' });
    const result = after.find((one) => one.id === id);

    // Each finding passes, or the plan says why it stays.
    const kept = new Set(plan.kept.filter((one) => one.control === id).map((one) => one.subject));
    const stays = failing(result).filter((finding) => !kept.has(formatSubject(finding.subject)));
    expect(stays.map((finding) => `${formatSubject(finding.subject)}: ${finding.message}`)).toEqual([]);
    const own = new Set(
      failing(before.find((one) => one.id === id))
        .filter((finding) => !kept.has(formatSubject(finding.subject)))
        .map(key),
    );
    const unknown = (result?.findings ?? []).filter(
      (finding) => own.has(key(finding)) && finding.verdict === 'unknown' && !unseen.test(finding.message),
    );
    expect(unknown.map((finding) => `${formatSubject(finding.subject)}: ${finding.message}`)).toEqual([]);

    // A second time changes nothing.
    const again = planFor(planned, after, settings, [id]);
    expect(changesOf(again).filter(({ kind }) => kind !== 'manual')).toEqual([]);

    // No other control turns from pass to fail unless the trade-offs name it.
    const passed = new Set(before.filter((one) => one.verdict === 'pass').map((one) => one.id));
    const turned = after.filter(
      (one) =>
        one.verdict === 'fail' && passed.has(one.id) && one.id !== id && !control.tradeOffs.some((text) => text.includes(one.id)),
    );
    expect(turned.map((one) => `${one.id}: ${one.reason}`)).toEqual([]);

    // The same plan twice is the same plan.
    expect(JSON.stringify(planFor(cluster, before, settings, [id]))).toBe(JSON.stringify(plan));

    if (isHostTree(path)) await agreesWithFiles(path, cluster, plan, settings, result);
  });

  /** The pure planned cluster and the rendered files, collected anew, have the same verdicts. */
  async function agreesWithFiles(
    path: string,
    cluster: Cluster,
    plan: Plan,
    settings: Settings,
    wanted: ControlResult | undefined,
  ): Promise<void> {
    if (plan.groups.some((group) => group.byHand !== undefined)) return;
    const folder = mkdtempSync(join(tmpdir(), 'bulwark-law-'));
    try {
      const tree = join(folder, basename(path));
      cpSync(path, tree, { recursive: true });
      for (const file of renderFiles(cluster, plan)) {
        mkdirSync(dirname(join(tree, file.path)), { recursive: true });
        writeFileSync(join(tree, file.path), file.after, { mode: file.mode });
      }
      const objects = changesOf(plan).filter((change) => !('component' in change));
      const collected = plannedCluster(await read(tree), objects);
      const result = judgeAll(collected, { ...settings, complete: 'all' }).find((one) => one.id === id);
      const verdicts = (one: ControlResult | undefined): readonly string[] =>
        (one?.findings ?? []).map((finding) => `${finding.verdict} ${finding.message.replaceAll(tree, path)}`);
      expect(verdicts(result)).toEqual(verdicts(wanted));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});
