import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../cluster/json.ts';
import { NativeList, compilationFault, readExpression } from './expression.ts';

const evaluated = (text: string, value: Json, variable = 'claims') => readExpression(text, variable)?.evaluate(value);

describe('expressions', () => {
  it.each([
    ['claims.a + claims.b', { a: 'x', b: 'y' }, 'xy'],
    ['claims.n + 1 == 3', { n: 2 }, true],
    ['claims.?deep.?list.orValue([])', {}, []],
    ['claims.list.exists(x, x == "b")', { list: ['a', 'b'] }, true],
    ['has(claims.a) && size(claims.a) > 0', { a: '' }, false],
    ['claims["a"] in ["x", "y"]', { a: 'y' }, true],
  ] as const)('%s', (text, value, wanted) => {
    expect(evaluated(text, value as unknown as Json)).toEqual({ kind: 'value', value: wanted });
  });

  it('word errors as cel-go does, and know what they do not know', () => {
    expect(evaluated('claims.a', {})).toEqual({ kind: 'error', message: 'no such key: a' });
    expect(evaluated('claims.a.split(",")', { a: ['x'] })).toEqual({
      kind: 'error',
      message: 'no such overload: split(list, string)',
    });
    expect(evaluated('claims.a + claims.b', { a: 'x', b: 1 })?.kind).toBe('unknown');
    const list = evaluated('claims.a.split(",")', { a: 'x,y' });
    expect(list?.kind === 'value' && list.value).toBeInstanceOf(NativeList);
  });

  it.each([
    'claims.a.matches("x")',
    'claims.a.lowerAscii()',
    'claims.map(x, x)',
    'sets.contains([1], [1])',
    'claims.',
    'other.a',
    '',
  ])('%s: is not answered for', (text) => {
    expect(readExpression(text, 'claims')).toBeUndefined();
  });

  it('name the one thing that nothing declares', () => {
    expect(compilationFault('claims.a == foo.b', 'claims')).toBe(
      "compilation failed: ERROR: <input>:1:13: undeclared reference to 'foo' (in container '')\n | claims.a == foo.b\n | ............^",
    );
    expect(compilationFault('user.nick == "x"', 'user')).toBe(
      'compilation failed: ERROR: <input>:1:5: undefined field \'nick\'\n | user.nick == "x"\n | ....^',
    );
    expect(compilationFault('claims.list.all(x, x == y)', 'claims')).toContain("'y'");
    expect(compilationFault('foo == bar', 'claims')).toBeUndefined();
    expect(compilationFault('claims.', 'claims')).toBeUndefined();
  });

  it('never throw, whatever they are', () => {
    const piece = fc.constantFrom(
      'claims',
      'user',
      '.a',
      '.?b',
      '(',
      ')',
      '[',
      ']',
      '"x"',
      ' + ',
      ' in ',
      '1',
      '!',
      '?',
      ':',
      '&&',
      'size',
      '\n',
      'ü',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.jsonValue(), (pieces, value) => {
        const text = pieces.join('');
        for (const variable of ['claims', 'user']) {
          compilationFault(text, variable);
          readExpression(text, variable)?.evaluate(value as Json);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
