import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, stringAt, stringsAt } from '../cluster/json.ts';
import type { AuditAttributes, AuditLevel, AuditPolicy } from './audit-policy.ts';
import { auditLevels, auditStages, compareLevels } from './audit-policy.ts';
import { compilePolicy } from './policy.ts';
import bundled from './requests.data.json' with { type: 'json' };

/** One request shape and how much of it a policy ought to write. */
export interface RequestLine {
  readonly id: string;
  readonly topic: string;
  /** False: advice, which never decides a verdict. */
  readonly required: boolean;
  readonly request: AuditAttributes;
  readonly atLeast: AuditLevel;
  /** `undefined`: no upper bound; `Request`: the answer is secret; `Metadata`: the request body is. */
  readonly notAbove: AuditLevel | undefined;
  /** The stage in which such a request must be written. */
  readonly stage: string | undefined;
  readonly why: string;
}

/** What a policy does with one line. */
export interface LineCoverage {
  readonly line: RequestLine;
  readonly level: AuditLevel;
  /** Index of the rule that decided; `undefined`: none matched. */
  readonly rule: number | undefined;
  /** Between the bounds, and written in the stage that the line asks for. */
  readonly ok: boolean;
  /** Less is written than the line asks for, or not in its stage. */
  readonly tooLow: boolean;
  /** The stage that the line asks for is omitted. */
  readonly omitted: boolean;
  /** More is written than the line allows: secret content. */
  readonly leaks: boolean;
}

/** Judges a policy by request lines; one answer a line, in their order. `minor`: see `compilePolicy`. */
export function coverage(policy: AuditPolicy, minor: number, lines: readonly RequestLine[]): readonly LineCoverage[] {
  const compiled = compilePolicy(policy, minor);
  return lines.map((line) => {
    const { level, rule, omitStages } = compiled.decide(line.request);
    const omitted = line.stage !== undefined && omitStages.includes(line.stage);
    const tooLow = compareLevels(level, line.atLeast) < 0 || omitted;
    const leaks = line.notAbove !== undefined && compareLevels(level, line.notAbove) > 0;
    return { line, level, rule, ok: !tooLow && !leaks, tooLow, omitted, leaks };
  });
}

let bundledLines: readonly RequestLine[] | undefined;

/** The lines that come with Bulwark. */
export function bundledRequestLines(): readonly RequestLine[] {
  bundledLines ??= (bundled as unknown as readonly Json[]).map(readLine).filter((line) => typeof line !== 'string');
  return bundledLines;
}

/**
 * Reads a file of request lines (one JSON object a line), as a user may give in place of the bundled ones.
 *
 * @returns the valid lines, and for each other one its number and what is wrong with it
 */
export function readRequestLines(text: string): {
  readonly lines: readonly RequestLine[];
  readonly problems: readonly { readonly line: number; readonly message: string }[];
} {
  const lines: RequestLine[] = [];
  const problems: { readonly line: number; readonly message: string }[] = [];
  for (const [index, row] of text.split('\n').entries()) {
    if (row.trim() === '') continue;
    const line = readLine(parse(row));
    if (typeof line === 'string') problems.push({ line: index + 1, message: line });
    else lines.push(line);
  }
  return { lines, problems };
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function readLine(value: Json | undefined): RequestLine | string {
  if (!isObject(value)) return 'not a JSON object';
  const id = stringAt(value['id']);
  const { request, notAbove, stage } = value;
  const atLeast = levelAt(value['atLeast']);
  if (id === undefined || id === '') return 'id: expected a name';
  if (!isObject(request)) return 'request: expected an object';
  if (atLeast === undefined) return `atLeast: expected one of ${auditLevels.join(', ')}`;
  const above = notAbove === null || notAbove === undefined ? undefined : levelAt(notAbove);
  if (above === undefined && notAbove !== null && notAbove !== undefined)
    return `notAbove: expected null or one of ${auditLevels.join(', ')}`;
  if (stage !== undefined && !(auditStages as readonly (Json | undefined)[]).includes(stage))
    return `stage: expected one of ${auditStages.join(', ')}`;
  const topic = stringAt(value['topic']) ?? '';
  const why = stringAt(value['why']) ?? '';
  return {
    id,
    topic,
    required: value['required'] === true,
    request: readRequest(request),
    atLeast,
    notAbove: above,
    stage: stringAt(stage),
    why,
  };
}

function levelAt(value: Json | undefined): AuditLevel | undefined {
  return auditLevels.find((level) => level === value);
}

/** `user: null` is a failed authentication; a member `path` makes it a non-resource request. */
function readRequest(request: JsonObject): AuditAttributes {
  const text = (name: string) => stringAt(request[name]) ?? '';
  const username = stringAt(request['user']);
  const user = username === undefined ? undefined : { username, groups: stringsAt(request['groups']) };
  const path = stringAt(request['path']);
  if (path !== undefined) return { kind: 'nonResource', verb: text('verb'), path, user };
  return {
    kind: 'resource',
    verb: text('verb'),
    apiGroup: text('apiGroup'),
    resource: text('resource'),
    subresource: text('subresource'),
    name: text('name'),
    namespace: text('namespace'),
    user,
  };
}
