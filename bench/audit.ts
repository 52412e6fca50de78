// Measures an audit log on disk to distinct accesses, beside jq taking the same members out of the same events.
// node --import tsx bench/audit.ts [MEGABYTES]   (2,000 unless given) prints rows: what, time, memory, promised; by tabs
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeAuditLog } from './audit-log.ts';
import { findProgram, measure } from './measure.mjs';

const megabytes = Number(process.argv[2] ?? 2000);
const program = fileURLToPath(new URL('../dist/bulwark.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bulwark-audit-bench-'));
const log = join(folder, 'audit.log');

function row(what: string, seconds: number, memory: number | undefined, target: string): void {
  const rate = `${seconds.toFixed(2)} s, ${Math.round(bytes / 1e6 / seconds)} MB/s`;
  console.log([what, rate, memory === undefined ? '' : `${Math.round(memory)} MB`, target].join('\t'));
}

const { events, bytes } = writeAuditLog(log, { bytes: megabytes * 1e6 });
const name = `${(bytes / 1e9).toFixed(2)} GB, ${events.toLocaleString('en')} events`;
try {
  const ours = measure(process.execPath, [program, 'audit', 'top', '--audit-log', log], { runs: 3 });
  const jq = findProgram('jq');
  const filter =
    '[.user.username, .verb, .objectRef.apiGroup, .objectRef.resource, .objectRef.subresource, .objectRef.namespace, .requestURI, .responseStatus.code, .stage]';
  const peer = jq === undefined ? undefined : measure(jq, ['-c', filter, log], { runs: 1, warm: false });
  const target =
    peer?.seconds === undefined ? '10 × jq, under 500 MB' : `${(peer.seconds / 10).toFixed(2)} s: 10 × jq; under 500 MB`;
  row(`audit: bulwark audit top, ${name}, start-up included`, ours.seconds ?? NaN, ours.megabytes, target);
  if (peer?.seconds === undefined) console.log(['peer: jq -c', 'not installed (Debian package jq)', '', ''].join('\t'));
  else row('peer: jq -c, the same members, not even counted', peer.seconds, peer.megabytes, '');
  const kept = measure(
    process.execPath,
    [program, 'audit', 'top', '--audit-log', log, '--store', join(folder, 'events.duckdb')],
    {
      runs: 1,
      warm: false,
    },
  );
  row('audit: the same into a store that is kept', kept.seconds ?? NaN, kept.megabytes, 'under 500 MB');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
