import { readFileSync, statSync } from 'node:fs';
import type { Document } from '../cluster/document.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { UsageError } from './errors.ts';

/** Reads a file that an option names. Errors: UsageError with what the system said. */
export function readUserFile(path: string, what: string): string {
  try {
    // /dev/zero and its like never end.
    if (statSync(path).isCharacterDevice()) throw new UsageError(`the ${what} ${path} is a device, not a file`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new UsageError(`the ${what} ${path} cannot be read: ${reason}`);
  }
}

/** Reads a file of one YAML document. Errors: UsageError with line and column. */
export function readUserYaml(path: string, what: string): Document {
  const { documents, problems } = parseDocuments(readUserFile(path, what), path);
  const [problem] = problems;
  if (problem !== undefined)
    throw new UsageError(`${path}:${problem.line}:${problem.column}: ${problem.message}`, `correct the ${what}`);
  if (documents.length > 1) throw new UsageError(`${path}: holds ${documents.length} documents, a ${what} is one`);
  return documents[0] ?? { value: null, source: path };
}
