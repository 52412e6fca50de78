import { applyEdits } from '../cluster/apply-edits.ts';
import type { Json, JsonObject } from '../cluster/json.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { configurationText } from '../controls/mending.ts';
import type { EncryptionConfiguration } from '../encryption/configuration.ts';
import { loadEncryptionConfiguration } from '../encryption/configuration.ts';
import { keyEdits, retirement } from '../encryption/key-edits.ts';

/** A configuration on its way from the old key to the new one. */
export interface RotationTexts {
  readonly reader: string;
  readonly writer: string;
  readonly final: string;
}

/** A text that no API server would load; `message` is the server's, without a key. */
export class Unloadable extends Error {}

/**
 * Makes the three configurations of a rotation: the new key second, the new key first, the new key alone (with `identity`, where it was
 * there). Throws Unloadable where a server would refuse one of them.
 *
 * @param provider one element of `providers`, with the new key
 */
export function rotationTexts(former: string, resources: readonly string[], provider: JsonObject, minor: number): RotationTexts {
  const before = parseDocuments(former, 'the configuration').documents[0]?.value ?? null;
  const edits = keyEdits(loaded(former, minor), provider, resources, () => true);
  const readerValue = applyEdits(before, edits.reader);
  const writerValue = applyEdits(readerValue, edits.promotion);
  const writer = textOf(writerValue);
  const final = textOf(applyEdits(writerValue, retirement(loaded(writer, minor), resources)));
  const reader = textOf(readerValue);
  for (const text of [reader, final]) loaded(text, minor);
  return { reader, writer, final };
}

/** An EncryptionConfiguration as a file. */
export function textOf(value: Json): string {
  return configurationText('Who writes first, who reads after: the keys here are worth all Secrets of the cluster.', value);
}

/** Throws Unloadable. */
export function loaded(text: string, minor: number): EncryptionConfiguration {
  const result = loadEncryptionConfiguration(text, { path: 'the configuration', minor, gates: () => true });
  if (result.kind === 'refused') throw new Unloadable(result.reportMessage ?? result.message);
  return result.configuration;
}
