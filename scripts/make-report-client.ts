// Bundles the script of the HTML report into src/report/html/client.generated.ts, so that the report needs no build step of
// its own: `npx tsx scripts/make-report-client.ts` after a change below src/report/html/client; a unit test compares.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = fileURLToPath(new URL('../src/report/html/client/main.ts', import.meta.url));

/** The text of src/report/html/client.generated.ts. */
export async function reportClientSource(): Promise<string> {
  const result = await build({
    entryPoints: [source],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    write: false,
    legalComments: 'none',
  });
  // Paths in esbuild's comments depend on the folder it runs in; a script element must not hold its own end.
  const script = (result.outputFiles[0]?.text ?? '')
    .replaceAll(/^ *\/\/ \S+\.ts\n/gm, '')
    .replaceAll('</script', String.raw`<\/script`);
  const text = script.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
  return `// Made by scripts/make-report-client.ts from client/main.ts. Do not edit.\n\n/** The script of the HTML report. */\nexport const clientScript = \`${text}\`;\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../src/report/html/client.generated.ts', import.meta.url), await reportClientSource());
  console.log('wrote src/report/html/client.generated.ts');
}
