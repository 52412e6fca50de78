import type { FieldError } from '../../cluster/decode/field-errors.ts';
import { forbidden, invalid, required } from '../../cluster/decode/field-errors.ts';
import { dnsLabelFaults } from '../../cluster/dns-names.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { JsonObject } from '../../cluster/json.ts';
import { objectAt, stringAt } from '../../cluster/json.ts';
import { labelValueErrors, qualifiedNameErrors } from '../../cluster/qualified-name.ts';

const annotationsLimit = 256 * 1024;

/** What is wrong with a path segment (k8s.io/apimachinery pkg/api/validate/content `IsPathSegmentName`). */
export function pathSegmentFaults(name: string): readonly string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((character) => name.includes(character)).map((character) => `may not contain '${character}'`);
}

/**
 * Faults of an RBAC object's metadata: name, namespace, labels, annotations (k8s.io/apimachinery pkg/api/validation/objectmeta.go
 * `ValidateObjectMeta` with `ValidateRBACName`). Owner references, finalizers and managedFields are not looked at.
 *
 * @param namespaced Role and RoleBinding
 */
export function metadataFaults(object: JsonObject, namespaced: boolean, minor: number): readonly FieldError[] {
  const metadata = objectAt(object['metadata']);
  const text = (name: string) => stringAt(metadata[name]) ?? '';
  const faults: FieldError[] = [];
  const at = (...path: readonly string[]) => ['metadata', ...path];
  const start = text('generateName');
  for (const fault of pathSegmentFaults(start)) faults.push(invalid(at('generateName'), goQuote(start), fault));
  if (text('name') === '') {
    if (start === '') faults.push(required(at('name'), 'name or generateName is required'));
  } else for (const fault of pathSegmentFaults(text('name'))) faults.push(invalid(at('name'), goQuote(text('name')), fault));
  const namespace = text('namespace');
  if (namespaced && namespace === '') faults.push(required(at('namespace'), ''));
  else if (namespaced)
    for (const fault of dnsLabelFaults(namespace)) faults.push(invalid(at('namespace'), goQuote(namespace), fault));
  else if (namespace !== '') faults.push(forbidden(at('namespace'), 'not allowed on this type'));
  for (const [key, value] of sorted(metadata['labels'])) {
    for (const fault of qualifiedNameErrors(key, minor)) faults.push(invalid(at('labels'), goQuote(key), fault));
    for (const fault of labelValueErrors(value, minor)) faults.push(invalid(at('labels'), goQuote(value), fault));
  }
  let total = 0;
  for (const [key, value] of sorted(metadata['annotations'])) {
    for (const fault of qualifiedNameErrors(key.toLowerCase(), minor))
      faults.push(invalid(at('annotations'), goQuote(key), fault));
    total += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (total > annotationsLimit)
    faults.push({ path: at('annotations'), body: `Too long: may not be more than ${annotationsLimit} bytes` });
  return faults;
}

/** The server walks maps in random order; here in that of their keys. */
function sorted(map: unknown): readonly (readonly [string, string])[] {
  return Object.entries(objectAt(map as JsonObject))
    .map(([key, value]) => [key, stringAt(value) ?? ''] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
