import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { rehearsalFormatVersion } from './rehearsal.ts';

// The rehearsal as it stands in JSON; rehearsal.ts says what the members mean. For scripts/make-schemas.mjs and tests; not shipped.

const text = v.string();
const texts = v.array(text);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(text, v.description('RFC 3339; empty where there is none.'));

const who = v.object({
  user: text,
  groups: texts,
  as: v.exactOptional(v.pipe(text, v.description('The user that it was made as.'))),
  kind: v.picklist(['system component', 'node', 'service account', 'person', 'nobody', 'workload']),
  pod: v.exactOptional(text),
});

const disagreement = v.object({
  cause: v.picklist(['state newer than the log', 'object deleted since', 'a webhook decided', 'version', 'not explained']),
  requests: count,
  accesses: count,
  samples: v.array(v.object({ who, what: text, recorded: text, today: text, auditID: text })),
});

const difference = v.object({
  id: v.pipe(text, v.regex(/^[0-9a-f]{8}$/), v.description('The same in every run; --keep takes it.')),
  kind: v.picklist(['refused', 'turned away', 'opened', 'object']),
  who,
  what: text,
  requests: count,
  first: time,
  last: time,
  userAgents: texts,
  today: text,
  planned: text,
  causes: v.array(v.object({ change: text, text, controls: texts })),
  exception: v.pipe(text, v.description('The narrowest way to keep it working.')),
  auditIDs: texts,
});

const counts = v.record(text, count);

const coverage = v.object({
  events: count,
  requests: count,
  first: time,
  last: time,
  levels: counts,
  stages: counts,
  truncated: count,
  openWatches: count,
  namesGroups: v.boolean(),
  recordsDecisions: v.boolean(),
  silence: v.exactOptional(v.object({ from: time, to: time })),
  sources: v.array(v.object({ source: text, events: count, unreadable: count, lacks: texts })),
  blind: v.pipe(texts, v.description('Requests that the audit policy in force does not write.')),
  never: v.pipe(texts, v.description('What no audit log shows.')),
});

/** The JSON of a rehearsal. */
export const rehearsalSchema = v.object({
  formatVersion: v.literal(rehearsalFormatVersion),
  tool: v.object({ name: v.literal('bulwark'), version: text }),
  plan: v.object({ groups: count, changes: count, version: v.nullable(text) }),
  coverage,
  calibration: v.object({
    requests: count,
    reproduced: count,
    undecidable: count,
    followed: count,
    disagreements: v.array(disagreement),
  }),
  accesses: count,
  differences: v.array(difference),
  unsettled: v.array(v.object({ why: text, requests: count, accesses: count, sample: text })),
  sideEffects: v.array(v.object({ name: text, text, seen: texts })),
  assumptions: texts,
});

/** The text of schemas/rehearsal.schema.json (JSON Schema 2020-12). */
export function rehearsalJsonSchema(): string {
  const { $schema, ...rest } = toJsonSchema(rehearsalSchema, { target: 'draft-2020-12' });
  const head = {
    title: 'Bulwark rehearsal',
    description: `\`bulwark rehearse -o json\`, format version ${rehearsalFormatVersion}.`,
  };
  return `${JSON.stringify({ $schema, ...head, ...rest }, undefined, 2)}\n`;
}
