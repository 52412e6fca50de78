import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { LoadReport, RequestFilter } from '../audit/store/types.ts';
import { UsageError } from './errors.ts';
import { append } from './append.ts';

/** Where requests are read from, and which are asked about. */
export interface AuditOptions {
  readonly auditLog: readonly string[];
  readonly store?: string;
  readonly user?: string;
  readonly group?: string;
  readonly verb?: string;
  readonly resource?: string;
  readonly namespace?: string;
  readonly code?: number;
  readonly since?: string;
  readonly until?: string;
  readonly output: 'text' | 'json';
}

/** Adds the options of every question to audit logs. */
export function addAuditOptions(command: Command): Command {
  return command
    .option('--audit-log <log>', 'a log, a folder of rotated logs, or - ; repeatable', append, [])
    .option('--store <file>', 'ask this store; logs given besides are loaded into it')
    .option('--user <name>', 'requests of this user alone')
    .option('--group <name>', 'requests of users in this group alone')
    .option('--verb <verb>', 'get, list, watch, create, …')
    .option('--resource <resource>', 'pods, deployments.apps, pods/exec')
    .option('-n, --namespace <name>', 'requests in this namespace alone')
    .option('--code <code>', 'answers with this HTTP code alone', wholeNumber)
    .option('--since <time>', 'at or after this time (RFC 3339)', instant)
    .option('--until <time>', 'before this time (RFC 3339)', instant)
    .addOption(new Option('-o, --output <format>', 'text or json').choices(['text', 'json']).default('text'));
}

/** Reads a whole number above zero. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('a whole number is expected');
  return Number(text);
}

function instant(text: string): string {
  if (!/^\d{4}-\d\d-\d\d(T.*)?$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('a time is expected: 2026-11-26T10:00:00Z');
  return new Date(text).toISOString();
}

/** What of the options narrows the requests. */
export function filterOf(options: AuditOptions): RequestFilter {
  const { user, group, verb, resource, namespace, code, since, until } = options;
  return {
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
    ...(verb === undefined ? {} : { verb }),
    ...(resource === undefined ? {} : { resource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(code === undefined ? {} : { code }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

/** One line a source for what could not be taken, and what an export lacks. */
export function loadRemarks({ sources }: LoadReport): readonly string[] {
  return sources.flatMap(({ source, unreadable, firstUnreadable, torn, lacks, failure, dialects }) => {
    const remarks: string[] = [];
    if (failure !== undefined) remarks.push(`${source}: ${failure}`);
    if (unreadable > 0) {
      const at =
        firstUnreadable === undefined ? '' : `, the first at byte ${firstUnreadable.offset}, line ${firstUnreadable.line}`;
      const many = unreadable === 1 ? '1 piece is no audit event' : `${unreadable} pieces are no audit events`;
      remarks.push(`${source}: ${many}${at}${torn ? '; the last event is cut off' : ''}`);
    }
    if (lacks.length > 0) remarks.push(`${source}: an export of ${dialects.join(' and ')} lacks ${lacks.join(', ')}`);
    return remarks;
  });
}

/** Refuses a load of which nothing could be read. */
export function refuseNothing({ sources }: LoadReport): void {
  if (sources.length === 0 || sources.some(({ events }) => events > 0)) return;
  const [first] = sources;
  throw new UsageError(
    `no audit event could be read: ${first?.source ?? ''}: ${first?.failure ?? 'it holds none'}`,
    'give a log that the API server wrote, or an export of EKS, GKE or AKS',
  );
}
