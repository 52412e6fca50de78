import Ajv2020 from 'ajv/dist/2020.js';
import AjvDraft04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reportClientSource } from '../../scripts/make-report-client.ts';
import type { Finding } from '../results/finding.ts';
import type { Report } from '../results/report.ts';
import { sampleReport } from './fixtures/sample-report.ts';
import { renderReport, reportFormats } from './formats.ts';
import { reportJsonSchema } from './json-schema.ts';
import { parseReport } from './parse-report.ts';
import { renderTerminal } from './terminal/terminal.ts';
import { cautiousWidth } from './terminal/width.ts';

const file = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const variants: readonly (readonly [string, Report])[] = [
  ['faults', sampleReport()],
  ['baseline', sampleReport({ baseline: true })],
  ['clean', sampleReport({ clean: true })],
  ['1,000 findings', sampleReport({ extraFindings: 1000 })],
];

interface SarifLog {
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: { readonly rules: readonly { readonly id: string; readonly properties: Record<string, unknown> }[] };
      };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly message: { readonly text: string };
        readonly locations: readonly [
          {
            readonly physicalLocation: {
              readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string };
              readonly region?: unknown;
            };
          },
        ];
        readonly partialFingerprints: Record<string, string>;
        readonly suppressions?: readonly { readonly justification: string }[];
        readonly baselineState?: string;
      }[];
      readonly invocations: readonly [
        { readonly toolExecutionNotifications: readonly { readonly descriptor: { readonly id: string } }[] },
      ];
      readonly properties: { readonly summary: unknown };
    },
  ];
}

const sarifOf = async (report: Report): Promise<SarifLog> => JSON.parse(await renderReport('sarif', report)) as SarifLog;

