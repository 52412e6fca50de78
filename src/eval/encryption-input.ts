import type { JsonObject } from '../cluster/json.ts';
import { stringAt } from '../cluster/json.ts';
import type { EncryptionConfiguration } from '../encryption/configuration.ts';
import { loadEncryptionConfiguration } from '../encryption/configuration.ts';
import type { EvalAnswer } from './engine.ts';

/** A bad line: what `eval` answers in place of a result. */
export interface BadLine {
  readonly bad: EvalAnswer;
}

/**
 * The EncryptionConfiguration of a line (`config`, a text; `null`: none). KMS v1 is taken whatever the gate says: the question is about the
 * bytes.
 */
export function configurationOf(
  input: JsonObject,
  minor: number,
): { readonly configuration: EncryptionConfiguration | undefined } | BadLine {
  const config = input['config'];
  if (config === null || config === undefined) return { configuration: undefined };
  const text = stringAt(config);
  if (text === undefined) return badLine('must be a text or null', 'input.config');
  const loaded = loadEncryptionConfiguration(text, { path: 'config', minor, gates: () => true });
  if (loaded.kind === 'refused')
    return badLine(`no API server loads it: ${loaded.reportMessage ?? loaded.message}`, 'input.config');
  return { configuration: loaded.configuration };
}

/** A member that holds base64; padding and alphabet are held to. */
export function bytesOf(value: unknown, path: string): Uint8Array | BadLine {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0)
    return badLine('must be base64', path);
  return Buffer.from(value, 'base64');
}

export function badLine(message: string, path: string): BadLine {
  return { bad: { error: { message, path } } };
}
