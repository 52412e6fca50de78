import * as fc from 'fast-check';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, stringify } from 'yaml';
import type { Document } from '../document.ts';
import type { FieldPath, Json } from '../json.ts';
import { countNodes, locate } from '../positions.ts';
import { parseByEvents, parseDocuments } from './parse.ts';

const values = (text: string): Json[] => parseDocuments(text, 'x.yaml').documents.map((document) => document.value);
const kinds = (text: string): string[] => parseDocuments(text, 'x.yaml').problems.map((problem) => problem.kind);
const at = (text: string, path: FieldPath, index = 0): string => {
  const document = parseDocuments(text, 'x.yaml').documents[index]!;
  const place = locate(document.value, document.positions!, path);
  return `${place?.line}:${place?.column}`;
};

function expectTable(documents: readonly Document[]): void {
  for (const { value, positions } of documents) expect(positions?.length).toBe(countNodes(value) * 2);
}

describe('parseDocuments', () => {
  it('keeps the place of keys and items', () => {
    const text = 'a: 1\nb:\n  - x\n  - k: v\n    "80": z\n  -\n  - |\n    text\n';
    expect(at(text, ['a'])).toBe('1:1');
    expect(at(text, ['b'])).toBe('2:1');
    expect(at(text, ['b', 0])).toBe('3:5');
    expect(at(text, ['b', 1])).toBe('4:5');
    expect(at(text, ['b', 1, '80'])).toBe('5:5');
    expect(at(text, ['b', 1, 'k'])).toBe('4:5');
    expect(at(text, ['b', 3])).toBe('7:5');
    expect(at(text, ['b', 1, 'absent'])).toBe('4:5');
  });

  it('follows Object.keys where a key looks like an index', () => {
    const text = 'z: {q: 1}\n"10": {r: [1, 2]}\n"9": s\n';
    expect(at(text, ['10', 'r', 1])).toBe('2:15');
    expect(at(text, ['9'])).toBe('3:1');
    expect(at(text, ['z', 'q'])).toBe('1:5');
  });

  it('reads merges in the order of the text, as Go does', () => {
    expect(values('base: &b {p: 1, q: 2}\nuse:\n  <<: *b\n  q: 3\n')).toEqual([{ base: { p: 1, q: 2 }, use: { p: 1, q: 3 } }]);
    expect(values('q: 3\n<<: {q: 2}\n')).toEqual([{ q: 2 }]);
    expect(values('<<: [{a: 1}, {a: 2, b: 3}]\n')).toEqual([{ a: 1, b: 3 }]);
    expect(values('"<<": {a: 1}\n')).toEqual([{ '<<': { a: 1 } }]);
    expect(kinds('<<: 1\n')).toEqual(['value']);
    expect(at('base: &b {p: 1, q: 2}\nuse:\n  <<: *b\n  r: 3\n', ['use', 'q'])).toBe('1:17');
  });

  it('takes the last of a repeated key and names both places', () => {
    const { documents, problems } = parseDocuments('a: {x: 1}\nb: 2\na: {z: 1}\n', 'x.yaml');
    expect(documents[0]?.value).toEqual({ a: { z: 1 }, b: 2 });
    expect(problems).toMatchObject([{ kind: 'duplicate-key', line: 3, column: 1, first: { line: 1, column: 1 }, key: 'a' }]);
    expectTable(documents);
    expect(kinds('yes: 1\ntrue: 2\n')).toEqual(['duplicate-key']);
    expect(kinds('{"a": 1, "a": 2}')).toEqual(['duplicate-key']);
  });

  it('keeps `__proto__` an ordinary member', () => {
    for (const text of ['__proto__: {polluted: 1}\n', '{"__proto__": {"polluted": 1}}', '<<: {__proto__: {polluted: 1}}\n']) {
      const [value] = values(text);
      expect(Object.keys(value as object)).toEqual(['__proto__']);
      expect((value as Record<string, unknown>)['polluted']).toBeUndefined();
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    }
    expect(values('constructor: 1\ntoString: 2\n')).toEqual([{ constructor: 1, toString: 2 }]);
    expect(kinds('constructor: 1\ntoString: 2\n')).toEqual([]);
  });

  it('refuses what Kubernetes refuses, and reads on', () => {
    for (const broken of ['? [a]\n: b\n', '{a: 1}: b\n', '~: 1\n', 'a: .inf\n', 'a: *none\n', 'a: &a [*a]\n', 'a: !!int x\n']) {
      const { documents, problems } = parseDocuments(`first: 1\n---\n${broken}---\nlast: 2\n`, 'x.yaml');
      expect(
        documents.map((document) => document.value),
        broken,
      ).toEqual([{ first: 1 }, { last: 2 }]);
      expect(problems, broken).toMatchObject([
        { kind: 'value', line: expect.toSatisfy((line: number) => line === 3 || line === 4) },
      ]);
    }
  });

  it('goes on at the next document after a syntax error, with its place', () => {
    const { documents, problems } = parseDocuments('a: 1\n---\nb: [1\n---\nc:\n\t- 3\n---\nd: 4\n', 'x.yaml');
    expect(documents.map((document) => document.value)).toEqual([{ a: 1 }, { d: 4 }]);
    expect(problems.map(({ kind, line }) => [kind, line])).toEqual([
      ['syntax', 4],
      ['syntax', 6],
    ]);
    expect(at('a: 1\n---\nb: [1\n---\nd: 4\n', ['d'], 1)).toBe('5:1');
  });

  it('refuses an unfolding bomb, and not a fair use of aliases', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefghi')
      .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`)
      .join('\n')}\n`;
    expect(kinds(bomb)).toEqual(['alias-budget']);
    const fair = `a: &a {x: 1}\nlist:\n${'  - *a\n'.repeat(200)}`;
    expect(kinds(fair)).toEqual([]);
    expectTable(parseDocuments(fair, 'x').documents);
  });

  it('limits depth', () => {
    expect(kinds('['.repeat(5000) + ']'.repeat(5000))).toEqual(['syntax']);
    expect(kinds('- '.repeat(5000))).toEqual(['syntax']);
    expect(kinds('{"a":'.repeat(200) + '1' + '}'.repeat(200))).toEqual([]);
  });

  it('reads CRLF, a byte order mark, directives, end marks and leaves out the empty', () => {
    expect(values('\uFEFFa: 1\r\nb: |\r\n  x\r\n  y\r\n')).toEqual([{ a: 1, b: 'x\ny\n' }]);
    expect(at('\uFEFFa: 1\r\nb: 2\r\n', ['b'])).toBe('2:1');
    expect(values('%YAML 1.2\n# c\n---\na: 1\n...\n%TAG ! tag:x,2000:\n---\nb: !y 2\n')).toEqual([{ a: 1 }, { b: '2' }]);
    expect(values('# only a comment\n')).toEqual([]);
    expect(values('---\n---\n# x\n---\n')).toEqual([]);
    expect(values('')).toEqual([]);
    expect(values('a: 1\rb: 2\r')).toEqual([{ a: 1, b: 2 }]);
    expect(values('--- {a: 1}\n--- # x\nb: 2\n')).toEqual([{ a: 1 }, { b: 2 }]);
    expect(values('a: "x\n ---\n  y"\nb: |\n  ---\n')).toEqual([{ a: 'x --- y', b: '---\n' }]);
  });

  it('names NUL bytes and control characters, and keeps the other documents', () => {
    expect(values('a: 1\n---\nb: \0\n---\nc: 3\n')).toEqual([{ a: 1 }, { c: 3 }]);
    expect(parseDocuments('a: 1\n---\nb: \0\n', 'x').problems).toMatchObject([{ kind: 'syntax', line: 3, column: 4 }]);
  });

  it('knows templates from YAML with braces', () => {
    const helm = '{{- if .Values.on }}\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n{{- end }}\n';
    expect(parseDocuments(helm, 'x').problems).toMatchObject([
      { kind: 'template', line: 1, message: expect.stringMatching(/Helm.*render first/) },
    ]);
    expect(parseDocuments('a: 1\nname: {{ .Values.name }}\n', 'x').problems).toMatchObject([
      { kind: 'template', line: 2, column: 7 },
    ]);
    expect(parseDocuments('{% if x %}\na: {{ y }}\n{% endif %}\n', 'x').problems).toMatchObject([
      { kind: 'template', message: expect.stringContaining('Jinja') },
    ]);
    expect(kinds('a: "{{ .Values.x }}"\n# {{ y }}\n')).toEqual([]);
    expect(kinds('a: [\n# no braces\n')).toEqual(['syntax']);
  });

  it('never quotes a value in a message', () => {
    for (const text of [
      'password: !s3cr3t^ x\n',
      'password: !s3!s3cr3t! x\n',
      'a: "s3cr3t\n',
      's3cr3t\na: b: s3cr3t\n',
      'a: !!int s3cr3t\n',
      '- %s3cr3t\n- @s3cr3t',
    ]) {
      expect(JSON.stringify(parseDocuments(text, 'x').problems), text).not.toContain('s3cr3t');
    }
  });

  it('reads JSON, one value or several, as YAML would', () => {
    const text = '{\n  "a": [1, -2.5e3, true, null, "x\\u00e9\\"\\\\"],\n  "9": {},\n  "b": {"c": []}\n}\n{"d": 1}\n';
    expect(values(text)).toEqual([{ a: [1, -2500, true, null, 'xé"\\'], 9: {}, b: { c: [] } }, { d: 1 }]);
    expect(at(text, ['a', 4])).toBe('2:32');
    expect(at(text, ['9'])).toBe('3:3');
    expect(at(text, ['d'], 1)).toBe('6:2');
    expect(values('{"a": 1,}')).toEqual([{ a: 1 }]);
    expect(values('{a: yes}')).toEqual([{ a: true }]);
    expect(values('[]')).toEqual([[]]);
    expect(kinds('{"a": 1')).toEqual(['syntax']);
  });
});