describe('every format', () => {
  it.each(reportFormats)('%s gives the same bytes for the same report', async (format) => {
    expect(await renderReport(format, sampleReport())).toBe(await renderReport(format, sampleReport()));
  });

  it('shows the same numbers', async () => {
    const report = sampleReport();
    const json = JSON.parse(await renderReport('json', report)) as Report;
    const sarif = await sarifOf(report);
    const csv = await renderReport('csv', report);
    expect(json.summary).toStrictEqual(report.summary);
    expect(sarif.runs[0].properties.summary).toStrictEqual(report.summary);
    expect(sarif.runs[0].results).toHaveLength(report.summary.findings.fail);
    expect(
      csv.split('\r\n').filter((line) => /^[^,]+,(?:"[^"]*"|[^,]*),[^,]+,[^,]+,(?:true|false),fail,/.test(line)),
    ).toHaveLength(report.summary.findings.fail);
    expect(await renderReport('markdown', report)).toContain(
      `${report.summary.controls.fail} fail  ${report.summary.controls.unknown} unknown`,
    );
    expect(await renderReport('html', report)).toContain(
      `Bulwark: ${report.summary.controls.fail} fail, ${report.summary.controls.unknown} unknown`,
    );
  });
});

describe('json', () => {
  it('schemas/report.schema.json is what the schema in the source gives', () => {
    expect(file('schemas/report.schema.json')).toBe(reportJsonSchema());
  });

  it.each(variants)('is valid against the published schema and is read back: %s', async (_name, report) => {
    const text = await renderReport('json', report);
    const validate = new Ajv2020.Ajv2020({ allErrors: true }).compile(JSON.parse(reportJsonSchema()) as object);
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
    const read = parseReport(text);
    expect(read.kind).toBe('report');
    expect(read.kind === 'report' ? await renderReport('json', read.report) : '').toBe(text);
  });

  it('keeps the order of the design and leaves pages out', async () => {
    const report = JSON.parse(await renderReport('json', sampleReport())) as Record<string, unknown>;
    expect(Object.keys(report)).toStrictEqual([
      'formatVersion',
      'tool',
      'now',
      'cluster',
      'summary',
      'score',
      'controls',
      'gaps',
      'waivers',
    ]);
    expect(JSON.stringify(report)).not.toContain('What it means');
  });

  it.each([
    ['not JSON', '{"a": SECRET', /^not JSON/],
    ['no report', '{"kind": "List"}', /no formatVersion/],
    ['a newer version', '{"formatVersion": 99}', /format version 99, this Bulwark reads up to 1/],
    ['a member of a wrong shape', '{"formatVersion": 1, "tool": 5}', /tool: expected Object/],
  ])('refuses %s with a reason', (_name, text, message) => {
    const read = parseReport(text);
    expect(read).toMatchObject({ kind: 'refused', message: expect.stringMatching(message) as string });
    expect(JSON.stringify(read)).not.toContain('SECRET');
  });
});

describe('sarif', () => {
  const ajv = new AjvDraft04.default({ strict: false, unicodeRegExp: false, allErrors: true });
  addFormats.default(ajv as never);
  const validate = ajv.compile(JSON.parse(file('tests/data/sarif-2.1.0-rtm.5.json')) as object);

  it.each(variants)('is valid against the 2.1.0 schema: %s', async (_name, report) => {
    expect(validate(JSON.parse(await renderReport('sarif', report))), JSON.stringify(validate.errors)).toBe(true);
  });

  it('refers to its rules, with the base as security-severity', async () => {
    const { runs } = await sarifOf(sampleReport());
    const { rules } = runs[0].tool.driver;
    for (const result of runs[0].results) expect(rules[result.ruleIndex]?.id).toBe(result.ruleId);
    expect(rules.find((rule) => rule.id === 'workload-privileged')?.properties['security-severity']).toBe('9.5');
  });

  it('points to line and column, percent-encodes, and keeps API paths relative to the API server', async () => {
    const { results } = (await sarifOf(sampleReport())).runs[0];
    const locations = results.map((result) => result.locations[0].physicalLocation);
    expect(locations).toContainEqual({
      artifactLocation: { uri: 'objects/shop/cart%20front.yaml' },
      region: { startLine: 33, startColumn: 9 },
    });
    expect(locations).toContainEqual({
      artifactLocation: { uri: 'apis/apps/v1/namespaces/monitoring/daemonsets/log-shipper', uriBaseId: 'APISERVER' },
    });
  });

  it('marks waived findings as suppressed and names owner and expiry', async () => {
    const { results } = (await sarifOf(sampleReport())).runs[0];
    const waived = results.filter((result) => result.suppressions !== undefined);
    expect(waived.map((result) => [result.ruleId, result.suppressions?.[0]?.justification])).toStrictEqual([
      ['workload-hostpath', 'reads node logs; read-only mount (platform@example.org, until 2026-12-02)'],
    ]);
  });

  it('gives fingerprints that know no line and are distinct', async () => {
    const report = sampleReport();
    const moved = JSON.parse(JSON.stringify(report).replaceAll(/"line":(\d+)/g, '"line":1$1')) as Report;
    const prints = async (from: Report): Promise<string[]> =>
      (await sarifOf(from)).runs[0].results.map((result) => result.partialFingerprints['bulwark/v1'] ?? '');
    expect(await prints(moved)).toStrictEqual(await prints(report));
    expect(new Set(await prints(report)).size).toBe(report.summary.findings.fail);
  });

  it('gives baselineState only with a baseline; unknown controls and gaps are notifications', async () => {
    const [plain, compared] = [
      (await sarifOf(sampleReport())).runs[0],
      (await sarifOf(sampleReport({ baseline: true }))).runs[0],
    ];
    expect(new Set(plain.results.map((result) => result.baselineState))).toStrictEqual(new Set([undefined]));
    expect(new Set(compared.results.map((result) => result.baselineState))).toStrictEqual(new Set(['new', 'unchanged']));
    const kinds = plain.invocations[0].toolExecutionNotifications.map((notification) => notification.descriptor.id);
    expect(kinds.filter((kind) => kind === 'unknown')).toHaveLength(5);
    expect(kinds.filter((kind) => kind === 'gap')).toHaveLength(3);
  });
});

describe('whatever a cluster names its objects', () => {
  const ajv = new AjvDraft04.default({ strict: false, unicodeRegExp: false });
  addFormats.default(ajv as never);
  const validate = ajv.compile(JSON.parse(file('tests/data/sarif-2.1.0-rtm.5.json')) as object);
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('</script>', '`|`', ']]>', '=cmd', '\u001b[2J', '../..', 'C:\\x', '__proto__'),
  );

  it('every format is rendered and stays valid', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, text, text, async (name, source, seen, now) => {
        const finding: Finding = {
          verdict: 'fail',
          subject: { kind: 'Pod', namespace: name, name },
          message: seen,
          evidence: [{ source, line: 1, path: name, seen, wanted: name }],
          remedy: seen,
          notes: [name],
        };
        const base = sampleReport({ clean: true });
        const controls = base.controls.map((control, index) =>
          index > 2
            ? control
            : {
                ...control,
                verdict: 'fail' as const,
                findings: [finding],
                reason: seen,
                remedy: seen,
                page: seen,
                parameters: { [name]: seen },
              },
        );
        const report: Report = {
          ...base,
          now,
          controls,
          gaps: [{ source, reason: seen }],
          cluster: { ...base.cluster, sources: [source] },
        };
        const [json, sarif, junit, markdown, html, csv] = await Promise.all(
          reportFormats.map((format) => renderReport(format, report)),
        );
        expect(parseReport(json ?? '')).toMatchObject({ kind: 'report' });
        expect(validate(JSON.parse(sarif ?? '')), JSON.stringify(validate.errors)).toBe(true);
        // eslint-disable-next-line no-control-regex
        expect(junit).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
        expect(html?.match(/<script/g)).toHaveLength(2);
        expect(markdown).not.toMatch(/<script/);
        expect(csv).not.toMatch(/(?:^|,)"?[=@]/m);
        for (const line of renderTerminal(report, { color: false, details: true }).split('\n'))
          expect(cautiousWidth(line)).toBeLessThanOrEqual(80);
      }),
      { numRuns: 60 },
    );
  });
});

describe('html', () => {
  it('the page’s script is what its source gives', async () => {
    expect(file('src/report/html/client.generated.ts')).toBe(await reportClientSource());
  });

  it('lets nothing of the cluster become markup', async () => {
    const html = await renderReport('html', sampleReport());
    expect(html).not.toContain('</script><b>');
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).toContain(String.raw`\u003c/script>`);
  });

  it('holds each control with its page, and a bounded list for readers without JavaScript', async () => {
    const html = await renderReport('html', sampleReport({ extraFindings: 1000 }));
    expect(html.match(/<details class="control"/g)).toHaveLength(44);
    const list = html.slice(html.indexOf('<ol id="list"'), html.indexOf('<button type="button" id="more"'));
    expect(list.match(/<li class="card /g)).toHaveLength(100);
  });
});
