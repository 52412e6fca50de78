// Measures `bulwark rehearse` over 300,000 events of 400 accounts and nodes, each with a role of its own that the plan narrows.
// node --import tsx bench/rehearse.ts   prints rows: what, time, memory, promised; by tabs
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Rehearsal } from '../src/rehearse/rehearsal.ts';
import { writeAuditLog } from './audit-log.ts';
import { measure } from './measure.mjs';

const program = fileURLToPath(new URL('../dist/bulwark.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bulwark-rehearse-bench-'));
const group = 'rbac.authorization.k8s.io';

/** Roles and bindings of the accounts of the log: all may do everything in their namespace with what they use. */
function manifests(): readonly object[] {
  const objects: object[] = [];
  for (let user = 0; user < 400; user++) {
    if (user % 10 === 0) continue;
    const namespace = `team-${user % 60}`;
    const metadata = { name: `app-${user}`, namespace };
    objects.push(
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
      {
        apiVersion: `${group}/v1`,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: group, kind: 'Role', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', ...metadata }],
      },
    );
  }
  for (let index = 0; index < 60; index++)
    objects.push({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `team-${index}` } });
  return objects;
}

try {
  const log = join(folder, 'audit.log');
  writeFileSync(join(folder, 'objects.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests() }));
  const { events, bytes } = writeAuditLog(log, { events: 300_000 });
  const plan = ['plan', join(folder, 'objects.json'), '--only', 'authz-wildcards', '--out', join(folder, 'plan')];
  execFileSync(process.execPath, [program, ...plan], { stdio: ['ignore', 'ignore', 'inherit'] });
  const words = ['rehearse', join(folder, 'plan'), '--audit-log', log, '-o', 'json'];
  const { accesses, differences, calibration } = JSON.parse(
    execFileSync(process.execPath, [program, ...words], {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  ) as Rehearsal;
  const { seconds = NaN, megabytes } = measure(process.execPath, [program, ...words], { runs: 3 });
  const what = `rehearse: ${events.toLocaleString('en')} events, ${Math.round(bytes / 1e6)} MB, ${accesses.toLocaleString('en')} accesses`;
  const more = `${differences.length.toLocaleString('en')} differences, ${calibration.reproduced.toLocaleString('en')} of ${calibration.requests.toLocaleString('en')} decisions reproduced`;
  console.log(
    [
      `${what}, ${more}`,
      `${seconds.toFixed(2)} s`,
      megabytes === undefined ? '' : `${Math.round(megabytes)} MB`,
      'under 6 s',
    ].join('\t'),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
