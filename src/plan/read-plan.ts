import { readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import * as v from 'valibot';
import type { Cluster } from '../cluster/cluster.ts';
import { readArchive } from '../collect/archive.ts';
import type { Plan } from './plan.ts';
import { planFormatVersion } from './plan.ts';
import { planSchema, restoredPlan } from './stored-plan.ts';

/** What a plan's folder held. */
export type PlanReading =
  | { readonly kind: 'read'; readonly plan: Plan; readonly cluster: Cluster }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Reads a plan's folder: plan.json, the files with keys that it names, the archive of the cluster.
 *
 * Refused, with a message for a person that quotes no content: no plan, a newer format version, a member of a wrong shape, a file that
 * is missing or lies outside the folder, a damaged archive. Never rejects.
 */
export async function readPlan(folder: string): Promise<PlanReading> {
  const refused = (message: string): PlanReading => ({ kind: 'refused', message: `${folder}: ${message}` });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    return refused(
      code === undefined
        ? 'plan.json is not JSON'
        : `no plan: plan.json cannot be read (${code}); \`bulwark plan --out DIR\` writes one`,
    );
  }
  const version = v.safeParse(v.object({ formatVersion: v.number() }), value);
  if (!version.success) return refused('plan.json is no plan of Bulwark: it has no formatVersion');
  if (version.output.formatVersion > planFormatVersion)
    return refused(
      `the plan has format version ${version.output.formatVersion}, this Bulwark reads up to ${planFormatVersion}: use a newer Bulwark`,
    );
  const stored = v.safeParse(planSchema, value);
  if (!stored.success) {
    const [issue] = stored.issues;
    return refused(`plan.json is damaged at ${v.getDotPath(issue) ?? 'its top'}: expected ${issue.expected ?? 'another value'}`);
  }
  try {
    const plan = restoredPlan(stored.output, (path) => readFileSync(inside(folder, path), 'utf8'));
    const archive = await readArchive(inside(folder, stored.output.archive));
    if (archive.kind === 'read') return { kind: 'read', plan, cluster: archive.cluster };
    return refused(archive.kind === 'partial' ? `${stored.output.archive}: ${archive.reason}` : archive.message);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return refused(`a file that plan.json names cannot be read${code}`);
  }
}

/** A path that a plan names must stay in its folder. */
function inside(folder: string, path: string): string {
  const clean = normalize(path);
  if (clean.startsWith('..') || clean.startsWith('/')) throw new Error('outside the folder');
  return join(folder, clean);
}
