import type { Reader } from './reader.ts';
import { isBlank, isBlankOrEnd, isBreakOrEnd, isWordCharacter } from './reader.ts';
import type { Mark, Token } from './tokens.ts';
import { scannerError } from './tokens.ts';

function readWord(reader: Reader): string {
  let word = '';
  while (isWordCharacter(reader.peek())) word += reader.read();
  return word;
}

/** Scans `&name` or `*name`. */
export function scanAnchor(reader: Reader, kind: 'anchor' | 'alias'): Token {
  const start = reader.mark();
  reader.skip();
  const value = readWord(reader);
  if (value === '' || !(isBlankOrEnd(reader.peek()) || '?:,]}%@`'.includes(reader.peek()))) {
    throw scannerError('did not find expected alphabetic or numeric character', reader.mark(), start);
  }
  return { kind, start, end: reader.mark(), value };
}

function scanTagHandle(reader: Reader, start: Mark, directive: boolean): string {
  if (reader.peek() !== '!') throw scannerError("did not find expected '!'", reader.mark(), start);
  let handle = reader.read() + readWord(reader);
  if (reader.peek() === '!') handle += reader.read();
  else if (directive && handle !== '!') throw scannerError("did not find expected '!'", reader.mark(), start);
  return handle;
}

function scanTagUri(reader: Reader, start: Mark, head: string): string {
  let uri = head.slice(1);
  let found = head !== '';
  for (let c = reader.peek(); c !== '\0' && (isWordCharacter(c) || ";/?:@&=+$,.!~*'()[]%".includes(c)); c = reader.peek()) {
    if (c === '%') {
      const octet = reader.text.slice(reader.index + 1, reader.index + 3);
      if (!/^[0-9A-Fa-f]{2}$/.test(octet)) throw scannerError('did not find URI escaped octet', reader.mark(), start);
      uri += String.fromCharCode(Number.parseInt(octet, 16));
      reader.skip(3);
    } else {
      uri += reader.read();
    }
    found = true;
  }
  if (!found) throw scannerError('did not find expected tag URI', reader.mark(), start);
  return uri;
}

/** Scans `!<uri>`, `!handle!suffix` or `!suffix`: `value` is the handle, empty where `suffix` is the whole tag. */
export function scanTag(reader: Reader): Token {
  const start = reader.mark();
  let value = '';
  let suffix: string;
  if (reader.peek(1) === '<') {
    reader.skip(2);
    suffix = scanTagUri(reader, start, '');
    if (reader.peek() !== '>') throw scannerError("did not find the expected '>'", reader.mark(), start);
    reader.skip();
  } else {
    const handle = scanTagHandle(reader, start, false);
    if (handle.length > 1 && handle.endsWith('!')) {
      value = handle;
      suffix = scanTagUri(reader, start, '');
    } else {
      suffix = scanTagUri(reader, start, handle);
      if (suffix === '') suffix = '!';
      else value = '!';
    }
  }
  if (!isBlankOrEnd(reader.peek())) throw scannerError('did not find expected whitespace or line break', reader.mark(), start);
  return { kind: 'tag', start, end: reader.mark(), value, suffix };
}

function scanVersionNumber(reader: Reader, start: Mark): string {
  let digits = '';
  while (/^\d$/.test(reader.peek())) {
    if (digits.length === 2) throw scannerError('found extremely long version number', reader.mark(), start);
    digits += reader.read();
  }
  if (digits === '') throw scannerError('did not find expected version number', reader.mark(), start);
  return String(Number(digits));
}

function scanVersion(reader: Reader, start: Mark): Pick<Token, 'kind' | 'value'> {
  while (isBlank(reader.peek())) reader.skip();
  const major = scanVersionNumber(reader, start);
  if (reader.peek() !== '.') throw scannerError("did not find expected digit or '.' character", reader.mark(), start);
  reader.skip();
  return { kind: 'version-directive', value: `${major}.${scanVersionNumber(reader, start)}` };
}

function scanTagDirective(reader: Reader, start: Mark): Pick<Token, 'kind' | 'value' | 'suffix'> {
  while (isBlank(reader.peek())) reader.skip();
  const value = scanTagHandle(reader, start, true);
  if (!isBlank(reader.peek())) throw scannerError('did not find expected whitespace', reader.mark(), start);
  while (isBlank(reader.peek())) reader.skip();
  const suffix = scanTagUri(reader, start, '');
  if (!isBlankOrEnd(reader.peek())) throw scannerError('did not find expected whitespace or line break', reader.mark(), start);
  return { kind: 'tag-directive', value, suffix };
}

/** Scans a `%YAML` or `%TAG` line. */
export function scanDirective(reader: Reader): Token {
  const start = reader.mark();
  reader.skip();
  const name = readWord(reader);
  if (name === '') throw scannerError('could not find expected directive name', reader.mark(), start);
  if (!isBlankOrEnd(reader.peek())) throw scannerError('found unexpected non-alphabetical character', reader.mark(), start);
  if (name !== 'YAML' && name !== 'TAG') throw scannerError('found unknown directive name', reader.mark(), start);
  const parts = name === 'YAML' ? scanVersion(reader, start) : scanTagDirective(reader, start);
  const end = reader.mark();
  reader.skipBlanksAndComment();
  if (!isBreakOrEnd(reader.peek())) throw scannerError('did not find expected comment or line break', reader.mark(), start);
  reader.readBreak();
  return { ...parts, start, end };
}
