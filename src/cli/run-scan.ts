import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { assess } from '../assess/assess.ts';
import { baselineOf, compareWithBaseline } from '../assess/baseline.ts';
import { buildReport } from '../assess/report.ts';
import { applyWaivers, readWaivers } from '../assess/waivers.ts';
import type { Waivers } from '../assess/waivers.ts';
import { readRequestLines } from '../audit/requests.ts';
import { catalogue } from '../controls/catalogue.ts';
import type { Control } from '../controls/control.ts';
import type { Settings } from '../controls/settings.ts';
import { SettingsError, defaultSettings, namedFiles, readSettings } from '../controls/settings.ts';
import { parseReport } from '../report/parse-report.ts';
import type { ControlResult, Report } from '../results/report.ts';
import { severities } from '../results/verdict.ts';
import { UsageError, exitCodes } from './errors.ts';
import { readUserFile, readUserYaml } from './user-file.ts';
import { parseOutputs, writeOutputs } from './outputs.ts';
import { controlPages } from './pages.ts';
import type { ScanOptions } from './scan-options.ts';
import { collectCluster } from './source-options.ts';
import { toolVersion } from './version.ts';

const waiversByDefault = 'bulwark-waivers.yaml';

/** Scans and reports. Returns the exit code. Errors: UsageError for options, settings and sources that cannot be used. */
export async function scan(sources: readonly string[], options: ScanOptions): Promise<number> {
  const outputs = parseOutputs(options.output);
  const now = readNow(options.now);
  const controls = chosenControls(options);
  const settings = loadSettings(options.settings);
  const waivers = loadWaivers(options.waivers, now);
  const before = options.baseline === undefined ? undefined : loadBaseline(options.baseline);
  const cluster = await collectCluster(sources, options);
  const marked = applyWaivers(assess(cluster, { controls, settings, now }), waivers);
  const compared = before === undefined ? undefined : compareWithBaseline(marked.results, before);
  const pages = outputs.some((output) => output.format === 'html') ? controlPages() : {};
  const results = (compared?.results ?? marked.results).map((result) => withPage(result, pages[result.id]));
  const report = buildReport({
    cluster,
    results,
    waivers: marked.notices,
    toolVersion: toolVersion(),
    now,
    ...(compared === undefined || before === undefined
      ? {}
      : { baseline: { source: before.source, newFindings: compared.newFindings, goneFindings: compared.goneFindings } }),
  });
  const code = exitCode(report, options);
  const next = nextStep(report, sources, options);
  await writeOutputs(outputs, report, {
    details: options.details,
    explainScore: options.explainScore,
    exitCode: code,
    ...(next === undefined ? {} : { next }),
  });
  return code;
}

/** The command to type next: a plan from the same sources, where Bulwark can mend a failure; not where a source is read only once. */
function nextStep(report: Report, sources: readonly string[], options: ScanOptions): string | undefined {
  if (sources.includes('-') || !report.controls.some(({ verdict, remedyKind }) => verdict === 'fail' && remedyKind !== 'none'))
    return undefined;
  const words = [
    ...sources,
    ...options.hostRoot.flatMap((root) => ['--host-root', root]),
    ...options.auditLog.flatMap((log) => ['--audit-log', log]),
    ...(options.kubeconfig === undefined ? [] : ['--kubeconfig', options.kubeconfig]),
    ...(options.context === undefined ? [] : ['--context', options.context]),
  ];
  const quoted = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
  return ['bulwark plan', ...quoted, '--out hardened'].join(' ');
}

function withPage(result: ControlResult, page: string | undefined): ControlResult {
  return page === undefined ? result : { ...result, page };
}

/** Reads --now; without it the clock. Errors: UsageError for what is no time. */
export function readNow(text: string | undefined): string {
  if (text === undefined) return new Date().toISOString();
  const time = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(time))
    throw new UsageError(`--now is \`${text}\`, expected a time as 2026-11-26T12:00:00Z`);
  return new Date(time).toISOString();
}

/** The controls that --only and --skip leave. Errors: UsageError for an unknown one. */
export function chosenControls(options: Pick<ScanOptions, 'only' | 'skip'>): readonly Control[] {
  for (const id of [...options.only, ...options.skip]) {
    if (!catalogue.some((control) => control.id === id))
      throw new UsageError(`there is no control \`${id}\``, '`bulwark controls` lists them');
  }
  return catalogue.filter(({ id }) => (options.only.length === 0 || options.only.includes(id)) && !options.skip.includes(id));
}

/** Reads the settings file and the files that it names. Errors: UsageError. */
export function loadSettings(path: string | undefined): Settings {
  if (path === undefined) return defaultSettings;
  const document = readUserYaml(path, 'settings file');
  try {
    return withNamedFiles(readSettings(document.value, catalogue), path);
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}

/** Reads the files that parameters name, from the settings file's folder on. */
function withNamedFiles(settings: Settings, path: string): Settings {
  const files: Record<string, string> = {};
  for (const name of namedFiles(settings)) {
    const file = resolve(dirname(path), name);
    const text = readUserFile(file, 'file of audit requests');
    const { lines, problems } = readRequestLines(text);
    const [problem] = problems;
    if (problem !== undefined) throw new UsageError(`${file}:${problem.line}: ${problem.message}`);
    if (lines.length === 0) throw new UsageError(`${file}: holds no audit request, expected one JSON object a line`);
    files[name] = text;
  }
  return { ...settings, files };
}

/** Reads the waivers file, `bulwark-waivers.yaml` where it exists and none is named. Errors: UsageError. */
export function loadWaivers(path: string | undefined, now: string): Waivers {
  const used = path ?? (existsSync(waiversByDefault) ? waiversByDefault : undefined);
  if (used === undefined) return { waivers: [], notices: [] };
  return readWaivers(
    readUserYaml(used, 'waivers file'),
    now,
    catalogue.map((control) => control.id),
  );
}

function loadBaseline(path: string): ReturnType<typeof baselineOf> {
  const read = parseReport(readUserFile(path, 'baseline report'));
  if (read.kind === 'refused') throw new UsageError(`${path}: ${read.message}`);
  return baselineOf(read.report, path);
}

/** 1 where an unwaived finding (new, with a baseline) is as bad as --fail-on says, or something is unknown and that was asked for. */
function exitCode(report: Report, options: ScanOptions): number {
  const limit = options.failOn === 'none' ? -1 : severities.findIndex((severity) => severity === options.failOn);
  const counts = report.controls.some(
    (control) =>
      severities.indexOf(control.severity) <= limit &&
      control.findings.some((finding) => finding.verdict === 'fail' && finding.waiver === undefined && finding.isNew !== false),
  );
  const unknown =
    options.failOnUnknown &&
    report.controls.some(
      (control) =>
        control.verdict === 'unknown' &&
        control.findings.some((finding) => finding.verdict === 'unknown' && finding.waiver === undefined),
    );
  return counts || unknown ? exitCodes.findings : exitCodes.holds;
}
