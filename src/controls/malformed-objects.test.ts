import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assess } from '../assess/assess.ts';
import type { Json } from '../cluster/json.ts';
import { isObject } from '../cluster/json.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { readManifests } from '../collect/manifests.ts';
import { mergeParts } from '../collect/parts.ts';
import { catalogue } from './catalogue.ts';
import { fixturesOf, fixtureTime } from './fixtures/judge-fixtures.ts';
import { defaultSettings } from './settings.ts';

/** What stands in the place of a field that somebody got wrong. */
const junk = fc.constantFrom<Json>(null, true, 0, -1, 1e300, '', 'text', [], [null], [[]], {}, { a: null }, [{}], ['x', 1]);

/** All places of a value, from its top. */
function pathsOf(value: Json, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  const children = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
  return [path, ...children.flatMap(([step, child]) => pathsOf((child ?? null) as Json, [...path, step]))];
}

function replaceAt(value: Json, path: readonly (string | number)[], by: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return by;
  if (Array.isArray(value)) return value.map((item: Json, index) => (index === step ? replaceAt(item, rest, by) : item));
  if (!isObject(value)) return value;
  return { ...value, [step]: replaceAt(value[step] ?? null, rest, by) };
}

const files = catalogue
  .flatMap((control) => fixturesOf(control).map(({ path }) => ({ control, path })))
  .filter(({ path }) => path.endsWith('.yaml'));

describe('malformed objects', () => {
  it('never stop a control', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), junk, (file, place, by) => {
        const chosen = files[file % files.length];
        if (chosen === undefined) return;
        const { documents } = parseDocuments(readFileSync(chosen.path, 'utf8'), chosen.path);
        const paths = documents.flatMap(({ value }, index) => pathsOf(value).map((path) => ({ index, path })));
        const at = paths[place % paths.length];
        const changed = documents.map((document, index) =>
          index === at?.index ? { value: replaceAt(document.value, at.path, by), source: document.source } : document,
        );
        const cluster = mergeParts(['fixture'], [readManifests(changed)]);
        const results = assess(cluster, {
          controls: [chosen.control],
          settings: { ...defaultSettings, complete: 'all' },
          now: fixtureTime,
        });
        expect(results).toHaveLength(1);
      }),
      { numRuns: 1500 },
    );
  });
});
