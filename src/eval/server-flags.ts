import type { Component } from '../cluster/component.ts';
import { gateEnabled } from '../cluster/feature-gates.ts';
import type { FlagSet } from '../cluster/flags.ts';
import { readFlags } from '../cluster/flags.ts';
import type { JsonObject } from '../cluster/json.ts';
import { objectAt, stringAt, stringsAt } from '../cluster/json.ts';

/** The flags of a case of `bulwark eval`, read as kube-apiserver of its version reads them. */
export interface ServerFlags {
  readonly flags: FlagSet;
  /** Whether a feature gate is on; a gate that the version does not have is off. */
  readonly gates: (name: string) => boolean;
}

/** Reads `flags` (flag → value) and `extraArgs` (raw arguments at the end of the command line) of an input. Total. */
export function serverFlags(input: JsonObject, minor: number): ServerFlags {
  const given = Object.entries(objectAt(input['flags'])).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [`--${name}=${textOf(value)}`],
  );
  const source = 'flags';
  const component: Component = {
    name: 'kube-apiserver',
    host: 'input',
    seenAs: 'process',
    commandLine: { arguments: [...given, ...stringsAt(input['extraArgs'])].map((text) => ({ text, place: { source } })) },
    document: { value: null, source },
    files: new Map(),
    environment: new Map(),
    running: false,
  };
  const flags = readFlags(component, minor);
  return { flags, gates: (name) => gateEnabled(flags, 'kube-apiserver', minor, name) ?? false };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The text of a file in an input: a string, or `missing` (null or absent), or `directory` (its `…IsDirectory` member is true). */
export function fileText(input: JsonObject, member: string): { readonly text: string } | 'missing' | 'directory' {
  if (input[`${member}IsDirectory`] === true) return 'directory';
  const text = stringAt(input[member]);
  return text === undefined ? 'missing' : { text };
}