// A document that both packages read alike: strings that are plainly strings, numbers and booleans of YAML 1.2's core schema.
const word = fc
  .stringMatching(/^[a-z][a-z0-9 /:#'"-]{0,12}$/)
  .filter((text) => !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text));
const key = fc.oneof(
  fc.stringMatching(/^[a-z][a-zA-Z0-9./-]{0,8}$/).filter((text) => !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text)),
  fc.nat(300).map(String),
);
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(
      word,
      fc.integer({ min: -1e6, max: 1e6 }),
      fc.boolean(),
      fc.constant(null),
      fc.constant('two\nlines\n'),
      fc.constant(''),
    ),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
  ),
}));

function oraclePositions(text: string): Map<string, string>[] {
  const counter = new LineCounter();
  return parseAllDocuments(text, { lineCounter: counter, version: '1.2' } as never).map((document: unknown) => {
    const places = new Map<string, string>();
    const put = (path: FieldPath, offset: number): void => {
      const { line, col } = counter.linePos(offset);
      places.set(JSON.stringify(path), `${line}:${col}`);
    };
    const visit = (node: unknown, path: FieldPath): void => {
      if (isMap(node)) {
        for (const pair of node.items) {
          const inner = [...path, String(isScalar(pair.key) ? pair.key.value : '')];
          put(inner, (pair.key as { range: [number] }).range[0]);
          visit(pair.value, inner);
        }
      } else if (isSeq(node)) {
        for (const [index, item] of node.items.entries()) {
          const empty = isScalar(item) && item.source === '';
          if (!empty) put([...path, index], (item as { range: [number] }).range[0]);
          visit(item, [...path, index]);
        }
      }
    };
    visit((document as { contents: unknown }).contents, []);
    return places;
  });
}

