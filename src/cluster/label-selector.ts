import type { Json } from './json.ts';
import { isObject, listAt, objectAt, stringAt } from './json.ts';

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

type Requirement = (labels: Labels) => boolean;

/**
 * Reads a `metav1.LabelSelector`: all of `matchLabels` and `matchExpressions` must hold. Absent (null) matches nothing, an empty one everything.
 *
 * @returns `undefined` for a selector that the server refuses: an unknown operator, `In`/`NotIn` without values, `Exists`/`DoesNotExist` with values.
 * Rule source: k8s.io/apimachinery pkg/apis/meta/v1/helpers.go `LabelSelectorAsSelector`, pkg/labels/selector.go.
 */
export function readLabelSelector(selector: Json | undefined): Requirement | undefined {
  if (selector === undefined || selector === null) return () => false;
  if (!isObject(selector)) return undefined;
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(objectAt(selector['matchLabels']))) {
    if (typeof value !== 'string') return undefined;
    requirements.push((labels) => has(labels, key) && labels[key] === value);
  }
  for (const item of listAt(selector['matchExpressions'])) {
    const requirement = readExpression(item);
    if (requirement === undefined) return undefined;
    requirements.push(requirement);
  }
  return (labels) => requirements.every((requirement) => requirement(labels));
}

function readExpression(item: Json): Requirement | undefined {
  const expression = objectAt(item);
  const key = stringAt(expression['key']);
  const given = listAt(expression['values']);
  const values = given.filter((value) => typeof value === 'string');
  if (key === undefined || key === '' || values.length !== given.length) return undefined;
  switch (expression['operator']) {
    case 'In':
      return values.length === 0 ? undefined : (labels) => has(labels, key) && values.includes(labels[key] ?? '');
    case 'NotIn':
      return values.length === 0 ? undefined : (labels) => !has(labels, key) || !values.includes(labels[key] ?? '');
    case 'Exists':
      return values.length > 0 ? undefined : (labels) => has(labels, key);
    case 'DoesNotExist':
      return values.length > 0 ? undefined : (labels) => !has(labels, key);
    default:
      return undefined;
  }
}

function has(labels: Labels, key: string): boolean {
  return Object.hasOwn(labels, key);
}
