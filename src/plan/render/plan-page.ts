import { hostFolder } from '../by-hand.ts';
import { describeChange, octal } from '../describe.ts';
import type { RenderedFile } from '../files.ts';
import type { KeptFinding, Plan, PlanGroup, PlannedChange } from '../plan.ts';
import { unifiedDiff } from './unified-diff.ts';
import { bullet, code, commandLines, wrap } from './wrap.ts';

const mostChanges = 25;
const mostDiffLines = 120;

/** What the page shows beside the plan itself. */
export interface PageContext {
  /** Files as the last group leaves them. */
  readonly files: readonly RenderedFile[];
  /** Files below objects/, by the id of their change. */
  readonly objects: ReadonlyMap<string, string>;
  /** Files below distribution/. */
  readonly distribution: readonly string[];
}

/**
 * Writes PLAN.md, for whoever reviews the plan and whoever is on call when it is applied: what changes in which order, why, what it may
 * break and how it is taken back; then what stays as it is and why. 100 columns; no key and no Secret's value.
 */
export function planPage(plan: Plan, context: PageContext): string {
  const lines = [
    ...head(plan),
    ...(plan.groups.length === 0 ? ['Nothing is to be changed.', ''] : [...overview(plan), ...commands(), ...contents(context)]),
    ...plan.groups.flatMap((group) => groupSection(group, context)),
    ...keptSection(plan),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function head({ cluster, now, tool, options }: Plan): readonly string[] {
  const version = cluster.version === null ? 'a cluster of unknown version' : `Kubernetes ${cluster.version}`;
  const made = `Made ${now} by bulwark ${tool.version} from ${cluster.sources.map(code).join(', ')}.`;
  const chosen = [
    ...(options.only.length === 0 ? [] : [`It looks at ${options.only.map(code).join(', ')} alone.`]),
    ...(options.skip.length === 0 ? [] : [`It leaves out ${options.skip.map(code).join(', ')}.`]),
    ...(options.severity === 'low' || options.only.length > 0 ? [] : [`It leaves out what is less than ${options.severity}.`]),
  ];
  return [
    `# Plan to harden ${version}${cluster.distribution === null ? '' : ` (${cluster.distribution})`}`,
    '',
    ...wrap([made, ...chosen].join(' ')),
    '',
  ];
}

function overview({ groups }: Plan): readonly string[] {
  const restarts = groups.flatMap((group) => group.restarts);
  const byHand = groups.filter(
    (group) => group.byHand !== undefined || group.changes.some(({ change }) => change.kind === 'manual'),
  );
  const count = groups.reduce((sum, group) => sum + group.changes.length, 0);
  const told = restarts.length === 0 ? 'Nothing restarts.' : `Restarts: ${restartText(restarts)}.`;
  const hands = byHand.length === 0 ? 'Nothing is left to do by hand.' : `By hand: ${byHand.map(({ id }) => id).join(', ')}.`;
  return [
    '## In short',
    '',
    ...wrap(
      `${counted(groups.length, 'group')} with ${counted(count, 'change')}, made one group after the other; after each a health gate, and a group that fails it is undone. ${told} ${hands}`,
    ),
    '',
    '| group | what | changes | restarts | controls |',
    '| --- | --- | ---: | --- | ---: |',
    ...groups.map(
      (group) =>
        `| [${group.id}](#${anchor(group)}) | ${cell(group.title)} | ${group.changes.length} | ${cell(restartText(group.restarts)) || 'none'} | ${group.controls.length} |`,
    ),
    '',
  ];
}

function restartText(restarts: PlanGroup['restarts']): string {
  const counts = new Map<string, number>();
  for (const { host, component } of restarts) {
    const name = host === '' ? component : `${component} on ${host}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} (${count} times)`)).join(', ');
}

function commands(): readonly string[] {
  return [
    '```sh',
    'bulwark sandbox DIR             # this folder: does the API server start with it, who is refused?',
    'bulwark apply DIR --dry-run     # what would be done from here',
    'bulwark apply DIR               # journal, one group at a time, gate, undo when the gate fails',
    'bulwark rollback                # back to the state before, byte for byte',
    'bulwark verify DIR              # the effect, probed',
    '```',
    '',
  ];
}

function contents({ files, objects, distribution }: PageContext): readonly string[] {
  const lines = [
    ...(files.length === 0
      ? []
      : bullet('`hosts/HOST/PATH`: files as the plan leaves them; `.orig` is the file as it was, `.diff` the difference')),
    ...(files.some((file) => file.secret)
      ? bullet('`secret/`: what holds a key (mode 0600, kept out of Git by its own .gitignore): carry it as a secret')
      : []),
    ...(objects.size === 0 ? [] : bullet('`objects/`: objects that are applied, in order')),
    ...(distribution.length === 0
      ? []
      : bullet(
          `${distribution.map((name) => code(`distribution/${name}`)).join(', ')}: the same flags where the distribution reads them, or its next upgrade drops them`,
        )),
    ...bullet('`plan.json`: the same for machines; `cluster.bulwark`: the cluster that the plan was made from'),
  ];
  return ['In this folder:', '', ...lines, ''];
}

function groupSection(group: PlanGroup, context: PageContext): readonly string[] {
  return [
    `## ${group.id} ${plain(group.title)}`,
    '',
    ...listOf('Why', group.why.map(whyText)),
    ...changeLines(group, context),
    ...(group.byHand === undefined ? [] : byHandLines(group.byHand)),
    ...diffLines(group, context),
    ...listOf('May break', group.sideEffects),
    ...listOf('Other ways', group.alternatives),
    ...listOf('Way back', group.undo),
  ];
}

/** `control-id: sentence` with the control's name as code. */
function whyText(text: string): string {
  const match = /^([a-z0-9-]+): ([\s\S]*)$/.exec(text);
  return match === null ? text : `${code(match[1] ?? '')}: ${match[2] ?? ''}`;
}

function listOf(title: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, mostChanges);
  const rest = items.length - shown.length;
  return [`${title}:`, '', ...shown.flatMap(bullet), ...(rest > 0 ? bullet(`and ${rest} more, in plan.json`) : []), ''];
}

