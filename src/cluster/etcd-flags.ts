import type { Component } from './component.ts';
import type { Document } from './document.ts';
import { placeOf } from './document.ts';
import type { GivenFlag } from './flag-syntax.ts';
import { parseGoFlags } from './flag-syntax.ts';
import { valueRefusal } from './flag-values.ts';
import type { FlagReading, FlagSet } from './flag-reading.ts';
import { groupByName, readingOf } from './flag-reading.ts';
import { goQuote } from './go-quote.ts';
import type { FieldPath, Json, JsonObject } from './json.ts';
import { isObject, objectAt } from './json.ts';
import type { StartError } from './start-error.ts';
import { flagNames, flagSpec } from './tables/flag-table.ts';
import { parseVersion } from './version.ts';
import { parseDocuments } from './yaml/parse.ts';

/**
 * Reads etcd's flags: the command line, `ETCD_…` variables for flags that it lacks, or the file of `--config-file`, which replaces
 * both. A file that was not seen leaves every other flag unknown.
 * Source: etcd etcdmain/config.go, embed/config.go, pkg/flags/flag.go.
 */
export function readEtcdFlags(component: Component): FlagSet {
  const minor = etcdMinor(component);
  const typeOf = (name: string): string | undefined => flagSpec('etcd', minor, name)?.type;
  const parsed = parseGoFlags(component.commandLine.arguments, typeOf, (name, text) =>
    valueRefusal(typeOf(name) ?? 'string', text, { flag: name, minor }),
  );
  const errors: StartError[] = [...parsed.errors];
  const first = parsed.rest[0];
  if (errors.length === 0 && first !== undefined)
    errors.push({ message: `${goQuote(first.text)} is not a valid flag`, place: first.place });
  const line = groupByName(parsed.given);
  const environment = fromEnvironment(component, line, errors);
  const config = line.get('config-file')?.at(-1) ?? environment.find((flag) => flag.name === 'config-file');
  const file = config === undefined || config.text === '' ? undefined : fromFile(component, config.text);
  const given =
    file === undefined
      ? groupByName([...parsed.given, ...environment])
      : groupByName([...(config === undefined ? [] : [config]), ...file.given]);
  const hides = component.seenAs === 'distribution' || file?.seen === false;
  const get = (name: string): FlagReading => readingOf(name, given.get(name) ?? [], flagSpec('etcd', minor, name), hides);
  return { get, errors };
}

/** etcd's own minor, 5 for 3.5; `undefined` where the image or binary does not tell. */
function etcdMinor(component: Component): number | undefined {
  const version = component.version === undefined ? undefined : parseVersion(component.version.text);
  return version?.major === 3 ? version.minor : undefined;
}

/** A variable that repeats a flag of the command line stops etcd. */
function fromEnvironment(component: Component, line: ReadonlyMap<string, unknown>, errors: StartError[]): GivenFlag[] {
  const given: GivenFlag[] = [];
  for (const name of flagNames('etcd')) {
    const variable = component.environment.get(`ETCD_${name.toUpperCase().replaceAll('-', '_')}`);
    if (variable === undefined) continue;
    if (!line.has(name)) {
      if (variable.value !== '') given.push({ name, text: variable.value, place: variable.place });
    } else if (name !== 'config-file' && !line.has('config-file')) {
      const message =
        'conflicting environment variable is shadowed by corresponding command-line flag (either unset environment variable or disable flag))';
      errors.push({ flag: name, message, place: variable.place });
    }
  }
  return given;
}

const sections: Readonly<Record<string, string>> = { 'client-transport-security': '', 'peer-transport-security': 'peer-' };

/** The file's members are named as the flags; the two transport sections hold those of `--cert-file` and `--peer-cert-file`. */
function fromFile(component: Component, path: string): { readonly seen: boolean; readonly given: readonly GivenFlag[] } {
  const file = component.files.get(path);
  if (file?.kind !== 'seen' || file.text === undefined) return { seen: false, given: [] };
  const document = parseDocuments(file.text, file.source).documents[0];
  if (document === undefined || !isObject(document.value)) return { seen: false, given: [] };
  const given = membersAsFlags(document, document.value, [], '');
  for (const [section, prefix] of Object.entries(sections))
    given.push(...membersAsFlags(document, objectAt(document.value[section]), [section], prefix));
  return { seen: true, given };
}

function membersAsFlags(document: Document, members: JsonObject, path: FieldPath, prefix: string): GivenFlag[] {
  return Object.entries(members).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === undefined ? [] : [{ name: `${prefix}${name}`, text, place: placeOf(document, [...path, name]) }];
  });
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
