import fc from 'fast-check';
import { parse as parseWithYaml } from 'yaml';
import { describe, expect, it } from 'vitest';
import type { FieldEdit } from '../../cluster/change.ts';
import type { Json } from '../../cluster/json.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import { editYaml } from './edit.ts';
import { editedValue, sameJson } from './wanted.ts';

function edited(text: string, ...edits: readonly FieldEdit[]): string {
  const result = editYaml(text, edits);
  return result.kind === 'edited' ? result.text : `refused: ${result.why}`;
}

const pod = `# by hand
apiVersion: v1
kind:   Pod          # a pod
spec:
  containers:
  - command:
    - kube-apiserver
    - "--a=1"   # first
    - '--b=2'

    # about c
    - --c=3
    name: 'x'
  volumes: []
  # the end
`;

describe('editYaml', () => {
  it('replaces a scalar in the style that stands there', () => {
    expect(edited(pod, { op: 'set', path: ['spec', 'containers', 0, 'command', 1], value: '--a=2' })).toBe(
      pod.replace('"--a=1"', '"--a=2"'),
    );
    expect(edited(pod, { op: 'set', path: ['spec', 'containers', 0, 'command', 2], value: "--b='2'" })).toBe(
      pod.replace("'--b=2'", "'--b=''2'''"),
    );
    expect(edited('a: x # y\n', { op: 'set', path: ['a'], value: 'yes' })).toBe('a: "yes" # y\n');
    expect(edited("a: 'x'\n", { op: 'set', path: ['a'], value: true })).toBe('a: true\n');
  });

  it('inserts items with the indentation and quotes of the list, before the comment of the next one', () => {
    const command = ['spec', 'containers', 0, 'command'] as const;
    expect(edited(pod, { op: 'insert', path: command, index: 99, value: '--d=4' })).toBe(
      pod.replace('    - --c=3\n', '    - --c=3\n    - --d=4\n'),
    );
    expect(edited(pod, { op: 'insert', path: command, index: 3, value: '--d=4' })).toBe(
      pod.replace("    - '--b=2'\n", "    - '--b=2'\n    - --d=4\n"),
    );
    expect(edited(pod, { op: 'insert', path: command, index: 0, value: 'x' })).toBe(
      pod.replace('    - kube-apiserver\n', '    - x\n    - kube-apiserver\n'),
    );
    expect(edited('a:\n  - "x"\n  - "y"', { op: 'insert', path: ['a'], index: 2, value: 'z' })).toBe(
      'a:\n  - "x"\n  - "y"\n  - "z"',
    );
  });

  it('makes absent lists and mappings, and fills empty ones', () => {
    expect(
      edited(pod, { op: 'insert', path: ['spec', 'volumes'], index: 0, value: { name: 'v', hostPath: { path: '/x' } } }),
    ).toBe(pod.replace('  volumes: []\n', '  volumes:\n  - name: v\n    hostPath:\n      path: /x\n'));
    expect(edited(pod, { op: 'set', path: ['spec', 'dns', 'policy'], value: 'Default' })).toBe(
      pod.replace('  volumes: []\n', '  volumes: []\n  dns:\n    policy: Default\n'),
    );
    expect(edited('a:   # nothing yet\nb: 1\n', { op: 'set', path: ['a', 'c'], value: [1] })).toBe(
      'a:   # nothing yet\n  c:\n  - 1\nb: 1\n',
    );
    expect(edited('', { op: 'set', path: ['a'], value: 1 })).toBe('a: 1');
    expect(edited('a: null # n\n', { op: 'set', path: ['a'], value: { b: 1 } })).toBe('a: # n\n  b: 1\n');
  });

  it('removes lines and leaves the rest, also the first of an item and the last of a collection', () => {
    const command = ['spec', 'containers', 0, 'command'] as const;
    expect(edited(pod, { op: 'remove', path: [...command, 1] })).toBe(pod.replace('    - "--a=1"   # first\n', ''));
    expect(edited(pod, { op: 'remove', path: command })).toContain("  - name: 'x'\n");
    expect(edited('a:\n  - b: 1\n    c: 2\n  - 3\n', { op: 'remove', path: ['a', 0] })).toBe('a:\n  - 3\n');
    expect(edited('a:\n  b: 1\nc: 2\n', { op: 'remove', path: ['a', 'b'] })).toBe('a: {}\nc: 2\n');
    expect(edited('a:\n- b\nc: 2', { op: 'remove', path: ['c'] })).toBe('a:\n- b');
    expect(edited(pod, { op: 'remove', path: ['spec', 'nothing', 'here'] })).toBe(pod);
  });

  it('edits flow style and JSON', () => {
    expect(edited('a: {b: [1, 2], c: x}\n', { op: 'insert', path: ['a', 'b'], index: 9, value: 3 })).toBe(
      'a: {b: [1, 2, 3], c: x}\n',
    );
    expect(edited('a: {b: [1, 2], c: x}\n', { op: 'set', path: ['a', 'd'], value: { e: 'f, g' } })).toBe(
      'a: {b: [1, 2], c: x, d: {e: "f, g"}}\n',
    );
    expect(edited('a: {b: [1, 2], c: x}\n', { op: 'remove', path: ['a', 'c'] })).toBe('a: {b: [1, 2]}\n');
    expect(edited('a: [1]\n', { op: 'remove', path: ['a', 0] })).toBe('a: []\n');
    const json = '{\n  "a": 1,\n  "b": {\n    "c": [ "x" ]\n  }\n}\n';
    expect(edited(json, { op: 'set', path: ['b', 'd'], value: 'y' })).toBe(
      '{\n  "a": 1,\n  "b": {\n    "c": [ "x" ],\n    "d": "y"\n  }\n}\n',
    );
  });

  it('keeps CRLF, a byte order mark and a missing last newline', () => {
    expect(edited('\uFEFFa:\r\n  b: 1 # c\r\n', { op: 'set', path: ['a', 'd'], value: 2 })).toBe(
      '\uFEFFa:\r\n  b: 1 # c\r\n  d: 2\r\n',
    );
    expect(edited('a:\r\n  b: 1', { op: 'set', path: ['a', 'd'], value: 2 })).toBe('a:\r\n  b: 1\r\n  d: 2');
  });

  it('changes only the members of a collection that differ', () => {
    const text = 'a:\n    x: 1 # one\n    w: [1,2]\n    z: 3\n';
    expect(edited(text, { op: 'set', path: ['a'], value: { x: 1, w: [1, 2, 3] } })).toBe('a:\n    x: 1 # one\n    w: [1,2, 3]\n');
  });

  it('writes texts of several lines as blocks, and replaces them', () => {
    const text = 'data:\n  a: |\n    one\n    two\n\nend: 1\n';
    expect(edited(text, { op: 'set', path: ['data', 'b'], value: 'x\ny\n' })).toBe(
      'data:\n  a: |\n    one\n    two\n  b: |\n    x\n    y\n\nend: 1\n',
    );
    expect(edited(text, { op: 'set', path: ['data', 'a'], value: 'three\n' })).toBe('data:\n  a: |\n    three\n\nend: 1\n');
  });

  it('refuses what it cannot do by a small splice, and keeps other documents', () => {
    expect(edited('a: &x {b: 1}\nc: *x\n', { op: 'set', path: ['c', 'b'], value: 2 })).toMatch(/^refused: /);
    expect(edited('a: &x {b: 1}\nc: *x\n', { op: 'set', path: ['a', 'b'], value: 2 })).toMatch(/^refused: /);
    expect(edited('a: 1\n', { op: 'set', path: ['a', 'b'], value: 2 })).toMatch(/^refused: /);
    expect(edited('a: [\n', { op: 'set', path: ['a'], value: 2 })).toMatch(/^refused: /);
    expect(edited('---\na: 1\n---\na: 1\n', { op: 'set', path: ['a'], value: 2 })).toBe('---\na: 2\n---\na: 1\n');
  });
});

