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

/** Reports whether a host is a public address, or a name with a dot that ends in none of the trusted suffixes. */
export function isPublicHost(
  host: string,
  trust: { readonly internalRanges: readonly string[]; readonly trustedNames: readonly string[] },
): boolean {
  if (isAddress(host)) return isPublic(host, trust.internalRanges);
  return host.includes('.') && !trust.trustedNames.some((suffix) => host === suffix || host.endsWith(suffix));
}
