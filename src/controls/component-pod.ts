import type { ComponentName } from '../cluster/component.ts';
import type { FieldPath, Json } from '../cluster/json.ts';
import { listAt, objectAt, stringsAt, valueAt } from '../cluster/json.ts';

/** Where the Pod that starts a component on a host stands in a document, which may be a List (of Lists); `undefined` for none. */
export function podPath(value: Json, name: ComponentName, host: string): FieldPath | undefined {
  for (const [list, items] of [[[], value] as const, [['items'], objectAt(value)['items']] as const])
    for (const [index, item] of listAt(items).entries()) {
      const found = podPath(item, name, host);
      if (found !== undefined) return [...list, index, ...found];
    }
  const spec = objectAt(objectAt(value)['spec']);
  if (spec['nodeName'] !== undefined && spec['nodeName'] !== host) return undefined;
  return containerIndex(spec['containers'], name) < 0 ? undefined : [];
}

/** Where the container that runs a component stands in a document; `undefined` where no Pod of the document runs it. */
export function containerPathIn(value: Json, name: ComponentName, host: string): FieldPath | undefined {
  const pod = podPath(value, name, host) ?? [];
  const containers = valueAt(value, [...pod, 'spec', 'containers']);
  const index = containerIndex(containers, name);
  const found = index < 0 ? listAt(containers).findIndex((container) => objectAt(container)['name'] === name) : index;
  return found < 0 ? undefined : [...pod, 'spec', 'containers', found];
}

function containerIndex(containers: Json | undefined, name: ComponentName): number {
  // A shell may start the program from one word.
  const starts = new RegExp(`(?:^|[\\s/])${name}(?:$|\\s)`);
  return listAt(containers).findIndex((container) => {
    const { command, args } = objectAt(container);
    return [...stringsAt(command), ...stringsAt(args)].some((word) => starts.test(word));
  });
}
