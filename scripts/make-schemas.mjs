// Writes schemas/report.schema.json from src/report/schema.ts. `npx tsx scripts/make-schemas.mjs`; a unit test compares.
import { writeFileSync } from 'node:fs';
import { reportJsonSchema } from '../src/report/json-schema.ts';

writeFileSync(new URL('../schemas/report.schema.json', import.meta.url), reportJsonSchema());
console.log('wrote schemas/report.schema.json');
