// The plain implementation that the bench compares with: parse every file with js-yaml and count the objects.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';

const folder = process.argv[2];
let objects = 0;
for (const name of readdirSync(folder))
  if (name.endsWith('.yaml')) objects += loadAll(readFileSync(join(folder, name), 'utf8')).length;
console.log(objects);
