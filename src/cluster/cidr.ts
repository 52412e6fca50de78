/** Reports whether a CIDR holds all of another CIDR or address; `false` for what is neither, or another family. */
export function cidrContains(cidr: string, inner: string): boolean {
  const outer = parseCidr(cidr);
  const wanted = parseCidr(inner);
  if (outer === undefined || wanted === undefined || outer.bits !== wanted.bits || wanted.length < outer.length) return false;
  const shift = BigInt(outer.bits - outer.length);
  return outer.value >> shift === wanted.value >> shift;
}

/** Reports whether a text is an IPv4 or IPv6 address. */
export function isAddress(text: string): boolean {
  return !text.includes('/') && parseCidr(text) !== undefined;
}

interface Cidr {
  readonly value: bigint;
  readonly length: number;
  readonly bits: 32 | 128;
}

function parseCidr(text: string): Cidr | undefined {
  const [address = '', mask] = text.split('/');
  const parsed = address.includes(':') ? parseV6(address) : parseV4(address);
  if (parsed === undefined) return undefined;
  const bits = address.includes(':') ? 128 : 32;
  const length = mask === undefined ? bits : /^\d{1,3}$/.test(mask) ? Number(mask) : -1;
  return length < 0 || length > bits ? undefined : { value: parsed, length, bits };
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = (half: string | undefined): string[] => (half === undefined || half === '' ? [] : half.split(':'));
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array<string>(halves.length === 1 ? 0 : missing).fill('0'), ...tail];
  if (all.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}
