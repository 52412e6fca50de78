// Writes src/controls/catalogue.ts: the explicit, sorted index of the control folders.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';

const root = new URL('../src/controls/', import.meta.url);
const folders = readdirSync(root, { withFileTypes: true })
  .filter((area) => area.isDirectory())
  .flatMap((area) => readdirSync(new URL(`${area.name}/`, root)).map((id) => `${area.name}/${id}`))
  .filter((folder) => existsSync(new URL(`${folder}/control.ts`, root)))
  .sort();

/** `authn-anonymous-restricted` → `authnAnonymousRestricted`. */
const nameOf = (folder) => folder.split('/')[1].replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());

const lines = [
  '// Written by scripts/make-catalogue.mjs: do not edit.',
  ...folders.map((folder) => `import { control as ${nameOf(folder)} } from './${folder}/control.ts';`),
  "import type { Control } from './control.ts';",
  '',
  '/** All controls of this build, sorted by area folder and id. */',
  'export const catalogue: readonly Control[] = [',
  ...folders.map((folder) => `  ${nameOf(folder)},`),
  '];',
  '',
];
writeFileSync(new URL('catalogue.ts', root), lines.join('\n'));
console.log(`${folders.length} controls`);
