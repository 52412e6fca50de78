import { toJsonSchema } from '@valibot/to-json-schema';
import { reportFormatVersion } from '../results/report.ts';
import { reportSchema } from './schema.ts';

/** The text of schemas/report.schema.json (JSON Schema 2020-12). For scripts/make-schemas.mjs and its test; not shipped. */
export function reportJsonSchema(): string {
  const schema = toJsonSchema(reportSchema, { target: 'draft-2020-12' });
  const head = {
    title: 'Bulwark report',
    description: `The report of \`bulwark scan -o json\`, format version ${reportFormatVersion}.`,
  };
  const { $schema, ...rest } = schema;
  return `${JSON.stringify({ $schema, ...head, ...rest }, undefined, 2)}\n`;
}
