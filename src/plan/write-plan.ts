import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { writeArchive } from '../collect/archive.ts';
import { yamlText } from '../controls/yaml-text.ts';
import { hostFolder } from './by-hand.ts';
import { renderFiles } from './files.ts';
import type { Plan } from './plan.ts';
import { referenceOf } from './planned-objects.ts';
import { distributionFiles } from './render/distribution.ts';
import { planPage } from './render/plan-page.ts';
import { unifiedDiff } from './render/unified-diff.ts';
import { storedPlan } from './stored-plan.ts';

/** A file of a plan's folder. */
export interface PlanFile {
  /** Path in the folder. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** The files of a plan's folder but for the archive, in a fixed order. Pure. */
export function planFiles(cluster: Cluster, plan: Plan): readonly PlanFile[] {
  const files = renderFiles(cluster, plan);
  const distribution = distributionFiles(cluster, plan);
  const objects = objectFiles(plan);
  const { stored, secrets } = storedPlan(plan);
  const page = planPage(plan, {
    files,
    objects: new Map(objects.map(({ id, path }) => [id, path])),
    distribution: distribution.map(({ name }) => name),
  });
  const open = (path: string, text: string): PlanFile => ({ path, text, mode: 0o644 });
  return [
    open('PLAN.md', page),
    open('plan.json', `${JSON.stringify(stored, undefined, 2)}\n`),
    ...files.flatMap((file): readonly PlanFile[] => {
      // A new file with a key lies in secret/ alone; an edited one is shown with its keys blanked.
      if (file.secret && file.before === undefined) return [];
      const path = `hosts/${hostFolder(file.host)}${file.path}`;
      const mode = file.secret ? 0o600 : 0o644;
      return [
        { path, text: file.after, mode },
        ...(file.before === undefined ? [] : [{ path: `${path}.orig`, text: file.before, mode }]),
        { path: `${path}.diff`, text: unifiedDiff(file.before, file.after, file.path), mode },
      ];
    }),
    ...objects.map(({ path, text }) => open(path, text)),
    ...distribution.map(({ name, text }) => open(`distribution/${name}`, text)),
    ...(secrets.length === 0 ? [] : [{ path: 'secret/.gitignore', text: '*\n', mode: 0o600 }]),
    ...secrets.map(({ path, text }): PlanFile => ({ path, text, mode: 0o600 })),
  ];
}

/** Applied objects as YAML: `objects/03-networkpolicy-web-default-deny-ingress.yaml`, numbered in the order of the plan. */
function objectFiles(plan: Plan): readonly { readonly id: string; readonly path: string; readonly text: string }[] {
  const applied = plan.groups
    .flatMap((group) => group.changes)
    .flatMap(({ id, change }) => (change.kind === 'apply-object' ? [{ id, change }] : []));
  const digits = Math.max(2, String(applied.length).length);
  return applied.map(({ id, change }, index) => {
    const { kind, namespace, name } = referenceOf(change);
    const slug = [kind, namespace ?? '', name]
      .filter((part) => part !== '')
      .join('-')
      .toLowerCase()
      .replace(/[^a-z0-9.-]+/g, '-')
      .slice(0, 120);
    return { id, path: `objects/${String(index + 1).padStart(digits, '0')}-${slug}.yaml`, text: yamlText(change.object) };
  });
}

/** Why a folder cannot take a plan; `undefined` where it can: it is absent, empty, or holds a former plan. */
export function whyNotWritable(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read';
    return code === 'ENOTDIR' ? 'is a file, not a folder' : `${code}: cannot be listed`;
  }
  if (names.length === 0 || (names.includes('plan.json') && names.includes('cluster.bulwark'))) return undefined;
  return 'is not empty and holds no former plan';
}

/**
 * Writes a plan's folder: PLAN.md, plan.json, the archive of the cluster, files, objects, keys.
 *
 * All is written beside the folder first and then takes its place by renaming, so that a former plan stays whole until the new one is. Errors: what the system says; nothing half written stays behind.
 */
export async function writePlan(cluster: Cluster, plan: Plan, folder: string): Promise<void> {
  const target = resolve(folder);
  mkdirSync(dirname(target), { recursive: true });
  const temporary = mkdtempSync(join(dirname(target), `.${basename(target)}.`));
  try {
    const fresh = join(temporary, 'new');
    mkdirSync(fresh, { mode: 0o755 });
    for (const { path, text, mode } of planFiles(cluster, plan)) writeFresh(join(fresh, path), text, mode);
    await writeArchive(cluster, join(fresh, 'cluster.bulwark'));
    if (existsSync(target)) renameSync(target, join(temporary, 'former'));
    try {
      renameSync(fresh, target);
    } catch (error) {
      if (existsSync(join(temporary, 'former'))) renameSync(join(temporary, 'former'), target);
      throw error;
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function writeFresh(path: string, text: string, mode: number): void {
  // Below secret/ the folders too are the owner's alone.
  mkdirSync(dirname(path), { recursive: true, mode: mode === 0o600 ? 0o700 : 0o755 });
  writeFileSync(path, text, { flag: 'wx', mode });
}
