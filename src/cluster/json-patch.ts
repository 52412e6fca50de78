import type { Json, JsonObject } from './json.ts';
import { isObject } from './json.ts';

/** A patch that cannot be made; the text says which step and why. */
export interface PatchFailure {
  readonly failure: string;
}

/** Applies a JSON merge patch (RFC 7386): objects merge, `null` removes, everything else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: Record<string, Json | undefined> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else if (value !== undefined) Object.defineProperty(merged, name, property(mergePatch(merged[name], value)));
  }
  return merged;
}

/** A member whose name may be `__proto__`. */
function property(value: Json): PropertyDescriptor {
  return { value, writable: true, enumerable: true, configurable: true };
}

/** Applies a JSON patch (RFC 6902), one step after the other; a step that fails ends it. */
export function jsonPatch(document: Json, patch: Json): { readonly value: Json } | PatchFailure {
  if (!Array.isArray(patch)) return { failure: 'a list of operations is expected' };
  let value = document;
  for (const [index, step] of patch.entries()) {
    const after = applyStep(value, step as Json);
    if ('failure' in after) return { failure: `operation ${index}: ${after.failure}` };
    value = after.value;
  }
  return { value };
}

function applyStep(document: Json, step: Json): { readonly value: Json } | PatchFailure {
  if (!isObject(step)) return { failure: 'is no object' };
  const { op, path, from, value } = step;
  const steps = pointer(path);
  if (steps === undefined) return { failure: 'its path is no JSON pointer' };
  switch (op) {
    case 'add':
      return value === undefined ? { failure: 'has no value' } : put(document, steps, value, 'add');
    case 'replace':
      return value === undefined ? { failure: 'has no value' } : put(document, steps, value, 'replace');
    case 'remove':
      return remove(document, steps);
    case 'test':
      return JSON.stringify(canonical(valueAt(document, steps))) === JSON.stringify(canonical(value))
        ? { value: document }
        : { failure: `the test of ${JSON.stringify(path ?? null)} failed` };
    case 'move':
    case 'copy': {
      const source = pointer(from);
      const moved = source === undefined ? undefined : valueAt(document, source);
      if (source === undefined || moved === undefined) return { failure: `nothing is at ${JSON.stringify(from ?? null)}` };
      const base = op === 'move' ? remove(document, source) : { value: document };
      return 'failure' in base ? base : put(base.value, steps, moved, 'add');
    }
    default:
      return { failure: `${JSON.stringify(op ?? null)} is no operation` };
  }
}

function pointer(text: Json | undefined): readonly string[] | undefined {
  if (text === '') return [];
  if (typeof text !== 'string' || !text.startsWith('/')) return undefined;
  return text
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(document: Json, steps: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const step of steps) {
    if (Array.isArray(value)) value = /^(0|[1-9]\d*)$/.test(step) ? (value[Number(step)] as Json | undefined) : undefined;
    else value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}

type Edit = (parent: JsonObject | readonly Json[], step: string) => { readonly value: Json } | PatchFailure;

/** Copies the way down to the last step and lets `edit` change what is there. */
function along(document: Json, steps: readonly string[], edit: Edit): { readonly value: Json } | PatchFailure {
  const [step, ...rest] = steps;
  if (step === undefined || (!Array.isArray(document) && !isObject(document)))
    return { failure: `nothing is at /${steps.join('/')}` };
  const parent = document as JsonObject | readonly Json[];
  if (rest.length === 0) return edit(parent, step);
  const child = valueAt(document, [step]);
  if (child === undefined) return { failure: `nothing is at /${steps.join('/')}` };
  const changed = along(child, rest, edit);
  if ('failure' in changed) return changed;
  if (Array.isArray(parent)) return { value: parent.map((item: Json, index) => (index === Number(step) ? changed.value : item)) };
  return { value: { ...(parent as JsonObject), [step]: changed.value } };
}

function put(
  document: Json,
  steps: readonly string[],
  value: Json,
  how: 'add' | 'replace',
): { readonly value: Json } | PatchFailure {
  if (steps.length === 0) return { value };
  return along(document, steps, (parent, step) => {
    if (!Array.isArray(parent)) {
      if (how === 'replace' && !Object.hasOwn(parent, step)) return { failure: `nothing is at …/${step}` };
      return { value: { ...(parent as JsonObject), [step]: value } };
    }
    const items = parent as readonly Json[];
    const index = step === '-' && how === 'add' ? items.length : /^(0|[1-9]\d*)$/.test(step) ? Number(step) : -1;
    if (index < 0 || index > items.length - (how === 'add' ? 0 : 1)) return { failure: `the list has no place ${step}` };
    return { value: items.toSpliced(index, how === 'add' ? 0 : 1, value) };
  });
}

function remove(document: Json, steps: readonly string[]): { readonly value: Json } | PatchFailure {
  return along(document, steps, (parent, step) => {
    if (valueAt(parent as Json, [step]) === undefined) return { failure: `nothing is at …/${step}` };
    if (Array.isArray(parent)) return { value: (parent as readonly Json[]).toSpliced(Number(step), 1) };
    const { [step]: _removed, ...rest } = parent as JsonObject;
    return { value: rest };
  });
}

/** Members in order, so that equal values print equally. */
function canonical(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map((item: Json) => canonical(item));
  if (!isObject(value)) return value ?? null;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, canonical(member)]),
  );
}

/** Whether two values are equal, whatever the order of members. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
}
