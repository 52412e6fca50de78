import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import data from './catalogue.data.json' with { type: 'json' };
import { controlFolder, fixturesOf, judge } from './fixtures/judge-fixtures.ts';

const root = new URL('./', import.meta.url).pathname;
const folders = readdirSync(root, { withFileTypes: true })
  .filter((area) => area.isDirectory())
  .flatMap((area) => readdirSync(join(root, area.name)).map((id) => `${area.name}/${id}`))
  .filter((folder) => existsSync(join(root, folder, 'control.ts')));

const headings = ['What it means', 'How it is abused', 'How to fix', 'What may break', 'When to leave it alone', 'Sources'];

function pageOf(control: (typeof catalogue)[number]): string {
  const page = join(controlFolder(control), 'control.md');
  return existsSync(page) ? readFileSync(page, 'utf8') : '';
}

/** Blocks of a page that are marked with a verdict: ```yaml pass. */
function markedBlocks(page: string): readonly { readonly verdict: string; readonly text: string }[] {
  return [...page.matchAll(/^```yaml (pass|fail|unknown)\n([\s\S]*?)^```/gm)].map(([, verdict, text]) => ({
    verdict: verdict ?? '',
    text: text ?? '',
  }));
}

describe('catalogue', () => {
  it('is the sorted list of the control folders', () => {
    expect(catalogue.map((control) => `${control.area}/${control.id}`)).toEqual([...folders].sort());
  });

  it('holds all 44 essential controls and resources-limitrange-consistency', () => {
    const essential = Object.entries(data as Readonly<Record<string, { essential: boolean }>>)
      .filter(([, row]) => row.essential)
      .map(([id]) => id);
    expect(essential).toHaveLength(44);
    const ids = new Set(catalogue.map((control) => control.id));
    expect([...essential, 'resources-limitrange-consistency'].filter((id) => !ids.has(id))).toEqual([]);
  });

  describe.each(catalogue.map((control) => [control.id, control] as const))('%s', (_, control) => {
    it('has a page with its title and the six headings in order', () => {
      const lines = pageOf(control).split('\n');
      expect(lines[0]).toBe(`# ${control.title}`);
      expect(lines.filter((line) => line.startsWith('## ')).map((line) => line.slice(3))).toEqual(headings);
    });

    it('has a pass, a fail and an unknown fixture', () => {
      const seen = new Set(fixturesOf(control).map((fixture) => fixture.verdict));
      expect((['pass', 'fail', 'unknown'] as const).filter((verdict) => !seen.has(verdict))).toEqual([]);
    });

    it('says how it is mended, and what that may break', () => {
      expect(control.remedy.text.length).toBeGreaterThan(20);
      expect(control.tradeOffs.length).toBeGreaterThan(0);
    });

    it('judges the blocks of its page as they are marked', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'bulwark-page-'));
      try {
        for (const [index, block] of markedBlocks(pageOf(control)).entries()) {
          const file = join(folder, `block-${index}.yaml`);
          writeFileSync(file, block.text);
          const { verdict, reason } = await judge(control, file);
          expect({ block: index, verdict, reason }).toEqual({ block: index, verdict: block.verdict, reason });
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
});
