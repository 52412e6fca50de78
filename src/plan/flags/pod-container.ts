import type { Argument } from '../../cluster/command-line.ts';
import type { ComponentName } from '../../cluster/component.ts';
import type { FieldPath, Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, valueAt } from '../../cluster/json.ts';
import { programOf } from '../../collect/host/program.ts';

/** A component's container inside a document: the pod's place, and the words that configure it with the place of each. */
export interface PodContainer {
  /** Where the pod stands in its document: empty, or `['items', 3]`. */
  readonly base: FieldPath;
  readonly at: FieldPath;
  readonly container: JsonObject;
  readonly podSpec: JsonObject;
  readonly words: readonly string[];
  /** The list item of each word; `undefined` where several words stand in one (`sh -c`). */
  readonly items: readonly FieldPath[] | undefined;
}

/** Finds the container that runs a component in a document that holds a Pod, or a list of such. */
export function containerOf(value: Json, name: ComponentName): PodContainer | undefined {
  for (const base of podBases(value, [])) {
    const podSpec = objectAt(valueAt(value, [...base, 'spec']));
    for (const [index, container] of listAt(podSpec['containers']).entries()) {
      if (!isObject(container)) continue;
      const at: FieldPath = [...base, 'spec', 'containers', index];
      const items = new Map<Argument, FieldPath>();
      for (const field of ['command', 'args'])
        for (const [item, word] of listAt(container[field]).entries())
          items.set({ text: scalarText(word), place: { source: '' } }, [...at, field, item]);
      const program = programOf([...items.keys()]);
      if (program?.name !== name) continue;
      const places = program.arguments.map((word) => items.get(word));
      const whole = places.every((place) => place !== undefined);
      const words = program.arguments.map((word) => word.text);
      return {
        base,
        at,
        container,
        podSpec,
        words,
        items: whole && !startsByShell(container) ? places.flatMap((place) => [place ?? []]) : undefined,
      };
    }
  }
  return undefined;
}

function startsByShell(container: JsonObject): boolean {
  const [first] = [...listAt(container['command']), ...listAt(container['args'])];
  return /(?:^|\/)(?:sh|bash|ash|dash)$/.test(scalarText(first));
}

function scalarText(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function* podBases(value: Json, base: FieldPath): Generator<FieldPath> {
  if (Array.isArray(value)) for (const [index, item] of listAt(value).entries()) yield* podBases(item, [...base, index]);
  else if (isObject(value) && (stringAt(value['kind']) ?? '').endsWith('List') && Array.isArray(value['items']))
    yield* podBases(value['items'] as Json, [...base, 'items']);
  else if (isObject(value) && isObject(value['spec'])) yield base;
}
