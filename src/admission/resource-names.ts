/** Rules on resource names (K: pkg/apis/core/helper/helpers.go; A: pkg/api/validate/content/kube.go). */

const standardQuota = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
]);
const integerResources = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

/** Whether a container may ask for the unqualified name. */
export function isStandardContainerResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || isHugePages(name);
}

/** Whether the name asks for huge pages: `hugepages-2Mi`. */
export function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-');
}

/** Whether a quota may name the unqualified resource. */
export function isStandardQuotaResource(name: string): boolean {
  return standardQuota.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');
}

/** Whether the unqualified name is known at all. */
export function isStandardResource(name: string): boolean {
  return name === 'storage' || isStandardQuotaResource(name);
}

/** Whether the name is Kubernetes' own: without a domain, or under `kubernetes.io/`. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

/** Whether requests may stand below limits. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

/** Whether the name is an extended resource (`nvidia.com/gpu`). */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith('requests.')) return false;
  return qualifiedNameErrors(`requests.${name}`, 37).length === 0;
}

/** Whether only whole numbers are allowed. */
export function isIntegerResource(name: string): boolean {
  return integerResources.has(name) || isExtendedResource(name);
}

/** Whether `spec.resources` of a pod may name the resource. */
export function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || isHugePages(name);
}

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const nameFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const subdomainPattern = new RegExp(`^${subdomainFormat}$`);
const namePattern = new RegExp(`^${nameFormat}$`);
const nameExplained = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${nameFormat}')`;

/** What is wrong with a DNS subdomain (RFC 1123), in the server's words; the unit of the length changed in 1.35. */
export function subdomainErrors(value: string, minor: number): string[] {
  const errors: string[] = [];
  if (Buffer.byteLength(value) > 253) errors.push(tooLong(253, minor));
  if (!subdomainPattern.test(value) || value.endsWith('\n')) {
    errors.push(
      `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomainFormat}')`,
    );
  }
  return errors;
}

/** What is wrong with a qualified name (`example.com/name`), in the server's words. */
export function qualifiedNameErrors(value: string, minor: number): string[] {
  const parts = value.split('/');
  const errors: string[] = [];
  if (parts.length > 2) {
    const what = minor >= 35 ? 'a valid label key' : 'a qualified name';
    return [`${what} ${nameExplained} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (prefix === '') errors.push('prefix part must be non-empty');
  else if (prefix !== undefined) errors.push(...subdomainErrors(prefix, minor).map((message) => `prefix part ${message}`));
  if (name === '') errors.push('name part must be non-empty');
  else if (Buffer.byteLength(name) > 63) errors.push(`name part ${tooLong(63, minor)}`);
  if (!namePattern.test(name) || name.endsWith('\n')) errors.push(`name part ${nameExplained}`);
  return errors;
}

function tooLong(length: number, minor: number): string {
  return `must be no more than ${length} ${minor >= 35 ? 'bytes' : 'characters'}`;
}
