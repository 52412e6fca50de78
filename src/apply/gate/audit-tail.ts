import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isObject, objectAt, stringAt } from '../../cluster/json.ts';

/** How many requests an audit log's end shows, and how many of them failed (a status of 400 and above). */
export interface FailureShare {
  readonly requests: number;
  readonly failed: number;
}

const tailBytes = 2 * 1024 * 1024;
const fewestRequests = 30;

/**
 * Counts the requests at the end of an audit log (its last 2 MiB), own requests left out; only those received after `since` where it is
 * given (RFC 3339). `undefined` where the file cannot be read.
 */
export function failuresIn(path: string, since?: string): FailureShare | undefined {
  const text = tailOf(path);
  if (text === undefined) return undefined;
  let [requests, failed] = [0, 0];
  for (const line of text.split('\n')) {
    const event = parsed(line);
    if (!isObject(event) || event['stage'] !== 'ResponseComplete') continue;
    if ((stringAt(event['userAgent']) ?? '').startsWith('bulwark')) continue;
    if (since !== undefined && Date.parse(stringAt(event['requestReceivedTimestamp']) ?? '') < Date.parse(since)) continue;
    const { code } = objectAt(event['responseStatus']);
    requests++;
    if (typeof code === 'number' && code >= 400) failed++;
  }
  return { requests, failed };
}

function parsed(line: string): ReturnType<typeof objectAt> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function tailOf(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    const count = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return bytes.subarray(0, count).toString('utf8');
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** Says so where more requests fail than before: half as many again and five in a hundred more, of at least thirty. */
export function moreFailures(before: FailureShare | undefined, after: FailureShare | undefined): string | undefined {
  if (before === undefined || after === undefined || before.requests < fewestRequests || after.requests < fewestRequests)
    return undefined;
  const [former, now] = [before.failed / before.requests, after.failed / after.requests];
  if (now <= former * 1.5 + 0.05) return undefined;
  return `the audit log shows ${percent(now)} of requests failing, before ${percent(former)}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
