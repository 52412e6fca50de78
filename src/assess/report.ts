import type { Cluster } from '../cluster/cluster.ts';
import { clusterVersion, distributionOf } from '../cluster/component-version.ts';
import { componentsOf } from '../cluster/components.ts';
import type { ControlResult, Report, WaiverNotice } from '../results/report.ts';
import { reportFormatVersion } from '../results/report.ts';
import type { Severity, Verdict } from '../results/verdict.ts';
import { severities } from '../results/verdict.ts';
import { scoreOf } from './score.ts';

export interface ReportParts {
  readonly cluster: Cluster;
  readonly results: readonly ControlResult[];
  readonly waivers: readonly WaiverNotice[];
  readonly toolVersion: string;
  readonly now: string;
  readonly baseline?: Report['baseline'];
}

/** Puts a scan's results together: the numbers that every format shows. Total and deterministic. */
export function buildReport(parts: ReportParts): Report {
  const { cluster, results } = parts;
  const version = cluster.gitVersion?.text ?? versionText(cluster);
  const distribution = distributionOf(cluster) ?? null;
  const servers = componentsOf(cluster, 'kube-apiserver').filter(
    (server) => server.host !== '' || server.component !== undefined,
  );
  return {
    formatVersion: reportFormatVersion,
    tool: { name: 'bulwark', version: parts.toolVersion },
    now: parts.now,
    cluster: {
      sources: cluster.sources,
      version,
      distribution,
      controlPlaneHosts: new Set(servers.map((server) => server.host)).size,
      nodes: cluster.objects.ofKind('Node').length,
      objects: cluster.objects.all.length,
      counts: cluster.counts,
    },
    summary: summaryOf(results),
    score: scoreOf(results),
    controls: results,
    gaps: cluster.gaps.map(({ source, reason, hint, line, column }) => ({
      source,
      reason,
      ...(hint === undefined ? {} : { hint }),
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    })),
    waivers: parts.waivers,
    ...(parts.baseline === undefined ? {} : { baseline: parts.baseline }),
  };
}

function versionText(cluster: Cluster): string | null {
  const version = clusterVersion(cluster);
  if (version === undefined) return null;
  return `v${version.major}.${version.minor}${version.patch === undefined ? '' : `.${version.patch}`}${version.suffix}`;
}

function summaryOf(results: readonly ControlResult[]): Report['summary'] {
  const findings = results.flatMap((result) => result.findings);
  const failing = results.filter((result) => result.verdict === 'fail' && !result.waived);
  return {
    controls: count(results.map((result) => result.verdict)),
    essential: count(results.filter((result) => result.essential).map((result) => result.verdict)),
    findings: count(findings.map((finding) => finding.verdict)),
    waived: findings.filter((finding) => finding.waiver !== undefined).length,
    failBySeverity: Object.fromEntries(
      severities.map((severity) => [severity, failing.filter((result) => result.severity === severity).length]),
    ) as Record<Severity, number>,
  };
}

function count(verdicts: readonly Verdict[]): Readonly<Record<Verdict, number>> {
  const counts: Record<Verdict, number> = { fail: 0, unknown: 0, pass: 0, 'not-applicable': 0 };
  for (const verdict of verdicts) counts[verdict] += 1;
  return counts;
}
