import type { Command } from 'commander';
import { UsageError } from './errors.ts';

/** Adds `bulwark explain` to the program. */
export function registerExplain(program: Command): void {
  program
    .command('explain')
    .summary("a control's page: what, why, how, what may break")
    .description("Prints a control's page.")
    .argument('<control>', 'id of a control, as `bulwark controls` lists them')
    .addHelpText('after', '\nExample:\n  bulwark explain authn-anonymous-restricted')
    .action(async (id: string) => {
      const { catalogue } = await import('../controls/catalogue.ts');
      const { controlPages } = await import('./pages.ts');
      const { formatPage } = await import('./format-page.ts');
      const control = catalogue.find((candidate) => candidate.id === id);
      if (control === undefined) {
        const near = catalogue.filter((candidate) => candidate.id.includes(id)).map((candidate) => candidate.id);
        throw new UsageError(
          `there is no control \`${id}\``,
          near.length > 0 ? `did you mean ${near.slice(0, 3).join(', ')}?` : '`bulwark controls` lists them',
        );
      }
      process.stdout.write(formatPage(control, controlPages()[id] ?? ''));
    });
}
