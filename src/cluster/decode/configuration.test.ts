import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { placeOf } from '../document.ts';
import { decodeConfiguration } from './configuration.ts';
import { goDuration, goInt32, goString, kindStruct, mapOf, pointerTo, sliceOf, struct } from './schema.ts';

const item = struct('v1.Item', { name: goString, count: goInt32, wait: pointerTo(goDuration), labels: mapOf(goString) });
const scheme = {
  name: 'place.go:1',
  kinds: new Map([['group/v1 Thing', kindStruct('v1.Thing', { items: sliceOf(item), note: goString })]]),
};
const head = 'apiVersion: group/v1\nkind: Thing\n';

function decode(text: string, strict = true) {
  return decodeConfiguration(text, { source: 'thing.yaml', scheme, strict });
}

function messageOf(text: string): string {
  const result = decode(text);
  return result.kind === 'fault' ? `${result.line}:${result.column} ${result.message}` : 'decoded';
}

describe('decodeConfiguration', () => {
  it.each([
    ['', "1:1 Object 'Kind' is missing in ''"],
    ['kind: Thing', "1:1 Object 'apiVersion' is missing in 'kind: Thing'"],
    [
      'kind: 5',
      "1:7 couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string",
    ],
    ['apiVersion: a/b/c\nkind: Thing', '1:13 unexpected GroupVersion string: a/b/c'],
    ['apiVersion: group/v2\nkind: Thing', '1:13 no kind "Thing" is registered for version "group/v2" in scheme "place.go:1"'],
    [`${head}items:\n- count: x\n`, '4:10 json: cannot unmarshal string into Go struct field Item.items.count of type int32'],
    [
      `${head}items:\n- count: 2147483648\n`,
      '4:10 json: cannot unmarshal number 2147483648 into Go struct field Item.items.count of type int32',
    ],
    [`${head}items: {a: 1}\n`, '3:8 json: cannot unmarshal object into Go struct field Thing.items of type []v1.Item'],
    [`${head}items:\n- wait: "3"\n`, '4:9 time: missing unit in duration "3"'],
    [`${head}items:\n- wait: 3\n`, '4:9 json: cannot unmarshal number into Go struct field Item.items.wait of type string'],
    [
      `${head}items:\n- labels: {a: 1}\n`,
      '4:15 json: cannot unmarshal number into Go struct field Item.items.labels of type string',
    ],
    [`${head}zebra: 1\nitems:\n- Name: x\n`, '5:3 strict decoding error: unknown field "items[0].Name", unknown field "zebra"'],
    [
      `${head}note: a\nnote: b\nx: 1\n`,
      '4:1 strict decoding error: yaml: unmarshal errors:\n  line 4: key "note" already set in map, unknown field "x"',
    ],
    [`${head}note: b: c\n`, '3:8 yaml: line 3: mapping values are not allowed in this context'],
    [`${head}\tnote: b\n`, '3:1 yaml: line 3: found a tab character that violates indentation'],
    [`${head}note: "a\n`, '4:1 yaml: line 4: found unexpected end of stream'],
    [`${head}note: "\\q"\n`, '3:8 yaml: line 3: found unknown escape character'],
    [`${head}items: [a, b\n`, "4:1 yaml: line 3: did not find expected ',' or ']'"],
    [`${head}items:\n- name: a\n name: b\n`, '5:2 yaml: line 4: did not find expected key'],
    [`${head}note: *x\n`, "3:7 yaml: unknown anchor 'x' referenced"],
    [
      `${head}note: {{ .Values.note }}\n`,
      '3:8 yaml: invalid map key: map[interface {}]interface {}{".Values.note":interface {}(nil)}',
    ],
    [
      '{"apiVersion":"group/v1","kind":"Thing",}',
      `1:41 couldn't get version/kind; json parse error: invalid character '}' looking for beginning of object key string`,
    ],
    ['{"apiVersion":"group/v1","kind":"Thing","note":"a","note":"b"}', '1:52 strict decoding error: duplicate field "note"'],
  ])('says of %j what the server says', (text, message) => {
    expect(messageOf(text)).toBe(message);
  });

  it('reads only the first document, CRLF and JSON', () => {
    for (const text of [
      `${head}note: x\n---\n}{ garbage`,
      `${head}note: x\n`.replaceAll('\n', '\r\n'),
      '{"apiVersion":"group/v1","kind":"Thing","note":"x"}',
    ]) {
      expect(decode(text)).toMatchObject({ kind: 'decoded', value: { note: 'x', items: [] } });
    }
  });

  it('fills in zero values and reads durations as nanoseconds', () => {
    expect(decode(`${head}items:\n- wait: 1m30s\n- null\n`)).toMatchObject({
      value: { note: '', items: [{ name: '', count: 0, wait: 90_000_000_000n, labels: {} }, { wait: null }] },
    });
  });

  it('follows anchors and merges', () => {
    expect(decode(`${head}items:\n- &one {name: a, count: 1}\n- {<<: *one, count: 2}\n`, false)).toMatchObject({
      value: {
        items: [
          { name: 'a', count: 1 },
          { name: 'a', count: 2 },
        ],
      },
    });
  });

  it('keeps values out of what reports print', () => {
    const result = decode('secret: hunter2\n');
    expect(result).toMatchObject({ kind: 'fault', reportMessage: "Object 'Kind' is missing" });
  });

  it('places every field of an accepted document', () => {
    const result = decode(`${head}items:\n- name: a\n  2: x\n- name: b\n`, false);
    if (result.kind !== 'decoded') throw new Error(result.message);
    expect(result.document.positions).toHaveLength(2 * 9);
    expect(placeOf(result.document, ['items', 0, '2'])).toMatchObject({ line: 5, column: 3 });
    expect(placeOf(result.document, ['items', 1, 'name'])).toMatchObject({ line: 6, column: 3 });
  });

  it('never throws', () => {
    const pieces = fc.constantFrom(
      '- ',
      ': ',
      '\n',
      '  ',
      '\t',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '&a',
      '*a',
      '!!int ',
      '!',
      '|',
      '>',
      '?',
      '#',
      '<<',
      '\u0001',
      '%',
      'a',
      '1',
      '~',
      '\r\n',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 4 })), { maxLength: 40 }), (parts) => {
        decode(head + parts.join(''));
        decode(parts.join(''));
        decode(`{${parts.join('')}`);
      }),
      { numRuns: 500 },
    );
    for (const deep of ['['.repeat(20_000), `${head}note: ${'{a: '.repeat(20_000)}`, `{"a":${'['.repeat(20_000)}`])
      expect(decode(deep).kind).toBe('fault');
  });
});
