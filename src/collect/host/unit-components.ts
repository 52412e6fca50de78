import type { Argument } from '../../cluster/command-line.ts';
import type { SeenAs } from '../../cluster/component.ts';
import type { Gap } from '../../cluster/gap.ts';
import type { JsonObject } from '../../cluster/json.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import { configure } from './configured-component.ts';
import { isConfiguringVariable, readVariables } from './environment.ts';
import type { ReadHostFile } from './file-reading.ts';
import { programOf } from './program.ts';
import type { UnitSetting, UnitVariable } from './systemd-unit.ts';
import { commandsOf, environmentFilesOf, environmentOfUnit } from './systemd-unit.ts';

/** A unit with its drop-ins joined, in systemd's order. */
export interface Unit {
  readonly name: string;
  readonly source: string;
  readonly settings: readonly UnitSetting[];
  /** The file at `source`: its text as it was written, its path on the host and its mode where it was read from one. */
  readonly file?: { readonly text: string; readonly hostPath?: string; readonly mode?: number };
}

/** A unit's command lines, expanded, and whether everything that they are made of was seen. */
export interface UnitCommands {
  readonly unit: Unit;
  readonly commands: readonly (readonly Argument[])[];
  readonly variables: ReadonlyMap<string, UnitVariable>;
  /** Environment files that nobody collected: they may hold more arguments. */
  readonly unseenFiles: readonly string[];
  readonly gaps: readonly Gap[];
}

/** Expands a unit's commands with the environment that it sets itself and that its environment files hold (these win). */
export async function commandsOfUnit(unit: Unit, read: ReadHostFile): Promise<UnitCommands> {
  const variables = environmentOfUnit(unit.settings);
  const unseenFiles: string[] = [];
  const gaps: Gap[] = [];
  for (const { path, optional } of environmentFilesOf(unit.settings)) {
    if (/[*?%[]/.test(path)) continue;
    const reading = await read(path);
    if (reading.kind === 'file') {
      for (const { name, value, line, column } of readVariables(reading.text))
        variables.set(name, { value, place: { source: reading.source, line, column } });
    } else if (reading.kind === 'not-collected') {
      unseenFiles.push(path);
      gaps.push({
        source: unit.source,
        reason: `its environment file ${path} was not collected`,
        hint: `add ${path}: it may hold more arguments`,
      });
    } else if (reading.kind === 'unreadable') {
      unseenFiles.push(path);
      gaps.push({ source: reading.source, reason: reading.reason, hint: reading.hint });
    } else if (!optional) {
      gaps.push({
        source: unit.source,
        reason: `its environment file ${path} does not exist: systemd does not start the unit`,
        hint: `write ${path}, or put "-" before it`,
      });
    }
  }
  return { unit, commands: commandsOf(unit.settings, variables), variables, unseenFiles, gaps };
}

/** The components that a unit starts on its host. Where an environment file was not seen, an absent flag says nothing (`distribution`). */
export function componentsOfUnit(commands: UnitCommands, host: string): ConfiguredComponent[] {
  const found: ConfiguredComponent[] = [];
  for (const words of commands.commands) {
    const program = programOf(words);
    if (program === undefined) continue;
    const seenAs: SeenAs = commands.unseenFiles.length === 0 ? 'unit' : 'distribution';
    found.push(
      configure({
        name: program.name,
        host,
        seenAs,
        arguments: program.arguments,
        document: { value: unitValue(commands.unit), source: commands.unit.source },
        ...commands.unit.file,
        environment: new Map([...commands.variables].filter(([name]) => isConfiguringVariable(name))),
      }),
    );
  }
  return found;
}

/** What a report may show of a unit: its name. Its environment may hold credentials and is left out. */
function unitValue(unit: Unit): JsonObject {
  return { unit: unit.name };
}
