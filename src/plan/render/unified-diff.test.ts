import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

describe('unifiedDiff', () => {
  it('shows three lines around a change', () => {
    const text = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`).join('');
    expect(unifiedDiff(text, text.replace('line 10\n', 'line ten\n'), '/etc/x')).toBe(
      '--- a/etc/x\n+++ b/etc/x\n@@ -7,7 +7,7 @@\n line 7\n line 8\n line 9\n-line 10\n+line ten\n line 11\n line 12\n line 13\n',
    );
    expect(unifiedDiff(undefined, 'a\n', '/etc/x')).toBe('--- /dev/null\n+++ b/etc/x\n@@ -0,0 +1 @@\n+a\n');
    expect(unifiedDiff('a\n', 'a\n', '/etc/x')).toBe('');
  });

  it('is what patch reads, for any texts', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bulwark-diff-'));
    try {
      const line = fc.constantFrom('a', 'b', 'c', '', '- x');
      const text = fc
        .tuple(fc.array(line, { minLength: 1, maxLength: 30 }), fc.boolean())
        .map(([lines, end]) => lines.join('\n') + (end ? '\n' : ''));
      fc.assert(
        fc.property(text, text, (before, after) => {
          if (before === after || before === '' || after === '') return;
          const file = join(folder, 'file');
          writeFileSync(file, before);
          execFileSync('patch', ['-s', file], { input: unifiedDiff(before, after, 'file') });
          expect(readFileSync(file, 'utf8')).toBe(after);
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
