import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import { fixturesOf, judge } from './fixtures/judge-fixtures.ts';

const fixtures = catalogue
  .flatMap((control) => fixturesOf(control).map((fixture) => ({ control, ...fixture })))
  .filter(({ path }) => path.endsWith('.yaml') && readFileSync(path, 'utf8').includes('\n---\n'));

describe('the order of documents', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulwark-order-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([...new Set(fixtures.map(({ control }) => control.id))])('decides nothing for %s', async (id) => {
    for (const { control, name, path, verdict } of fixtures.filter((fixture) => fixture.control.id === id)) {
      const file = join(folder, `${id}-${verdict}-${name}`);
      const texts = readFileSync(path, 'utf8').split(/^---$/m);
      writeFileSync(file, texts.toReversed().join('\n---\n'));
      const settings = path.replace(/\.yaml$/, '.settings.yaml');
      if (existsSync(settings)) copyFileSync(settings, file.replace(/\.yaml$/, '.settings.yaml'));
      const result = await judge(control, file);
      expect({ name, verdict: result.verdict }).toEqual({ name, verdict });
    }
  });
});
