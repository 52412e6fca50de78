// Bundles the program into dist/, or the folder that is named: one ESM entry with lazily loaded chunks, the controls' pages, and
// licence notices.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url);
const at = (path) => new URL(path, root);
const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'));

const out = resolve(process.argv[2] ?? at('dist').pathname);
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const result = await build({
  entryPoints: { bulwark: at('src/cli/main.ts').pathname },
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  chunkNames: 'chunks/[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  // Native: npm installs it beside the program.
  external: ['@duckdb/node-api'],
  define: { BULWARK_VERSION: JSON.stringify(version) },
  // CommonJS packages inside an ES module need a require of their own.
  banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
  logLevel: 'warning',
});

const entry = join(out, 'bulwark.js');
writeFileSync(entry, `#!/usr/bin/env node\n${readFileSync(entry, 'utf8')}`);
chmodSync(entry, 0o755);

/** The page of every control, by id: `bulwark explain` and the HTML report show them. */
const pages = {};
const controls = at('src/controls/');
for (const area of readdirSync(controls, { withFileTypes: true }).filter((item) => item.isDirectory())) {
  for (const id of readdirSync(new URL(`${area.name}/`, controls))) {
    const page = new URL(`${area.name}/${id}/control.md`, controls);
    if (existsSync(page)) pages[id] = readFileSync(page, 'utf8');
  }
}
writeFileSync(join(out, 'pages.json'), JSON.stringify(pages));

/** Licence texts of everything that is bundled. */
const packages = new Set(
  Object.keys(result.metafile.inputs).flatMap((input) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
);
const notices = [...packages].sort().map((name) => {
  const folder = at(`node_modules/${name}/`);
  const { version: own, license } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  const file = readdirSync(folder).find((candidate) => /^(licen[cs]e|copying)(\.|$)/i.test(candidate));
  const text = file === undefined ? '' : `\n\n${readFileSync(new URL(file, folder), 'utf8').trim()}`;
  return `${name} ${own} (${typeof license === 'string' ? license : 'see its package'})${text}`;
});
writeFileSync(join(out, 'NOTICE'), `Packages that are part of this program:\n\n${notices.join('\n\n---\n\n')}\n`);
