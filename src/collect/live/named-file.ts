import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { JsonObject } from '../../cluster/json.ts';
import { stringAt } from '../../cluster/json.ts';
import { LiveFault } from './live-fault.ts';

/**
 * Returns `NAME-data` (Base64) of an entry, else the text of the file that `NAME` names; `undefined` where neither is given.
 * Throws LiveFault where the file cannot be read.
 */
export function dataOrFile(entry: JsonObject, name: string, folder: string, place: string): string | undefined {
  const data = stringAt(entry[`${name}-data`]) ?? '';
  if (data !== '') return Buffer.from(data, 'base64').toString('latin1');
  const path = stringAt(entry[name]) ?? '';
  return path === '' ? undefined : readNamedFile(path, name, folder, place);
}

/** Reads a file that a kubeconfig names, relative to its folder. Throws LiveFault. */
export function readNamedFile(path: string, name: string, folder: string, place: string): string {
  const full = isAbsolute(path) ? path : join(folder, path);
  try {
    return readFileSync(full, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read';
    throw new LiveFault('kubeconfig', {
      source: place,
      reason: `${name} ${full}: ${code}`,
      hint: `make the file readable or mend ${name}`,
    });
  }
}
