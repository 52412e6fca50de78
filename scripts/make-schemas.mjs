// Writes schemas/*.schema.json from the schemas in src/. `npx tsx scripts/make-schemas.mjs`; unit tests compare.
import { writeFileSync } from 'node:fs';
import { planJsonSchema } from '../src/plan/json-schema.ts';
import { rehearsalJsonSchema } from '../src/rehearse/schema.ts';
import { reportJsonSchema } from '../src/report/json-schema.ts';

for (const [name, text] of [
  ['report', reportJsonSchema()],
  ['plan', planJsonSchema()],
  ['rehearsal', rehearsalJsonSchema()],
]) {
  writeFileSync(new URL(`../schemas/${name}.schema.json`, import.meta.url), text);
  console.log(`wrote schemas/${name}.schema.json`);
}
