import type { Opened, PrefixTransformer, Transformer } from './transformer.ts';
import { failed, prefixed } from './transformer.ts';

/**
 * Several transformers, told by prefix: each whose prefix fits is tried in order, an error never ends the search; the first writes.
 *
 * An opened value is stale where not the first opened it. An error behind an empty prefix (identity) is not told. Errors of those that were
 * tried are joined, each text once; where none was tried the answer is `noMatch`. Rule source: k8s.io/apiserver
 * pkg/storage/value/transformer.go `prefixTransformers`.
 */
export function prefixUnion(transformers: readonly PrefixTransformer[], noMatch: string): Transformer {
  return {
    read(data, authenticatedData) {
      const messages: string[] = [];
      let unknown: Opened | undefined;
      for (const [index, { prefix, transformer }] of transformers.entries()) {
        if (!startsWith(data, prefix)) continue;
        const opened = transformer.read(data.subarray(prefix.byteLength), authenticatedData);
        if (opened.kind === 'opened') {
          // Whether a former one, which could not be asked, would have opened it decides about staleness alone.
          return unknown ?? { ...opened, stale: opened.stale || index !== 0 };
        }
        if (opened.kind === 'crash') return unknown ?? opened;
        if (opened.kind === 'unknown') unknown ??= opened;
        else if (prefix.byteLength > 0)
          for (const message of opened.messages) if (!messages.includes(message)) messages.push(message);
      }
      if (unknown !== undefined) return unknown;
      return messages.length > 0 ? { kind: 'error', messages } : failed(noMatch);
    },
    write(plaintext, authenticatedData, random) {
      const [first] = transformers;
      if (first === undefined) throw new RangeError('no provider writes');
      return prefixed(first.prefix, first.transformer.write(plaintext, authenticatedData, random));
    },
  };
}

function startsWith(data: Uint8Array, prefix: Uint8Array): boolean {
  if (data.byteLength < prefix.byteLength) return false;
  for (let index = 0; index < prefix.byteLength; index++) if (data[index] !== prefix[index]) return false;
  return true;
}

/** What the server prints of several errors (apimachinery `Aggregate.Error`). */
export function joinedMessage(messages: readonly string[]): string {
  const [only] = messages;
  return messages.length === 1 && only !== undefined ? only : `[${messages.join(', ')}]`;
}
