import { goQuote } from '../cluster/go-quote.ts';
import {
  type Quantity,
  compareQuantities,
  formatQuantity,
  isQuantityError,
  parseQuantity,
  quantityMilliValue,
  quantitySign,
  quantityValue,
} from '../cluster/quantity.ts';
import {
  type ErrorPath,
  type FieldError,
  childPath,
  forbidden,
  indexPath,
  invalid,
  keyPath,
  printQuantity,
  printNamed,
  printResourceName,
  required,
  rootPath,
  unsupported,
} from './field-errors.ts';
import { type PodResources, type Requirements, aggregateContainers } from './pod-resources.ts';
import { sortedEntries } from './resource-list.ts';
import {
  isExtendedResource,
  isHugePages,
  isIntegerResource,
  isNativeResource,
  isOvercommitAllowed,
  isPodLevelResource,
  isStandardContainerResource,
  isStandardResource,
} from './resource-names.ts';
import { qualifiedNameErrors } from '../cluster/qualified-name.ts';

type NameRule = (name: string, path: ErrorPath, minor: number) => FieldError[];

/** Faults of a resource name in general (K: validateResourceName). */
export function resourceNameFaults(name: string, path: ErrorPath, minor: number): FieldError[] {
  if (name === 'cpu' || name === 'memory') return [];
  const printed = printResourceName(name, minor);
  const errors = qualifiedNameErrors(name, minor).map((message) => invalid(path, printed, message));
  if (errors.length > 0 || name.includes('/') || isStandardResource(name)) return errors;
  return [invalid(path, printed, 'must be a standard resource type or fully qualified')];
}

/** Faults of a resource name of a container (K: ValidateContainerResourceName). */
export function containerResourceNameFaults(name: string, path: ErrorPath, minor: number): FieldError[] {
  const errors = resourceNameFaults(name, path, minor);
  const printed = printResourceName(name, minor);
  if (!name.includes('/')) {
    if (!isStandardContainerResource(name)) errors.push(invalid(path, printed, 'must be a standard resource for containers'));
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(invalid(path, printed, "doesn't follow extended resource name standard"));
  }
  return errors;
}

function podResourceNameFaults(name: string, path: ErrorPath, minor: number): FieldError[] {
  const errors = resourceNameFaults(name, path, minor);
  if (errors.length > 0 || isPodLevelResource(name)) return errors;
  return [unsupported(path, printNamed(name, minor), ['cpu', 'hugepages-', 'memory'])];
}

/** Faults of a quantity for its resource: negative, or broken where only whole numbers count (K: ValidateResourceQuantityValue). */
export function quantityFaults(name: string, quantity: Quantity, path: ErrorPath, minor: number): FieldError[] {
  const errors: FieldError[] = [];
  if (quantitySign(quantity) < 0) {
    errors.push(invalid(path, goQuote(formatQuantity(quantity)), 'must be greater than or equal to 0'));
  }
  if (isIntegerResource(name) && quantityMilliValue(quantity) % 1000n !== 0n) {
    errors.push(invalid(path, printQuantity(quantity, minor, false), 'must be an integer'));
  }
  return errors;
}

function hugePageFaults(name: string, quantity: Quantity, path: ErrorPath): FieldError[] {
  if (!isHugePages(name)) return [];
  const size = parseQuantity(name.slice('hugepages-'.length));
  const divisible =
    !isQuantityError(size) &&
    quantitySign(size) > 0 &&
    quantityMilliValue(size) % 1000n === 0n &&
    quantityValue(size) !== 0n &&
    quantityValue(quantity) % quantityValue(size) === 0n;
  const text = formatQuantity(quantity);
  return divisible ? [] : [invalid(path, goQuote(text), `${text} is not positive integer multiple of ${name}`)];
}

