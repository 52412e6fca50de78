import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../results/report.ts';
import { sampleReport } from '../fixtures/sample-report.ts';
import { wantsColor } from './color.ts';
import { wrap } from './layout.ts';
import { renderTerminal } from './terminal.ts';
import { cautiousWidth, measureFor } from './width.ts';

// eslint-disable-next-line no-control-regex
const codes = /\u001b\[\d+m/g;
const variants: readonly (readonly [string, Report])[] = [
  ['faults', sampleReport()],
  ['baseline', sampleReport({ baseline: true })],
  ['clean', sampleReport({ clean: true })],
  ['many findings', sampleReport({ extraFindings: 2000 })],
];

describe('renderTerminal', () => {
  it.each(variants)('keeps the summary on one screen of 24 lines: %s', (_name, report) => {
    const lines = renderTerminal(report, { color: false, exitCode: 1 }).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(23);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  it.each([48, 60, 80, 120])('no line is wider than %d columns', async (width) => {
    for (const [, report] of variants) {
      const measure = await measureFor(JSON.stringify(report));
      const text = renderTerminal(report, { color: false, width, details: 'all', measure });
      for (const line of text.split('\n')) expect(measure(line), line).toBeLessThanOrEqual(width);
    }
  });

  it('says the same with and without colour', () => {
    const report = sampleReport();
    const coloured = renderTerminal(report, { color: true, details: true });
    expect(coloured).toMatch(codes);
    expect(coloured.replaceAll(codes, '')).toBe(renderTerminal(report, { color: false, details: true }));
  });

  it('puts the worst first, each with place, seen and wanted', () => {
    const text = renderTerminal(sampleReport(), { color: false });
    expect(text).toMatch(
      /FIRST THREE[^]* 1 authz-cluster-admin-bindings +4 findings, critical[^]* 2 workload-privileged +critical/,
    );
    expect(text).toContain('= true; wanted: unset or false');
    expect(text).toContain('next: bulwark rbac paths');
    expect(text).toContain('9 fail  5 unknown  29 pass  1 not-applicable   17 failing findings, 1 waived');
  });

  it('shows waivers, gaps and remedies in the details', () => {
    const text = renderTerminal(sampleReport(), { color: false, details: true });
    expect(text).toContain('waived by platform@example.org until 2026-12-02: reads node logs;');
    expect(text).toContain('GAPS: 3 things that could not be read');
    expect(text).toMatch(/expired workload-seccomp Deployment shop\/\*/);
    expect(text).toContain('      - secretbox:');
  });

  it('never lets a name of the cluster steer the terminal', () => {
    const json = JSON.stringify(sampleReport()).replaceAll('ci-admin', String.raw`\u001b]0;x\u0007\u202e`);
    const text = renderTerminal(JSON.parse(json) as Report, { color: false, details: 'all' });
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u001b\u0007\u202e]/);
  });
});

describe('wrap', () => {
  it('loses nothing but spaces and keeps to the width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), fc.integer({ min: 2, max: 60 }), (text, width) => {
        const lines = wrap(text, width, cautiousWidth);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        for (const line of lines)
          expect(cautiousWidth(line) <= width || [...new Intl.Segmenter('en').segment(line)].length === 1).toBe(true);
      }),
    );
  });
});

describe('wantsColor', () => {
  it.each([
    ['terminal', {}, true, true],
    ['pipe', {}, false, false],
    ['NO_COLOR', { NO_COLOR: '1' }, true, false],
    ['empty NO_COLOR', { NO_COLOR: '' }, true, true],
    ['FORCE_COLOR in a pipe', { FORCE_COLOR: '1' }, false, true],
    ['FORCE_COLOR beats NO_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
    ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false],
    ['TERM=dumb', { TERM: 'dumb' }, true, false],
  ])('%s', (_name, environment, isTTY, wanted) => {
    expect(wantsColor({ environment, isTTY })).toBe(wanted);
  });
});
