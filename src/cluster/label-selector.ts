import type { Json } from './json.ts';
import { isObject, objectAt, stringAt, stringsAt } from './json.ts';

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

type Requirement = (labels: Labels) => boolean;

/**
 * Reads a `metav1.LabelSelector`: all of `matchLabels` and `matchExpressions` must hold. Absent (null) matches nothing, an empty one everything.
 *
 * @returns `undefined` for a selector that the server refuses: an unknown operator, `In`/`NotIn` without values, `Exists`/`DoesNotExist` with
 * values, a key or value that no label can have, a member of the wrong type.
 * Rule source: k8s.io/apimachinery pkg/apis/meta/v1/helpers.go `LabelSelectorAsSelector`, pkg/labels/selector.go.
 */
export function readLabelSelector(selector: Json | undefined): Requirement | undefined {
  if (selector === undefined || selector === null) return () => false;
  if (!isObject(selector)) return undefined;
  const matchLabels = selector['matchLabels'] ?? {};
  const matchExpressions = selector['matchExpressions'] ?? [];
  if (!isObject(matchLabels) || !Array.isArray(matchExpressions)) return undefined;
  const requirements: Requirement[] = [];
  for (const [key, given] of Object.entries(matchLabels)) {
    // Go reads null as the empty text.
    const value = given ?? '';
    if (typeof value !== 'string' || !isLabelKey(key) || !isLabelValue(value)) return undefined;
    requirements.push((labels) => has(labels, key) && labels[key] === value);
  }
  for (const item of matchExpressions as readonly Json[]) {
    const requirement = readExpression(item);
    if (requirement === undefined) return undefined;
    requirements.push(requirement);
  }
  return (labels) => requirements.every((requirement) => requirement(labels));
}

function readExpression(item: Json): Requirement | undefined {
  const expression = objectAt(item);
  const key = stringAt(expression['key']);
  const given = expression['values'] ?? [];
  if (key === undefined || !isLabelKey(key) || !Array.isArray(given)) return undefined;
  const values = stringsAt(given as readonly Json[]);
  if (values.length !== given.length || !values.every(isLabelValue)) return undefined;
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

const name = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** A name, or a DNS subdomain, a slash and a name (apimachinery pkg/util/validation, IsQualifiedName). */
function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash < 0) return name.test(key);
  const prefix = key.slice(0, slash);
  return prefix.length <= 253 && subdomain.test(prefix) && name.test(key.slice(slash + 1));
}

function isLabelValue(value: string): boolean {
  return value === '' || name.test(value);
}
