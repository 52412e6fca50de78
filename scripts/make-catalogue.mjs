// Writes src/controls/catalogue.ts, the explicit, sorted index of the control folders, and src/plan/remedies.ts, that of their remedies.
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

const mended = folders.filter((folder) => existsSync(new URL(`${folder}/remedy.ts`, root)));
const remedies = [
  '// Written by scripts/make-catalogue.mjs: do not edit.',
  ...mended.map((folder) => `import { remedy as ${nameOf(folder)} } from '../controls/${folder}/remedy.ts';`),
  "import type { RemedyFunction } from '../controls/remedy.ts';",
  '',
  '/** The remedies of this build by the id of their control. */',
  'export const remedies: ReadonlyMap<string, RemedyFunction> = new Map<string, RemedyFunction>([',
  ...mended.map((folder) => `  ['${folder.split('/')[1]}', ${nameOf(folder)} as RemedyFunction],`),
  ']);',
  '',
];
writeFileSync(new URL('../src/plan/remedies.ts', import.meta.url), remedies.join('\n'));
console.log(`${folders.length} controls, ${mended.length} remedies`);
