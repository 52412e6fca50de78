import { describe, expect, it } from 'vitest';
import type { Finding } from '../results/finding.ts';
import type { ControlResult, Report } from '../results/report.ts';
import { renderCsv } from './csv.ts';
import { sampleReport } from './fixtures/sample-report.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { artifactLocation } from './sarif-location.ts';
import { renderScore } from './score.ts';

/** The sample with one failing finding of this message and name. */
function reportWith(message: string, name = 'x'): Report {
  const report = sampleReport({ clean: true });
  const finding: Finding = {
    verdict: 'fail',
    subject: { kind: 'Pod', namespace: 'a', name },
    message,
    evidence: [{ source: 'a.yaml', seen: message }],
  };
  const [first, ...rest] = report.controls;
  return { ...report, controls: [{ ...(first as ControlResult), verdict: 'fail', findings: [finding] }, ...rest] };
}

describe('csv', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['＝1', "'＝1"],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
  ])('%j becomes %j', (value, cell) => {
    expect(renderCsv(reportWith(value)).split('\r\n')[1]).toContain(`,x,,${cell},a.yaml,`);
  });

  it('has one row a finding, each of as many cells, ended by CRLF', () => {
    const report = sampleReport();
    const lines = renderCsv(report).split('\r\n');
    const { findings } = report.summary;
    expect(lines).toHaveLength(findings.fail + findings.pass + findings.unknown + findings['not-applicable'] + 2);
    expect(lines.at(-1)).toBe('');
  });
});

describe('junit', () => {
  it('counts what it holds', () => {
    const xml = renderJunit(sampleReport());
    const count = (pattern: RegExp): number => [...xml.matchAll(pattern)].length;
    expect(xml).toContain(
      `<testsuites name="bulwark" tests="${count(/<testcase /g)}" failures="${count(/<failure /g)}" skipped="${count(/<skipped /g)}" errors="0"`,
    );
    expect(count(/<testsuite /g)).toBe(11);
  });

  it('skips what is unknown, waived or not applicable, and says which', () => {
    const xml = renderJunit(sampleReport());
    expect(xml).toContain('<skipped message="unknown: 1 of 2 kubelets was not seen: worker-07"/>');
    expect(xml).toContain(
      '<skipped message="waived by platform@example.org until 2026-12-02: reads node logs; read-only mount"/>',
    );
    expect(xml).toContain('<skipped message="not-applicable: no tenant namespace"/>');
  });

  it('with a baseline, skips a control whose failures are all known', () => {
    const report = sampleReport({ baseline: true });
    const known = report.controls.map((control) => ({
      ...control,
      findings: control.findings.map((finding) => ({ ...finding, isNew: false })),
    }));
    expect(renderJunit({ ...report, controls: known })).not.toContain('<failure');
  });

  it('escapes markup and drops what XML forbids', () => {
    const xml = renderJunit(reportWith('a < b & "c" \u0000\u001b[31m\ud800'));
    expect(xml).toContain('a &lt; b &amp; "c" [31m');
    // eslint-disable-next-line no-control-regex
    expect(xml).not.toMatch(/[\u0000-\u0008\u001b\ud800]/);
  });
});

describe('markdown', () => {
  it('keeps pipes, markup and mentions of the cluster’s text inert', () => {
    const text = renderMarkdown(reportWith('a|b <img> @team #1 **x** `c`', 'n|`m`'));
    expect(text).toContain(String.raw`a\|b &lt;img&gt; @<!-- -->team #<!-- -->1 \*\*x\*\* \`c\``);
    expect(text).toContain('`` Pod a/n\\|`m` ``');
  });

  it('fits into a comment and says how much was left out', () => {
    const report = sampleReport({ extraFindings: 10_000 });
    const long = report.controls.map((control) => ({ ...control, remedy: 'x'.repeat(20_000) }));
    const text = renderMarkdown({ ...report, controls: long });
    expect(text.length).toBeLessThan(65_000);
    expect(text).toMatch(/more controls that fail or are unknown/);
  });
});

describe('artifactLocation', () => {
  it.each([
    ['./a b/ü.yaml', { uri: 'a%20b/%C3%BC.yaml' }],
    ['a\\b.yaml', { uri: 'a/b.yaml' }],
    ['../a:b.yaml', { uri: '../a%3Ab.yaml' }],
    ['/etc/kubernetes/pki/ca.crt', { uri: 'file:///etc/kubernetes/pki/ca.crt' }],
    ['C:\\x\\y.yaml', { uri: 'file:///C:/x/y.yaml' }],
    ['/repo/deploy/a.yaml', { uri: 'deploy/a.yaml' }],
    ['/api/v1/namespaces/web/pods/front', { uri: 'api/v1/namespaces/web/pods/front', uriBaseId: 'APISERVER' }],
    ['\ud800', { uri: '%EF%BF%BD' }],
  ])('%j', (source, location) => {
    expect(artifactLocation(source, '/repo')).toStrictEqual(location);
  });
});

describe('renderScore', () => {
  it('shows a row a judged control, both bounds and the caps, within 80 columns', () => {
    const report = sampleReport();
    const text = renderScore(report);
    for (const { id } of report.score.terms) expect(text).toContain(id);
    expect(text).toContain(`= ${report.score.lower?.value.toFixed(1)}  ${report.score.lower?.grade}`);
    expect(text).toContain('D at best  workload-privileged');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
