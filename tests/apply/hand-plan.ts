import { mkdirSync, writeFileSync, writeFileSync as write } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Change, Stage } from '../../src/cluster/change.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import type { ComponentName } from '../../src/cluster/component.ts';
import { collect } from '../../src/collect/collect.ts';
import { HostFileWorld } from '../../src/plan/files.ts';
import type { Before, Plan, PlanGroup } from '../../src/plan/plan.ts';
import { isHostChange } from '../../src/plan/planned-cluster.ts';

/** A group as a test writes it. */
export interface HandGroup {
  readonly title?: string;
  readonly stage?: Stage;
  readonly host?: string;
  readonly changes: readonly Change[];
  /** What the plan saw of each object, by the change's number. */
  readonly before?: readonly (Before | undefined)[];
}

/** Collects a host tree as `bulwark plan --host-root` does. */
export function collectRoot(root: string): Promise<Cluster> {
  return collect({
    paths: [],
    hostRoots: [root],
    auditLogs: [],
    parts: [],
    names: [root],
    stdin: () => Buffer.alloc(0),
    progress: () => undefined,
  });
}

/** A plan of these groups over a cluster; files are worked out as the planner does. */
export function handPlan(cluster: Cluster, groups: readonly HandGroup[]): Plan {
  const files = new HostFileWorld(cluster);
  return {
    formatVersion: 1,
    tool: { name: 'bulwark', version: '0.0.0' },
    now: '2026-11-26T00:00:00Z',
    cluster: { version: null, distribution: null, sources: [] },
    options: { only: [], skip: [], severity: 'low' },
    groups: groups.map((group, index) => handGroup(`g${index + 1}`, group, files)),
    kept: [],
  };
}

function handGroup(id: string, group: HandGroup, files: HostFileWorld): PlanGroup {
  const components = [...new Set(group.changes.filter(isHostChange).map(({ component }): ComponentName => component))];
  const result = files.apply(group.changes);
  if (result.kind === 'by-hand') throw new Error(result.why);
  return {
    id,
    title: group.title ?? id,
    stage: group.stage ?? 'objects',
    ...(group.host === undefined ? {} : { host: group.host }),
    restarts: components.map((component) => ({ host: group.host ?? '', component })),
    changes: group.changes.map((change, index) => ({
      id: `${id}.c${index + 1}`,
      change,
      controls: [],
      before: group.before?.[index] ?? { kind: 'none' },
    })),
    files: result.files,
    controls: [],
    why: [],
    sideEffects: [],
    undo: [],
    alternatives: [],
  };
}

/** Writes files below a root: by path, text and mode. */
export function writeTree(root: string, tree: Readonly<Record<string, readonly [text: string, mode?: number]>>): void {
  for (const [path, [text, mode = 0o644]] of Object.entries(tree)) {
    const real = join(root, path);
    mkdirSync(dirname(real), { recursive: true });
    write(real, text, { mode });
  }
  writeFileSync(join(root, '.made'), '');
}
