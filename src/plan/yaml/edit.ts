import type { FieldEdit } from '../../cluster/change.ts';
import type { FieldPath, Json } from '../../cluster/json.ts';
import { formatFieldPath, isObject, listAt, valueAt } from '../../cluster/json.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import { habitsOf } from './habits.ts';
import { yamlNodes } from './nodes.ts';
import type { Page, Splices } from './splice.ts';
import { spliceInsert, spliceRemove, spliceSet } from './splice.ts';
import { editedValue, sameJson } from './wanted.ts';

/** A text after its edits, or why they cannot be made in it without touching what they must not touch. */
export type YamlEdit = { readonly kind: 'edited'; readonly text: string } | { readonly kind: 'refused'; readonly why: string };

/**
 * Edits a YAML or JSON text and keeps every other character: comments, order, quoting, indentation, ends of lines.
 *
 * `edits` are made one after another in the first document that holds something. Block and flow style are kept, new members take the
 * indentation of their siblings. The result is parsed again and must hold exactly the wanted value, else the edit is refused: what cannot
 * be done as a small splice (fields behind aliases and merges, repeated keys) is not done. An edit that changes nothing is no fault.
 * Total; `why` never quotes a value.
 */
export function editYaml(text: string, edits: readonly FieldEdit[]): YamlEdit {
  const parsed = parseDocuments(text, '');
  const fault = parsed.problems.find((problem) => problem.kind !== 'merge-override' && problem.kind !== 'duplicate-key');
  if (fault !== undefined) return { kind: 'refused', why: `line ${fault.line}: ${fault.message}` };
  if (/\r(?!\n)/.test(text)) return { kind: 'refused', why: 'its lines end in a lone carriage return' };
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  let value: Json = parsed.documents[0]?.value ?? null;
  let result = text.slice(mark.length);
  for (const edit of edits) {
    const wanted = editedValue(value, edit);
    if (wanted === undefined) return refusal(edit.path, 'another kind of value stands in the way');
    for (const step of simple(value, edit)) {
      const next = applyOne(result, step);
      if (next.kind === 'refused') return refusal(edit.path, next.why);
      result = next.text;
    }
    value = wanted;
  }
  if (
    !holds(
      result,
      value,
      parsed.documents.slice(1).map((document) => document.value),
    )
  )
    return { kind: 'refused', why: 'the file cannot be edited there without changing more than was asked for' };
  return { kind: 'edited', text: `${mark}${result}` };
}

function refusal(path: FieldPath, why: string): YamlEdit {
  const field = formatFieldPath(path);
  return { kind: 'refused', why: field === '' ? why : `${field}: ${why}` };
}

function holds(text: string, first: Json, others: readonly Json[]): boolean {
  const { documents, problems } = parseDocuments(text, '');
  if (problems.some((problem) => problem.kind === 'syntax' || problem.kind === 'value' || problem.kind === 'template'))
    return false;
  const values = documents.map((document) => document.value);
  const wanted = [first, ...others];
  if (values.length === 0) return wanted.length === 1 && first === null;
  return values.length === wanted.length && wanted.every((value, index) => sameJson(values[index], value));
}

/** Takes a `set` of a collection apart into the members that really change, so that the others keep their lines. */
function simple(root: Json, edit: FieldEdit): readonly FieldEdit[] {
  return edit.op === 'set' ? differences(valueAt(root, edit.path), edit.path, edit.value) : [edit];
}

function differences(now: Json | undefined, path: FieldPath, wanted: Json): readonly FieldEdit[] {
  if (now !== undefined && sameJson(now, wanted)) return [];
  if (isObject(now) && isObject(wanted) && Object.keys(now).length > 0 && Object.keys(wanted).length > 0) {
    const gone = Object.keys(now).filter((key) => !Object.hasOwn(wanted, key));
    return [
      ...Object.entries(wanted).flatMap(([key, member]) =>
        differences(Object.hasOwn(now, key) ? now[key] : undefined, [...path, key], member ?? null),
      ),
      ...gone.map((key): FieldEdit => ({ op: 'remove', path: [...path, key] })),
    ];
  }
  if (Array.isArray(now) && Array.isArray(wanted) && now.length > 0 && wanted.length > 0)
    return listDifferences(listAt(now as Json), path, listAt(wanted as Json));
  return [{ op: 'set', path, value: wanted }];
}

function listDifferences(now: readonly Json[], path: FieldPath, wanted: readonly Json[]): readonly FieldEdit[] {
  let head = 0;
  while (head < Math.min(now.length, wanted.length) && sameJson(now[head], wanted[head])) head++;
  let tail = 0;
  while (
    tail < Math.min(now.length, wanted.length) - head &&
    sameJson(now[now.length - 1 - tail], wanted[wanted.length - 1 - tail])
  )
    tail++;
  const old = now.length - tail;
  const fresh = wanted.length - tail;
  const edits: FieldEdit[] = [];
  for (let index = head; index < Math.min(old, fresh); index++)
    edits.push(...differences(now[index], [...path, index], wanted[index] ?? null));
  for (let index = old; index < fresh; index++) edits.push({ op: 'insert', path, index, value: wanted[index] ?? null });
  for (let index = old - 1; index >= fresh; index--) edits.push({ op: 'remove', path: [...path, index] });
  return edits;
}

function applyOne(text: string, edit: FieldEdit): YamlEdit {
  const documents = yamlNodes(text);
  if (documents === undefined) return { kind: 'refused', why: 'the text does not parse' };
  const root = documents.find(
    (node) => node !== undefined && !(node.kind === 'empty' && node.start === node.end && documents.length > 1),
  );
  const page: Page = { text, newline: text.includes('\r\n') ? '\r\n' : '\n', habits: habitsOf(text, root) };
  const end = text.length;
  const splices = splicesOf(page, root ?? { kind: 'empty', start: end, end }, edit);
  if ('refused' in splices) return { kind: 'refused', why: splices.refused };
  let result = text;
  for (const { start, end: stop, text: piece } of splices.toReversed())
    result = result.slice(0, start) + piece + result.slice(stop);
  return { kind: 'edited', text: result };
}

function splicesOf(page: Page, root: Parameters<typeof spliceSet>[1], edit: FieldEdit): Splices {
  if (edit.op === 'set') return spliceSet(page, root, edit.path, edit.value);
  if (edit.op === 'remove') return spliceRemove(page, root, edit.path);
  return spliceInsert(page, root, edit.path, edit.index, edit.value);
}
