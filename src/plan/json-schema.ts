import { toJsonSchema } from '@valibot/to-json-schema';
import { planFormatVersion } from './plan.ts';
import { planSchema } from './stored-plan.ts';

/** The text of schemas/plan.schema.json (JSON Schema 2020-12). For scripts/make-schemas.mjs and its test; not shipped. */
export function planJsonSchema(): string {
  const { $schema, ...rest } = toJsonSchema(planSchema, { target: 'draft-2020-12' });
  const head = {
    title: 'Bulwark plan',
    description: `plan.json of \`bulwark plan --out DIR\`, format version ${planFormatVersion}.`,
  };
  return `${JSON.stringify({ $schema, ...head, ...rest }, undefined, 2)}\n`;
}
