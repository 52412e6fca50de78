import type { Command } from 'commander';
import { Option } from 'commander';
import { severities } from '../results/verdict.ts';
import { addSourceOptions } from './source-options.ts';
import type { ScanOptions } from './scan-options.ts';
import { append } from './append.ts';

const appendList = (value: string, former: readonly string[]): readonly string[] => [
  ...former,
  ...value.split(',').map((item) => item.trim()),
];

/** Adds `bulwark scan` to the program. */
export function registerScan(program: Command): void {
  const command = program
    .command('scan')
    .summary('collect, assess, report: the main job')
    .description(
      'Collects a cluster from live API, files or both, judges it against the catalogue\nof native controls and reports.',
    );
  addSourceOptions(command)
    .option('-o, --output <format[=file]>', 'text, json, sarif, junit, markdown, html, csv; repeatable', append, [])
    .option('--details', 'text: every finding, not the summary alone', false)
    .option('--explain-score', 'show the arithmetic of the score', false)
    .option('--settings <file>', 'parameters of the catalogue (docs/settings.md)')
    .option('--waivers <file>', 'waivers (default: bulwark-waivers.yaml, where it exists)')
    .option('--baseline <report>', 'only findings that this JSON report lacks count')
    .option('--only <controls>', 'judge these controls alone (comma-separated)', appendList, [])
    .option('--skip <controls>', 'leave these controls out', appendList, [])
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 at findings of this severity or worse')
        .choices([...severities, 'none'])
        .default('low'),
    )
    .option('--fail-on-unknown', 'exit 1 where a control could not be judged', false)
    .option('--now <time>', 'judge ages as at this time (RFC 3339)')
    .addHelpText(
      'after',
      '\nExamples:\n  bulwark scan                                   the live cluster\n  bulwark scan --host-root / manifests/          this host and a folder\n  bulwark scan . -o sarif=bulwark.sarif --fail-on high',
    )
    .action(async (sources: readonly string[], options: ScanOptions) => {
      const { scan } = await import('./run-scan.ts');
      process.exitCode = await scan(sources, options);
    });
}
