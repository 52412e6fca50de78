import { cidrContains, isAddress } from './cidr.ts';

/** Ranges that no router of the internet carries (essential.md 6). */
const internal: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
];

/** Reports whether a text is an IP address outside the internal ranges and those given; `false` for a name. */
export function isPublic(address: string, internalRanges: readonly string[]): boolean {
  return isAddress(address) && ![...internal, ...internalRanges].some((range) => cidrContains(range, address));
}

/** Reports whether an address stands for every interface: 0.0.0.0 or ::, however it is written. */
export function isUnspecified(address: string): boolean {
  return cidrContains('0.0.0.0/32', address) || cidrContains('::/128', address);
}

/**
 * Reports whether a host is a public address, or a name with a dot that ends in none of the trusted suffixes. A suffix without a
 * leading dot (`localhost`) is a whole name or the last labels of one. Case and a last dot do not count.
 */
export function isPublicHost(
  host: string,
  trust: { readonly internalRanges: readonly string[]; readonly trustedNames: readonly string[] },
): boolean {
  if (isAddress(host)) return isPublic(host, trust.internalRanges);
  const name = host.toLowerCase().replace(/\.$/, '');
  if (!name.includes('.')) return false;
  return !trust.trustedNames.some((text) => {
    const suffix = text.toLowerCase();
    return name === suffix || name.endsWith(suffix.startsWith('.') ? suffix : `.${suffix}`);
  });
}
