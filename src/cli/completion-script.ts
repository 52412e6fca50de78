import type { Command } from 'commander';

interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly {
    readonly flag: string;
    readonly description: string;
    readonly values: readonly string[];
    readonly takesFile: boolean;
  }[];
  readonly values: readonly string[];
}

/** Writes a completion script: commands, options, choices of options, control ids for `explain`, files elsewhere. */
export function completionScript(shell: 'bash' | 'zsh' | 'fish', program: Command, controls: readonly string[]): string {
  const commands = program.commands.map((command): CommandWords => ({
    name: command.name(),
    summary: command.summary() || command.description(),
    options: command.options.flatMap((option) =>
      option.long === undefined || option.long === null
        ? []
        : [
            {
              flag: option.long,
              description: option.description,
              values: valuesOf(option.long, option.argChoices, controls),
              takesFile: option.required || option.optional,
            },
          ],
    ),
    values: command.name() === 'explain' ? controls : (command.registeredArguments[0]?.argChoices ?? []),
  }));
  if (shell === 'fish') return fish(commands);
  return shell === 'zsh' ? `#compdef bulwark\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}` : bash(commands);
}

function valuesOf(flag: string, choices: readonly string[] | undefined, controls: readonly string[]): readonly string[] {
  return choices ?? (flag === '--only' || flag === '--skip' ? controls : []);
}

function bash(commands: readonly CommandWords[]): string {
  const cases = commands.map(({ name, options, values }) => {
    const choices = options
      .filter((option) => option.values.length > 0)
      .map((option) => `        ${option.flag}) COMPREPLY=($(compgen -W "${option.values.join(' ')}" -- "$word")); return ;;`);
    const flags = options.map((option) => option.flag).join(' ');
    const rest =
      values.length > 0 ? `COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$word"))` : 'COMPREPLY=($(compgen -f -- "$word"))';
    return [
      `    ${name})`,
      '      case "$before" in',
      ...choices,
      '      esac',
      `      if [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "${flags}" -- "$word")); else ${rest}; fi ;;`,
    ].join('\n');
  });
  const names = commands.map((command) => command.name).join(' ');
  return [
    '_bulwark() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}"',
    `  if [[ $COMP_CWORD -eq 1 ]]; then COMPREPLY=($(compgen -W "${names} help --help --version" -- "$word")); return; fi`,
    '  case "$command" in',
    ...cases,
    `    help) COMPREPLY=($(compgen -W "${names}" -- "$word")) ;;`,
    '  esac',
    '}',
    'complete -o filenames -F _bulwark bulwark kubectl-bulwark',
    '',
  ].join('\n');
}

function fish(commands: readonly CommandWords[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, summary, options, values }) => [
    `complete -c bulwark -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`,
    ...(values.length > 0
      ? [`complete -c bulwark -n "__fish_seen_subcommand_from ${name}" -f -a ${quote(values.join(' '))}`]
      : []),
    ...options.map((option) => {
      const choices = option.values.length > 0 ? ` -x -a ${quote(option.values.join(' '))}` : option.takesFile ? ' -r' : '';
      return `complete -c bulwark -n "__fish_seen_subcommand_from ${name}" -l ${option.flag.slice(2)} -d ${quote(option.description)}${choices}`;
    }),
  ]);
  return `${lines.join('\n')}\n`;
}