function changeLines(group: PlanGroup, context: PageContext): readonly string[] {
  const manual = group.changes.filter(({ change }) => change.kind === 'manual');
  const others = group.changes.filter(({ change }) => change.kind !== 'manual');
  return [
    ...listOf(
      'Changes',
      others.map((item) => changeText(item, context)),
    ),
    ...manual.flatMap(({ change }) => (change.kind === 'manual' ? manualLines(change) : [])),
  ];
}

function changeText({ id, change }: PlannedChange, { objects }: PageContext): string {
  const file = objects.get(id);
  const text = code(describeChange(change));
  return file === undefined ? text : `${text} (${code(file)})`;
}

function manualLines(change: {
  readonly host?: string;
  readonly title: string;
  readonly commands: readonly string[];
  readonly done: string;
}): readonly string[] {
  const where = change.host === undefined || change.host === '' ? '' : ` On ${change.host}:`;
  return [
    ...wrap(`By hand: ${change.title}.${change.commands.length === 0 ? '' : where}`),
    '',
    ...(change.commands.length === 0 ? [] : ['```sh', ...change.commands.flatMap(commandLines), '```', '']),
    ...wrap(`Done when ${change.done}.`),
    '',
  ];
}

function byHandLines({ why, commands: steps }: NonNullable<PlanGroup['byHand']>): readonly string[] {
  return [...wrap(`By hand, for ${why}:`), '', '```sh', ...steps.flatMap(commandLines), '```', ''];
}

/** The differences of the files of a group; a file that several groups change is shown whole with the last of them. */
function diffLines(group: PlanGroup, { files }: PageContext): readonly string[] {
  return group.files.flatMap((file) => {
    if (file.role === 'directory') return [];
    const rendered = files.find((one) => one.host === file.host && one.path === file.path);
    const folder = hostFolder(file.host);
    if (rendered === undefined) return [];
    if (rendered.secret && rendered.before === undefined)
      return [...wrap(`New file with a key: ${code(`secret/${folder}${file.path}`)}, mode ${octal(file.mode)}.`), ''];
    const diff = unifiedDiff(rendered.before, rendered.after, file.path).trimEnd().split('\n');
    const shown =
      diff.length > mostDiffLines
        ? [...diff.slice(0, mostDiffLines), `… ${diff.length - mostDiffLines} more lines in hosts/${folder}${file.path}.diff`]
        : diff;
    const fence = '`'.repeat(Math.max(3, ...shown.map((line) => (/`{3,}/.exec(line)?.[0].length ?? 0) + 1)));
    return [`${fence}diff`, ...shown.map(plain), fence, ''];
  });
}

const keptTitles: readonly (readonly [KeptFinding['kind'], string])[] = [
  ['proposed', 'Proposed, not planned: an owner decides. `bulwark plan --only CONTROL` plans it'],
  ['none', 'No native change'],
  ['stays', 'Mended in part'],
  ['waived', 'Waived'],
];

function keptSection({ kept }: Plan): readonly string[] {
  if (kept.length === 0) return [];
  const sections = keptTitles.flatMap(([kind, title]) => {
    const own = kept.filter((one) => one.kind === kind);
    return own.length === 0 ? [] : [...wrap(`${title}:`), '', ...keptLines(own), ''];
  });
  return ['## What stays', '', ...sections];
}

/** One line a control and reason, with its subjects. */
function keptLines(kept: readonly KeptFinding[]): readonly string[] {
  const byReason = new Map<string, { control: string; why: string; subjects: string[] }>();
  for (const { control, why, subject } of kept) {
    const key = `${control} ${why}`;
    const own = byReason.get(key) ?? { control, why, subjects: [] };
    own.subjects.push(subject);
    byReason.set(key, own);
  }
  return [...byReason.values()].flatMap(({ control, why, subjects }) => {
    const shown = subjects.slice(0, 3).join(', ');
    const more = subjects.length > 3 ? ` and ${subjects.length - 3} more` : '';
    return bullet(`${code(control)}, ${shown}${more}: ${why}`);
  });
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** Without what could forge a line or move a terminal. */
function plain(text: string): string {
  return text.replace(/[^\P{Cc}\t]|[\u2028\u2029]/gu, ' ');
}

function cell(text: string): string {
  return plain(text).replaceAll('|', '\\|');
}

/** GitHub's anchor of a group's heading. */
function anchor({ id, title }: PlanGroup): string {
  return `${id} ${title}`
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
