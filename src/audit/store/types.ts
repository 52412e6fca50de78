import type { User } from '../../authentication/user.ts';
import type { Attributes, ResourceAttributes } from '../../authorization/attributes.ts';
import type { Json } from '../../cluster/json.ts';
import type { LogReading } from '../reader/read-log.ts';

/** What a load did. */
export interface LoadReport {
  readonly sources: readonly (LogReading & {
    /** Events that were not in the store before. */
    readonly added: number;
  })[];
}

/** One distinct access of a log in one stretch of time, and how often it was made. */
export interface AccessRow {
  /** Who authenticated; an empty name: nobody did. `extra` is a sample: it differs from request to request. */
  readonly user: User;
  readonly impersonatedUser?: User;
  /** As the authorizers saw it: what is made has no name yet. */
  readonly attributes: Attributes;
  readonly userAgent: string;
  /** A sample. */
  readonly sourceIP: string;
  /** What the log says of authorization; `undefined`: nothing. */
  readonly decision: 'allow' | 'forbid' | undefined;
  readonly reason: string;
  /** 0: none was recorded. */
  readonly code: number;
  /** The message of a 401 or 403. */
  readonly refusal: string;
  /** Which stretch: 0 before the first instant that cuts time. */
  readonly epoch: number;
  readonly count: number;
  /** RFC 3339. */
  readonly first: string;
  readonly last: string;
  readonly auditID: string;
}

/** A write that the log shows to have been made, with its bodies where they were recorded. */
export interface WriteRow {
  /** When it was answered, RFC 3339. */
  readonly time: string;
  readonly auditID: string;
  readonly attributes: ResourceAttributes;
  readonly user: User;
  readonly code: number;
  readonly requestObject?: Json;
  readonly responseObject?: Json;
}

/** What a log can tell and what not. */
export interface LogCoverage {
  readonly events: number;
  readonly requests: number;
  /** RFC 3339; empty where there is no event. */
  readonly first: string;
  readonly last: string;
  readonly levels: Readonly<Record<string, number>>;
  readonly stages: Readonly<Record<string, number>>;
  /** Events that lost bodies for their size. */
  readonly truncated: number;
  /** Long-running requests whose end is not in the log. */
  readonly openWatches: number;
  readonly namesGroups: boolean;
  readonly recordsDecisions: boolean;
  /** The longest stretch without any event, where it is above an hour. */
  readonly silence?: { readonly from: string; readonly to: string };
}

/** Which requests are asked about; empty or absent: all. */
export interface RequestFilter {
  readonly user?: string;
  readonly group?: string;
  readonly verb?: string;
  readonly resource?: string;
  readonly namespace?: string;
  readonly code?: number;
  /** RFC 3339, inclusive. */
  readonly since?: string;
  /** RFC 3339, exclusive. */
  readonly until?: string;
}

/** One line of an answer about requests. */
export interface RequestRow {
  readonly time: string;
  readonly user: string;
  readonly as: string;
  readonly verb: string;
  /** `resource.group/subresource`, or the path. */
  readonly what: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  readonly userAgent: string;
  readonly auditID: string;
}

/** One line of what is done most. */
export interface TopRow {
  readonly user: string;
  readonly verb: string;
  readonly what: string;
  readonly namespace: string;
  readonly count: number;
  readonly refused: number;
  readonly first: string;
  readonly last: string;
}
