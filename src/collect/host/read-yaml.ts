import type { Document } from '../../cluster/document.ts';
import type { Gap } from '../../cluster/gap.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import type { YamlProblem } from '../../cluster/yaml/parse.ts';
import type { FileReading } from './file-reading.ts';

/** The documents of a file that is expected to be YAML or JSON; what is wrong with it goes to `gaps`. An absent file gives none. */
export function documentsOf(reading: FileReading, gaps: Gap[]): readonly Document[] {
  if (reading.kind === 'unreadable') gaps.push({ source: reading.source, reason: reading.reason, hint: reading.hint });
  if (reading.kind !== 'file') return [];
  const { documents, problems } = parseDocuments(reading.text, reading.source);
  for (const problem of problems) if (problem.kind !== 'merge-override') gaps.push(gapOfProblem(problem, reading.source));
  return documents;
}

/** A fault of a YAML text as a gap with its place and what to do. */
export function gapOfProblem(problem: YamlProblem, source: string): Gap {
  const template = problem.kind === 'template';
  return {
    source,
    reason: template ? `a template, not a configuration: ${problem.message}` : `broken YAML: ${problem.message}`,
    hint: template ? 'render it first and give the result' : 'mend the file at this place; the rest of it was read',
    line: problem.line,
    column: problem.column,
  };
}
