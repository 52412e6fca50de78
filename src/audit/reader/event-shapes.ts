import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';

/** Where a value came from: the API server itself, or a cloud's export of its log. */
export type Dialect = 'native' | 'EKS' | 'GKE' | 'AKS';

/** What an export does not carry, so what nobody can ask of it. */
export const lackingIn: Readonly<Record<Dialect, readonly string[]>> = {
  native: [],
  EKS: [],
  GKE: ['groups of users', 'stages', 'the audit level', 'user agents of some callers', 'query parameters'],
  AKS: [],
};

/** Events that one JSON value holds; `undefined`: it is no audit event in any dialect. */
export interface HeldEvents {
  readonly events: readonly JsonObject[];
  readonly dialect: Dialect;
  /** Beyond what the dialect always lacks. */
  readonly lacks?: string;
}

const nested = 4;

/**
 * Finds the audit events in a JSON value: an Event, an EventList or a list of them, a CloudWatch message or export (EKS), a LogEntry with
 * a protoPayload (GKE), a diagnostic record with `properties.log` (AKS). Never throws.
 */
export function eventsIn(value: Json | undefined, depth = nested): HeldEvents | undefined {
  if (depth === 0) return undefined;
  if (typeof value === 'string') return eventsIn(parsed(value), depth - 1);
  if (Array.isArray(value)) return joined(value.map((item: Json) => eventsIn(item, depth - 1)));
  if (!isObject(value)) return undefined;
  if (isEvent(value)) return { events: [value], dialect: 'native' };
  if (Array.isArray(value['items'])) return eventsIn(value['items'], depth);
  if (isObject(value['protoPayload'])) return fromLogEntry(value, value['protoPayload']);
  const log = objectAt(value['properties'])['log'];
  if (log !== undefined) {
    const held = eventsIn(log, depth - 1);
    const admin = value['category'] === 'kube-audit-admin';
    return (
      held && { ...held, dialect: 'AKS', ...(admin ? { lacks: 'reads (get and list): the category is kube-audit-admin' } : {}) }
    );
  }
  for (const name of ['records', 'events', 'logEvents']) {
    const list = value[name];
    if (Array.isArray(list)) return eventsIn(list, depth - 1);
  }
  for (const name of ['message', '@message']) {
    const held = value[name] === undefined ? undefined : eventsIn(value[name], depth - 1);
    if (held !== undefined) return { ...held, dialect: 'EKS' };
  }
  return undefined;
}

function joined(parts: readonly (HeldEvents | undefined)[]): HeldEvents | undefined {
  const held = parts.filter((part) => part !== undefined);
  const [first] = held;
  return first === undefined ? undefined : { ...first, events: held.flatMap(({ events }) => events) };
}

function parsed(text: string): Json | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** An Event of any version of audit.k8s.io. */
function isEvent(value: JsonObject): boolean {
  if (typeof value['stage'] !== 'string' || value['stage'] === '') return false;
  const { kind, apiVersion } = value;
  return (
    (kind === undefined || kind === 'Event') &&
    (apiVersion === undefined || (stringAt(apiVersion)?.startsWith('audit.k8s.io/') ?? false))
  );
}

const codes: Readonly<Record<number, number>> = { 0: 200, 3: 400, 5: 404, 6: 409, 7: 403, 9: 412, 10: 409, 16: 401 };

/** A LogEntry of Cloud Audit Logs, put back into an Event as far as it goes. */
function fromLogEntry(entry: JsonObject, payload: JsonObject): HeldEvents | undefined {
  const text = (from: JsonObject, name: string) => stringAt(from[name]) ?? '';
  const method = text(payload, 'methodName').split('.');
  const verb = method.at(-1) ?? '';
  const name = text(payload, 'resourceName');
  if (verb === '' || name === '') return undefined;
  const [group = '', version = '', ...rest] = name.split('/');
  const labels = objectAt(entry['labels']);
  const granted = objectAt(listAt(payload['authorizationInfo'])[0])['granted'];
  const decision =
    text(labels, 'authorization.k8s.io/decision') || (granted === true ? 'allow' : granted === false ? 'forbid' : '');
  const apiGroup = group === 'core' ? '' : group;
  const path =
    rest[0] === 'namespaces' && rest.length > 2
      ? { namespace: rest[1] ?? '', parts: rest.slice(2) }
      : { namespace: '', parts: rest };
  const [resource = '', object = '', subresource = ''] = path.parts;
  const status = objectAt(payload['status'])['code'];
  const user = { username: text(objectAt(payload['authenticationInfo']), 'principalEmail') };
  const metadata = objectAt(payload['requestMetadata']);
  const event: JsonObject = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: text(objectAt(entry['operation']), 'id') || text(entry, 'insertId'),
    stage: 'ResponseComplete',
    requestURI: apiGroup === '' ? `/api/${version}/${rest.join('/')}` : `/apis/${apiGroup}/${version}/${rest.join('/')}`,
    verb,
    user,
    sourceIPs: [text(metadata, 'callerIp')].filter((address) => address !== ''),
    userAgent: text(metadata, 'callerSuppliedUserAgent'),
    objectRef: { resource, subresource, name: object, namespace: path.namespace, apiGroup, apiVersion: version },
    responseStatus: { code: codes[typeof status === 'number' ? status : 0] ?? 500 },
    requestReceivedTimestamp: text(entry, 'timestamp'),
    stageTimestamp: text(entry, 'timestamp'),
    annotations: {
      ...(decision === '' ? {} : { 'authorization.k8s.io/decision': decision }),
      ...(labels['authorization.k8s.io/reason'] === undefined
        ? {}
        : { 'authorization.k8s.io/reason': labels['authorization.k8s.io/reason'] }),
    },
    ...(payload['request'] === undefined ? {} : { requestObject: payload['request'] }),
    ...(payload['response'] === undefined ? {} : { responseObject: payload['response'] }),
  };
  return { events: [event], dialect: 'GKE' };
}

const criLine = /^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) ([FP])(?: |$)/;

/** Takes the wrapping of a container runtime off lines; CRI cuts long lines into parts, which are joined again. */
export class LineUnwrapper {
  #part = '';

  /** The text of a line without its wrapping; `undefined`: more parts of it follow. */
  unwrap(line: string): string | undefined {
    const cri = criLine.exec(line);
    if (cri !== null) {
      const text = this.#part + line.slice(cri[0].length);
      this.#part = cri[1] === 'P' ? text : '';
      return cri[1] === 'P' ? undefined : text;
    }
    if (line.startsWith('{"log":')) {
      const docker = parsed(line);
      const text = isObject(docker) ? stringAt(docker['log']) : undefined;
      if (text !== undefined) {
        const whole = this.#part + text;
        this.#part = text.endsWith('\n') ? '' : whole;
        return text.endsWith('\n') ? whole.slice(0, -1) : undefined;
      }
    }
    return line;
  }
}

/** A line of the server's own log, which stands between events where they are written to standard output. */
export function isServerLogLine(line: string): boolean {
  return /^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ /.test(line) || /^(?:Flag --|Error: |\[restful\]|Trace\[|goroutine |\s|$)/.test(line);
}
