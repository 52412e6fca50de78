const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = String.raw`${label}(\.${label})*`;
const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = new RegExp(`^${subdomain}$`);

function isLonger(text: string, limit: number): boolean {
  return new TextEncoder().encode(text).length > limit;
}

/** What is wrong with a namespace's name (a DNS label), in the words of apimachinery pkg/util/validation IsDNS1123Label; empty: nothing. */
export function dnsLabelFaults(text: string): readonly string[] {
  const faults = isLonger(text, 63) ? ['must be no more than 63 characters'] : [];
  if (labelPattern.test(text)) return faults;
  if (subdomainPattern.test(text)) return [...faults, 'must not contain dots'];
  const rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  return [...faults, `${rule} (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`];
}

/** What is wrong with a DNS subdomain (the name of most objects), in the words of IsDNS1123Subdomain; empty: nothing. */
export function dnsSubdomainFaults(text: string): readonly string[] {
  const faults = isLonger(text, 253) ? ['must be no more than 253 characters'] : [];
  if (subdomainPattern.test(text)) return faults;
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [...faults, `${rule} (e.g. 'example.com', regex used for validation is '${subdomain}')`];
}