describe('against the package yaml', () => {
  const styles = [
    {},
    { defaultStringType: 'QUOTE_DOUBLE' },
    { indentSeq: false },
    { collectionStyle: 'flow' },
    { defaultKeyType: 'QUOTE_SINGLE', indent: 4 },
  ] as never[];

  it('reads the same values and positions, whatever the style', () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 3 }), fc.constantFrom(...styles), (trees, style) => {
        const text = trees.map((value) => `---\n${stringify(value, { ...(style as object), lineWidth: 0 })}`).join('');
        const { documents, problems } = parseDocuments(text, 'x.yaml');
        expect(problems).toEqual([]);
        expect(documents.map((document) => document.value)).toEqual(trees);
        expectTable(documents);
        for (const [index, places] of oraclePositions(text).entries()) {
          const document = documents[index]!;
          for (const [path, place] of places) {
            const found = locate(document.value, document.positions!, JSON.parse(path) as FieldPath);
            expect(`${path} ${found?.line}:${found?.column}`).toBe(`${path} ${place}`);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('reads JSON text as JSON.parse does, with the positions of the YAML reader', () => {
    fc.assert(
      fc.property(
        tree.filter((value) => typeof value === 'object' && value !== null),
        fc.constantFrom(0, 2),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent);
          const [json] = parseDocuments(text, 'x').documents;
          const [yaml] = parseDocuments(`# as YAML\n${text}`, 'x').documents;
          expect(json?.value).toEqual(JSON.parse(text));
          expect([...(yaml?.positions ?? [])].map((cell, index) => (index % 2 === 0 ? cell - 1 : cell))).toEqual([
            ...(json?.positions ?? []),
          ]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('the fast reader', () => {
  it('agrees with the events on text that looks like manifests, whole or damaged (plain-agrees)', () => {
    const value = fc.constantFrom(
      'a',
      '"q"',
      "'s'",
      '12',
      'yes',
      '[a, "b", 3]',
      '{a: 1, "9": b}',
      '[]',
      '{}',
      '',
      '|\n      text\n\n      more\n',
      '|-\n     x',
      'a # c',
      'http://x:80',
      '--a=b',
      'two words',
      '"a: b"',
      '>\n    x',
      '&a b',
      '*a',
      '!t x',
      'a: b',
      '- x',
      '.5',
      '~',
      '[a: b]',
      '[a,]',
      '{a}',
      "'it''s'",
      '"\\n"',
      '-',
      '? x',
      'x:',
      '# c',
      '\tx',
      'x\t',
      '1_0',
      '- - x',
      '[-a, -]',
      '"x" y',
      '[a] b',
      '{a:1}',
      '["a":1]',
    );
    const name = fc.constantFrom(
      'name',
      'a.b/c',
      '"k"',
      '80',
      '- name',
      '- ',
      '-',
      'yes',
      '"80"',
      '__proto__',
      "'k'",
      '  - x',
      '? k',
      '#c',
      '...',
      'k ',
      'null',
      '---',
      '"k" ',
      '- "x"',
      '  deep',
      '\t',
    );
    const line = fc
      .tuple(fc.nat(4), name, fc.constantFrom(': ', ':', ':  ', ' : ', ''), value)
      .map(([indent, key, colon, text]) => `${'  '.repeat(indent)}${key}${colon}${text}`);
    const texts = fc
      .tuple(
        fc.array(fc.oneof(line, fc.constantFrom('', '   ', '# c', '---', '--- # c')), { maxLength: 12 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
      )
      .map(([lines, end, last]) => lines.join(end) + (last ? end : ''));
    fc.assert(
      fc.property(texts, (text) => {
        if (/^\s*[{[]/.test(text)) return;
        expect(parseDocuments(text, 'x')).toEqual(parseByEvents(text, 'x'));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('bad input', () => {
  it('never throws and never loses the table, on random text, truncations and mutations', () => {
    const seed =
      'apiVersion: v1\nkind: Pod\nmetadata: &m\n  name: "x"\n  labels: {a: b, "1": c}\nspec:\n  - <<: *m\n    args: [--a=b, |]\n---\n? k\n: !!str v\n...\n{"a": [1, {"b": "c"}]}\n';
    const pieces = fc.array(
      fc.constantFrom(
        ...'-:?[]{},#&*!|>\'"%@`\n\t \r\0a1~<.'.split(''),
        '---\n',
        '<<: ',
        '*m',
        '&m ',
        '!!int ',
        '{{ ',
        '\uFEFF',
        '\uD800',
      ),
      { maxLength: 60 },
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      pieces.map((list) => list.join('')),
      fc.nat(seed.length).map((length) => seed.slice(0, length)),
      fc.tuple(fc.nat(seed.length), pieces).map(([offset, list]) => seed.slice(0, offset) + list.join('') + seed.slice(offset)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { documents, problems } = parseDocuments(text, 'x');
        expectTable(documents);
        for (const problem of problems) expect(problem.line).toBeGreaterThan(0);
        if (!/^\s*[{[]/.test(text)) expect({ documents, problems }).toEqual(parseByEvents(text, 'x'));
      }),
      { numRuns: 600 },
    );
  });
});

const corpora = '../shared/corpora';

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (/\.(?:ya?ml|json)$/.test(entry.name)) yield path;
  }
}

describe.skipIf(!existsSync(corpora))('corpora (needs ../shared/corpora)', () => {
  it('parses every YAML and JSON file without a throw, with whole tables', { timeout: 120_000 }, () => {
    let documents = 0;
    for (const path of filesBelow(corpora)) {
      const parsed = parseDocuments(readFileSync(path, 'utf8'), path);
      documents += parsed.documents.length;
      if (documents % 3 === 0 && !path.endsWith('.json'))
        expect(isDeepStrictEqual(parsed, parseByEvents(readFileSync(path, 'utf8'), path)), path).toBe(true);
      for (const { value, positions } of parsed.documents) if (positions?.length !== countNodes(value) * 2) throw new Error(path);
    }
    expect(documents).toBeGreaterThan(5000);
  });
});