/** Faults of requests and limits (K: validateResourceRequirements); names are taken in code-unit order, the server's order varies. */
function requirementsFaults(
  requirements: Requirements,
  path: ErrorPath,
  minor: number,
  nameFaults: NameRule = containerResourceNameFaults,
): FieldError[] {
  const errors: FieldError[] = [];
  const limitsPath = childPath(path, 'limits');
  for (const [name, quantity] of sortedEntries(requirements.limits ?? new Map())) {
    const entry = keyPath(limitsPath, name);
    errors.push(...nameFaults(name, entry, minor), ...quantityFaults(name, quantity, entry, minor));
    errors.push(...hugePageFaults(name, quantity, entry));
  }
  const requestsPath = childPath(path, 'requests');
  for (const [name, quantity] of sortedEntries(requirements.requests ?? new Map())) {
    const entry = keyPath(requestsPath, name);
    errors.push(...nameFaults(name, entry, minor), ...quantityFaults(name, quantity, entry, minor));
    errors.push(...requestFaults(name, quantity, requirements, requestsPath, limitsPath));
    errors.push(...hugePageFaults(name, quantity, entry));
  }
  const names = [...(requirements.limits?.keys() ?? []), ...(requirements.requests?.keys() ?? [])];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    errors.push(forbidden(path, 'HugePages require cpu or memory'));
  }
  return errors;
}

function requestFaults(
  name: string,
  request: Quantity,
  requirements: Requirements,
  requestsPath: ErrorPath,
  limitsPath: ErrorPath,
): FieldError[] {
  const limit = requirements.limits?.get(name);
  const at = { text: requestsPath.text, field: [...requestsPath.field, name] };
  if (limit === undefined) {
    return isOvercommitAllowed(name) ? [] : [required(limitsPath, 'Limit must be set for non overcommitable resources')];
  }
  const order = compareQuantities(request, limit);
  if (order !== 0 && !isOvercommitAllowed(name)) {
    return [invalid(at, goQuote(formatQuantity(request)), `must be equal to ${name} limit of ${formatQuantity(limit)}`)];
  }
  if (order <= 0) return [];
  const detail = `must be less than or equal to ${name} limit of ${formatQuantity(limit)}`;
  return [invalid(at, goQuote(formatQuantity(request)), detail)];
}

/** Faults of all resources of a new pod, in the server's order: containers, init containers, the pod's own, overhead (K: ValidatePodSpec). */
export function podResourceFaults(pod: PodResources, minor: number, windows: boolean): FieldError[] {
  const spec = rootPath('spec');
  const errors: FieldError[] = [];
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [index, container] of pod[list].entries()) {
      const path = childPath(indexPath(childPath(spec, list), index), 'resources');
      errors.push(...requirementsFaults(container, path, minor));
    }
  }
  errors.push(...podLevelFaults(pod, childPath(spec, 'resources'), minor, windows));
  if (pod.overhead !== undefined)
    errors.push(...requirementsFaults({ limits: pod.overhead }, childPath(spec, 'overhead'), minor));
  return errors;
}

function podLevelFaults(pod: PodResources, path: ErrorPath, minor: number, windows: boolean): FieldError[] {
  if (pod.podLevel === undefined) return [];
  if (windows) return [forbidden(path, 'may not be set for a windows pod')];
  const errors: FieldError[] = [];
  if (pod.podLevel.claims) {
    errors.push(forbidden(childPath(path, 'claims'), 'claims may not be set for Resources at pod-level'));
  }
  errors.push(...requirementsFaults(pod.podLevel, path, minor, podResourceNameFaults));
  errors.push(...aggregateFaults(pod, 'requests', path), ...aggregateFaults(pod, 'limits', path));
  errors.push(...containerLimitFaults(pod, path));
  return errors;
}

function aggregateFaults(pod: PodResources, kind: 'requests' | 'limits', path: ErrorPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, sum] of sortedEntries(aggregateContainers(pod, (container) => container[kind]))) {
    const whole = pod.podLevel?.[kind]?.get(name);
    if (whole === undefined || (kind === 'limits' && !isHugePages(name)) || compareQuantities(sum, whole) <= 0) continue;
    const detail = `must be greater than or equal to aggregate container ${kind} of ${formatQuantity(sum)}`;
    errors.push(invalid(keyPath(childPath(path, kind), name), goQuote(formatQuantity(whole)), detail));
  }
  return errors;
}

function containerLimitFaults(pod: PodResources, path: ErrorPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, container] of pod.containers.entries()) {
    for (const [name, limit] of sortedEntries(container.limits ?? new Map())) {
      const whole = pod.podLevel?.limits?.get(name);
      if (whole === undefined || compareQuantities(limit, whole) <= 0) continue;
      const at = {
        text: `${path.text}.containers[${index}][${name}].limits`,
        field: ['spec', 'containers', index, 'resources', 'limits', name],
      };
      errors.push(
        invalid(at, goQuote(formatQuantity(limit)), `must be less than or equal to pod limits of ${formatQuantity(whole)}`),
      );
    }
  }
  return errors;
}
