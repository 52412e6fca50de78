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

/** What is wrong with a label's value, in the server's words (`IsValidLabelValue`). */
export function labelValueErrors(value: string, minor: number): string[] {
  const errors: string[] = [];
  if (Buffer.byteLength(value) > 63) errors.push(tooLong(63, minor));
  if (value !== '' && (!namePattern.test(value) || value.endsWith('\n')))
    errors.push(
      `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${nameFormat})?')`,
    );
  return errors;
}
