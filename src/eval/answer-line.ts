import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject } from '../cluster/json.ts';
import { newestMinor, oldestMinor, parseVersion } from '../cluster/version.ts';
import type { EvalAnswer, EvalEngine } from './engine.ts';
import type { InputFiles } from './input-files.ts';
import { InputFileError } from './input-files.ts';

/** One line of the output; `settled` is false for `unknown` and `error`. */
export interface AnsweredLine {
  readonly text: string;
  readonly settled: boolean;
}

/** Answers one line of the input. Never throws: what is wrong with the line, or with the engine, becomes an `error` line. */
export function answerLine(line: string, engine: EvalEngine, files: InputFiles): AnsweredLine {
  let value: Json;
  try {
    value = JSON.parse(line) as Json;
  } catch {
    return print(null, fault('the line is not JSON'));
  }
  if (!isObject(value)) return print(null, fault('the line is not a JSON object'));
  const id = value['id'];
  if (typeof id !== 'string') return print(id ?? null, fault(id === undefined ? 'id is missing' : 'id is not a string', 'id'));
  try {
    return print(id, answer(value, engine, files));
  } catch (error) {
    if (error instanceof InputFileError) return print(id, fault(error.message, error.path));
    return print(id, fault(`internal error: ${error instanceof Error ? error.message : String(error)}`));
  }
}

function answer(line: JsonObject, engine: EvalEngine, files: InputFiles): EvalAnswer {
  const minor = minorOf(line['version']);
  if (typeof minor !== 'number') return minor;
  const input = line['input'];
  if (!isObject(input)) return fault(input === undefined ? 'input is missing' : 'input is not an object', 'input');
  return engine(files.fill(input, 'input') as JsonObject, minor);
}

function minorOf(version: Json | undefined): number | EvalAnswer {
  if (version === undefined || version === null) return newestMinor;
  const parsed = typeof version === 'string' ? parseVersion(version) : undefined;
  if (parsed === undefined) return fault('version is not a Kubernetes version such as "1.31"', 'version');
  const covered = parsed.major === 1 && parsed.minor >= oldestMinor && parsed.minor <= newestMinor;
  if (covered) return parsed.minor;
  return { unknown: `Kubernetes ${parsed.major}.${parsed.minor} is not covered: 1.${oldestMinor} to 1.${newestMinor} are` };
}

function fault(message: string, path?: string): EvalAnswer {
  return { error: { message, ...(path === undefined ? {} : { path }) } };
}

function print(id: Json, answered: EvalAnswer): AnsweredLine {
  return { text: JSON.stringify({ id, ...answered }), settled: 'result' in answered };
}
