import type { Command } from 'commander';
import { Option } from 'commander';
import { areas } from '../results/verdict.ts';

interface ControlsOptions {
  readonly area?: string;
  readonly output: 'text' | 'json';
}

/** Adds `bulwark controls` to the program. */
export function registerControls(program: Command): void {
  program
    .command('controls')
    .summary('the catalogue as a table')
    .description('Lists the controls of the catalogue: id, severity, whether it is essential (*),\nand who can mend it.')
    .addOption(new Option('--area <area>', 'controls of one area alone').choices([...areas]))
    .addOption(new Option('-o, --output <format>', 'text or json').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nExample:\n  bulwark controls --area audit')
    .action(async (options: ControlsOptions) => {
      const { catalogue } = await import('../controls/catalogue.ts');
      const chosen = areas.flatMap((area) =>
        catalogue.filter((control) => control.area === area && (options.area === undefined || options.area === area)),
      );
      const rows = chosen.map(({ id, title, area, severity, essential, remedy, references }) => ({
        id,
        title,
        area,
        severity,
        essential,
        remedy: remedy.kind,
        references,
      }));
      process.stdout.write(options.output === 'json' ? `${JSON.stringify(rows, null, 2)}\n` : table(rows));
    });
}

interface Row {
  readonly id: string;
  readonly title: string;
  readonly area: string;
  readonly severity: string;
  readonly essential: boolean;
  readonly remedy: string;
}

function table(rows: readonly Row[]): string {
  const lines: string[] = [];
  let area = '';
  for (const row of rows) {
    if (row.area !== area) {
      lines.push(...(area === '' ? [] : ['']), row.area.toUpperCase());
      area = row.area;
    }
    lines.push(` ${row.essential ? '*' : ' '} ${row.id.padEnd(38)} ${row.severity.padEnd(9)} ${row.remedy}`);
    lines.push(`     ${row.title}`);
  }
  const essential = rows.filter((row) => row.essential).length;
  return `${lines.join('\n')}\n\n${rows.length} controls, ${essential} essential (*). bulwark explain CONTROL prints a page.\n`;
}
