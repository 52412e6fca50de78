import type { Json, JsonObject } from '../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import type { AuditDecision } from './audit-policy.ts';
import { auditLevels, auditStages } from './audit-policy.ts';
import type { AuditAttributes } from './audit-policy.ts';
import { attributesOfEvent, readEvent } from './event.ts';
import type { CompiledPolicy } from './policy.ts';

/** One event under a policy. */
export interface PredictedEvent {
  /** The event as it would be written; `undefined`: it would not be. */
  readonly event: JsonObject | undefined;
  readonly decision: AuditDecision;
}

/** Members of an annotation's name that a server writes from level Request on alone. */
const patchAnnotation = /^patch\.webhook\.admission\.k8s\.io\//;

/**
 * What a server with this policy would have written in place of these events of one request, in the same order.
 *
 * A policy is asked once, when the request arrives: by who authenticated and what the URL names. Events must be as full as the policy wants
 * them: level RequestResponse and all stages; of poorer ones the level cannot rise (`predictedLevel`). Rule source: k8s.io/apiserver
 * pkg/audit/request.go, pkg/endpoints/filters/audit.go; recordings of real servers.
 */
export function predictRequest(compiled: CompiledPolicy, events: readonly JsonObject[]): readonly PredictedEvent[] {
  const decision = compiled.decide(attributesOfRequest(events));
  return events.map((event) => ({ event: underDecision(event, decision), decision }));
}

/**
 * The attributes by which a policy judges the request of these events: of its first stage, which names what the URL names; later ones carry
 * names out of bodies.
 */
export function attributesOfRequest(events: readonly JsonObject[]): AuditAttributes {
  const first = events.reduce<JsonObject | undefined>(
    (former, event) => (former === undefined || stageOf(event) < stageOf(former) ? event : former),
    undefined,
  );
  const read = readEvent(first);
  if (read === undefined) return { kind: 'nonResource', verb: '', path: '', user: undefined };
  const attributes = attributesOfEvent(read);
  // What is made has no name when it arrives, whatever a later stage knows.
  const unnamed = read.stage !== 'RequestReceived' && attributes.kind === 'resource' && attributes.verb === 'create';
  return unnamed && attributes.subresource === '' ? { ...attributes, name: '' } : attributes;
}

function stageOf(event: JsonObject): number {
  return (auditStages as readonly string[]).indexOf(stringAt(event['stage']) ?? '');
}

function underDecision(event: JsonObject, { level, omitStages, omitManagedFields }: AuditDecision): JsonObject | undefined {
  if (level === 'None' || omitStages.includes(stringAt(event['stage']) ?? '')) return undefined;
  const { requestObject, responseObject, annotations, ...rest } = event;
  const own = auditLevels.indexOf((stringAt(event['level']) ?? 'RequestResponse') as (typeof auditLevels)[number]);
  const written = auditLevels[Math.min(own < 0 ? 3 : own, auditLevels.indexOf(level))] ?? level;
  const body = (value: Json | undefined) => (value !== undefined && omitManagedFields ? withoutManagedFields(value) : value);
  const request = written === 'Request' || written === 'RequestResponse' ? body(requestObject) : undefined;
  const response = written === 'RequestResponse' ? body(responseObject) : undefined;
  const kept = written === 'Metadata' ? withoutPatches(annotations) : annotations;
  return {
    ...rest,
    level: written,
    ...(request === undefined ? {} : { requestObject: request }),
    ...(response === undefined ? {} : { responseObject: response }),
    ...(kept === undefined ? {} : { annotations: kept }),
  };
}

function withoutPatches(annotations: Json | undefined): Json | undefined {
  if (!isObject(annotations)) return annotations;
  const kept = Object.entries(annotations).filter(([name]) => !patchAnnotation.test(name));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** Objects, the items of lists and the objects in the rows of tables lose their managedFields (pkg/audit/request.go `removeManagedFields`). */
function withoutManagedFields(value: Json): Json {
  if (!isObject(value)) return value;
  if (value['kind'] === 'Table' && Array.isArray(value['rows'])) {
    const rows = listAt(value['rows']).map((row) => {
      const object = objectAt(row)['object'];
      return object === undefined ? row : { ...objectAt(row), object: stripped(object) };
    });
    return { ...value, rows };
  }
  if (Array.isArray(value['items']) && (stringAt(value['kind'])?.endsWith('List') ?? false))
    return { ...value, items: listAt(value['items']).map(stripped) };
  return stripped(value);
}

function stripped(value: Json): Json {
  if (!isObject(value) || !isObject(value['metadata']) || value['metadata']['managedFields'] === undefined) return value;
  const { managedFields: _removed, ...metadata } = value['metadata'];
  return { ...value, metadata };
}

/** The log that a server with this policy would have written in place of a full one: events in their order, by request. */
export function predictEvents(compiled: CompiledPolicy, events: readonly JsonObject[]): readonly JsonObject[] {
  const requests = new Map<string, JsonObject[]>();
  for (const [index, event] of events.entries()) {
    const id = stringAt(event['auditID']) ?? `event ${index}`;
    const former = requests.get(id);
    if (former === undefined) requests.set(id, [event]);
    else former.push(event);
  }
  const predicted = new Map<JsonObject, JsonObject | undefined>();
  for (const request of requests.values()) {
    const answers = predictRequest(compiled, request);
    for (const [index, event] of request.entries()) predicted.set(event, answers[index]?.event);
  }
  return events.map((event) => predicted.get(event)).filter((event) => event !== undefined);
}