const key = fc.constantFrom('a', 'b', 'c', 'd-e', 'x.y/z');
const leaf = fc.oneof(
  fc.constantFrom<Json>(null, true, 0, 17, 'x', 'yes', '--flag=a: b', '# c', 'a # b', '', ' s', 'two\nlines\n'),
  fc.string({ maxLength: 8 }),
);
const { value: anyValue } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }) as fc.Arbitrary<Json>,
  ),
}));
const path = fc.array(fc.oneof(key, fc.nat(2)), { minLength: 1, maxLength: 3 });
const edit: fc.Arbitrary<FieldEdit> = fc.oneof(
  fc.record({ op: fc.constant('set' as const), path, value: anyValue }),
  fc.record({ op: fc.constant('remove' as const), path }),
  fc.record({ op: fc.constant('insert' as const), path, index: fc.nat(3), value: anyValue }),
);

describe('editYaml over random texts', () => {
  it('gives the wanted value or refuses; two YAML readers agree', () => {
    let done = 0;
    fc.assert(
      fc.property(
        fc.dictionary(key, anyValue, { minKeys: 1, maxKeys: 4 }),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (value, edits, json) => {
          const written = json ? JSON.stringify(value, null, 1) : edited('', { op: 'set', path: [], value: value as Json });
          if (written.startsWith('refused')) return;
          const result = editYaml(written, edits);
          if (result.kind === 'refused') return;
          done++;
          let wanted: Json | undefined = value as Json;
          for (const one of edits) wanted = wanted === undefined ? undefined : editedValue(wanted, one);
          const read = parseDocuments(result.text, '').documents[0]?.value ?? null;
          expect(sameJson(read, wanted)).toBe(true);
          expect(sameJson(parseWithYaml(result.text, { version: '1.1' }) as Json, wanted)).toBe(true);
        },
      ),
      { numRuns: 600 },
    );
    expect(done).toBeGreaterThan(150);
  });
});
