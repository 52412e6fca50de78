import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { endOfPrefix } from './stored-keys.ts';
import { storedPrefixOf } from './stored-value.ts';

const bytes = (text: string, more: readonly number[] = []): Uint8Array =>
  Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from(more)]);

describe('storedPrefixOf', () => {
  test.each([
    [bytes('k8s:enc:aescbc:v1:key1:', [1, 2, 255]), { prefix: 'k8s:enc:aescbc:v1:key1:' }],
    [bytes('k8s:enc:aesgcm:v1:a-b:'), { prefix: 'k8s:enc:aesgcm:v1:a-b:' }],
    [bytes('k8s:enc:secretbox:v1:key:x:y'), { prefix: 'k8s:enc:secretbox:v1:key:' }],
    [bytes('k8s:enc:kms:v1:old:', [0, 5]), { prefix: 'k8s:enc:kms:v1:old:' }],
    [bytes('k8s\0\n\f\n\x02v1'), { prefix: 'plaintext' }],
    [bytes('{"kind":"Secret"}'), { prefix: 'plaintext' }],
    [bytes('\xd9\xd9\xf7\xa1'), { prefix: 'plaintext' }],
    [bytes('k8s:enc:rot13:v1:key:'), { prefix: 'unknown' }],
    [bytes('k8s:enc:aescbc:v1:cut'), { prefix: 'unknown' }],
    [bytes(''), { prefix: 'unknown' }],
  ])('%#: tells how a value is kept', (value, expected) => {
    expect(storedPrefixOf(value)).toEqual(expected);
  });

  test('names the key of KMS v2', () => {
    const object = new BinaryWriter().uint32(10).bytes(Buffer.from('sealed')).uint32(18).string('key-7').finish();
    expect(storedPrefixOf(Buffer.concat([bytes('k8s:enc:kms:v2:cloud:'), object]))).toEqual({
      prefix: 'k8s:enc:kms:v2:cloud:',
      keyId: 'key-7',
    });
  });

  test('any bytes give an answer', () => {
    const heads = fc.constantFrom('', 'k8s:enc:kms:v2:n:', 'k8s:enc:', 'k8s\0', 'k8s:enc:aescbc:v1:');
    fc.assert(
      fc.property(heads, fc.uint8Array({ maxLength: 600 }), (head, tail) => {
        const stored = storedPrefixOf(Buffer.concat([bytes(head), tail]));
        expect(/^(?:plaintext|unknown|k8s:enc:[^]*:)$/.test(stored.prefix)).toBe(true);
        expect(stored.keyId ?? '').toMatch(/^[\x20-\x7e]{0,256}$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('endOfPrefix', () => {
  test('is beyond every key with the prefix, and no other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 6 }), fc.uint8Array({ maxLength: 6 }), (prefix, rest) => {
        const end = endOfPrefix(prefix);
        const key = Buffer.concat([prefix, rest]);
        if (prefix.every((byte) => byte === 0xff)) expect([...end]).toEqual([0]);
        else {
          expect(Buffer.compare(key, Buffer.from(end))).toBe(-1);
          const before = Buffer.from(rest);
          if (Buffer.compare(before, Buffer.from(prefix)) > 0 && !before.subarray(0, prefix.length).equals(Buffer.from(prefix)))
            expect(Buffer.compare(before, Buffer.from(end))).not.toBe(-1);
        }
      }),
    );
  });
});
