import { readCsvRecord } from './go-csv.ts';
import type { Refusal } from './go-numbers.ts';
import { boolRefusal, durationRefusal, floatRefusal, intRefusal, uintRefusal } from './go-numbers.ts';
import { goQuote } from './go-quote.ts';
import { isQuantityError, parseQuantity } from './quantity.ts';

/** Facts that a value's check needs beside its type. */
export interface FlagContext {
  readonly flag: string;
  readonly minor: number | undefined;
}

/**
 * Checks a flag's value by the type that the help text names, in the words of its pflag.Value: why it is refused, or `undefined`.
 * Types without a check here take any text. Sources: spf13/pflag, k8s.io/component-base cli/flag and logs/api/v1.
 */
export function valueRefusal(type: string, text: string, context: FlagContext): Refusal {
  switch (type) {
    case 'bool':
      return boolRefusal(text);
    case 'int':
      return isGlobalFlag(context) ? globalRefusal(intRefusal(text, 64)) : intRefusal(text, 64);
    case 'int32':
      return intRefusal(text, 32);
    case 'uint':
      return uintRefusal(text, 64);
    case 'float':
      return floatRefusal(text, 64);
    case 'float32':
      return floatRefusal(text, 32);
    case 'duration':
      return durationRefusal(text);
    case 'Level':
      return uintRefusal(text, 31, 10);
    case 'version':
      return text === 'raw' || text.startsWith('v') ? undefined : boolRefusal(text);
    case 'ip':
      return ipRefusal(text, context.minor);
    case 'strings':
      return csvRefusal(text);
    case 'cidrs':
      return firstRefusal(text.split(','), (item) => (isCidr(item.trim()) ? undefined : `invalid CIDR address: ${item.trim()}`));
    case 'int32Slice':
      return firstRefusal(text.split(','), (item) => intRefusal(item, 32));
    case 'stringToString':
      return stringToStringRefusal(text);
    case 'mapStringString':
      return context.flag === 'runtime-config' || text.includes('=') ? undefined : 'malformed pair, expect string=string';
    case 'namedCertKey':
      return namedCertKeyRefusal(text);
    case 'portRange':
      return portRangeRefusal(text.trim());
    case 'pattern=N,...':
      return firstRefusal(text.split(','), vmoduleRefusal);
    case 'quantity': {
      const quantity = parseQuantity(text);
      return isQuantityError(quantity) ? quantity.error : undefined;
    }
    default:
      return undefined;
  }
}

const globalFlags: ReadonlySet<string> = new Set([
  'default-not-ready-toleration-seconds',
  'default-unreachable-toleration-seconds',
]);

/** Up to 1.33 these two came from Go's own flag package, whose numbers are refused in other words. */
function isGlobalFlag({ flag, minor }: FlagContext): boolean {
  return minor !== undefined && minor <= 33 && globalFlags.has(flag);
}

function globalRefusal(refusal: Refusal): Refusal {
  if (refusal === undefined) return undefined;
  return refusal.endsWith('value out of range') ? 'value out of range' : 'parse error';
}

/** Splits one value of a flag into its items: list types by CSV, maps and patterns by commas, everything else is one item. */
export function itemsOf(type: string, flag: string, text: string): readonly string[] {
  if (type === 'strings' || type === 'cidrs') {
    const record = text === '' ? { fields: [] } : readCsvRecord(text);
    return 'fields' in record ? record.fields : [];
  }
  if (!splitTypes.has(type) && flag !== 'feature-gates') return [text];
  if (flag === 'oidc-required-claim') return [text];
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

const splitTypes: ReadonlySet<string> = new Set([
  'mapStringString',
  'mapStringBool',
  'colonSeparatedMultimapStringString',
  'stringToString',
  'int32Slice',
  'pattern=N,...',
]);

/** Reports whether a flag that is given several times adds up; else the last one counts. */
export function addsUp(type: string, flag: string): boolean {
  return (
    splitTypes.has(type) || type === 'strings' || type === 'stringArray' || type === 'namedCertKey' || flag === 'feature-gates'
  );
}

function firstRefusal(items: readonly string[], check: (item: string) => Refusal): Refusal {
  for (const item of items) {
    const refusal = check(item);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function csvRefusal(text: string): Refusal {
  if (text === '') return undefined;
  const record = readCsvRecord(text);
  return 'error' in record ? record.error : undefined;
}

/** pflag takes an empty address from 1.0.6 on, which Kubernetes has from 1.34. */
function ipRefusal(text: string, minor: number | undefined): Refusal {
  if (text === '' && minor !== undefined && minor >= 34) return undefined;
  return isIp(text.trim()) ? undefined : `failed to parse IP: ${goQuote(text)}`;
}

const octet = /^(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/;

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => octet.test(part));
}

/** Reports whether Go's net.ParseIP takes a text: no leading zeros in IPv4, no zone. */
function isIp(text: string): boolean {
  if (!text.includes(':')) return isIpv4(text);
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail !== null && !isIpv4(tail[2] ?? '')) return false;
  const plain = tail === null ? text : `${tail[1] ?? ''}0:0`;
  const halves = plain.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length <= 7 : groups.length === 8;
}

function isCidr(text: string): boolean {
  const [, address = '', length = ''] = /^([^/]*)\/(\d{1,3})$/.exec(text) ?? [];
  return isIp(address) && String(Number(length)) === length && Number(length) <= (address.includes(':') ? 128 : 32);
}

function stringToStringRefusal(text: string): Refusal {
  const signs = text.split('=').length - 1;
  if (signs === 0) return `${text} must be formatted as key=value`;
  if (signs === 1) return undefined;
  const record = readCsvRecord(text);
  if ('error' in record) return record.error;
  const bad = record.fields.find((pair) => !pair.includes('='));
  return bad === undefined ? undefined : `${bad} must be formatted as key=value`;
}

function namedCertKeyRefusal(text: string): Refusal {
  const colon = text.indexOf(':');
  if (colon >= 0 && text.slice(colon + 1).trim() === '') return 'empty names list is not allowed';
  const files = (colon < 0 ? text : text.slice(0, colon)).trim().split(',');
  return files.length === 2 ? undefined : 'expected comma separated certificate and key file paths';
}

/** k8s.io/apimachinery pkg/util/net/port_range.go. */
function portRangeRefusal(text: string): Refusal {
  if (text === '') return undefined;
  const hyphen = text.indexOf('-');
  const plus = text.indexOf('+');
  if (hyphen >= 0 && plus >= 0) return `unable to parse port range: ${text}`;
  const cut = Math.max(hyphen, plus);
  const parts = cut < 0 ? [text] : [text.slice(0, cut), text.slice(cut + 1)];
  const refusal = firstRefusal(parts, (part) => intRefusal(part, 64, { base: 10, function: 'Atoi' }));
  if (refusal !== undefined) return refusal;
  const low = Number(parts[0]);
  const last = Number(parts.at(-1));
  const high = plus >= 0 ? low + last : last;
  if (low > 65535 || high > 65535) return `the port range cannot be greater than 65535: ${text}`;
  return high < low ? `end port cannot be less than start port: ${text}` : undefined;
}

function vmoduleRefusal(pattern: string): Refusal {
  if (pattern === '') return undefined;
  const [file, level, ...more] = pattern.split('=');
  if (file === undefined || file === '' || level === undefined || level === '' || more.length > 0)
    return `${goQuote(pattern)} does not have the pattern=N format`;
  const refusal = uintRefusal(level, 31, 10);
  return refusal === undefined ? undefined : `parsing verbosity in ${goQuote(pattern)}: ${refusal}`;
}
