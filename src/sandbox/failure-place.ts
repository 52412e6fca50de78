import { loadAdmissionConfiguration } from '../admission/configuration.ts';
import { loadAuditPolicy } from '../audit/policy-file.ts';
import { loadAuthenticationConfiguration } from '../authentication/configuration.ts';
import { loadAuthorizationConfiguration } from '../authorization/configuration.ts';
import type { Component } from '../cluster/component.ts';
import type { Loaded } from '../cluster/decode/loaded.ts';
import { gateEnabled } from '../cluster/feature-gates.ts';
import type { FlagSet } from '../cluster/flags.ts';
import { booleanOf, readFlags } from '../cluster/flags.ts';
import type { Place } from '../cluster/place.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { loadEncryptionConfiguration } from '../encryption/configuration.ts';

type Load = (text: string, path: string, flags: FlagSet, minor: number) => Loaded<unknown>;

const gates =
  (flags: FlagSet, minor: number) =>
  (name: string): boolean =>
    gateEnabled(flags, 'kube-apiserver', minor, name) ?? name !== 'KMSv1';

const loaders: Readonly<Record<string, Load>> = {
  'encryption-provider-config': (text, path, flags, minor) =>
    loadEncryptionConfiguration(text, {
      path,
      minor,
      gates: gates(flags, minor),
      automaticReload: booleanOf(flags.get('encryption-provider-config-automatic-reload')) === true,
    }),
  'audit-policy-file': (text, path, _, minor) => loadAuditPolicy(text, { path, minor }),
  'authentication-config': (text, path, flags, minor) =>
    loadAuthenticationConfiguration(text, {
      path,
      minor,
      gates: gates(flags, minor),
      serviceAccountIssuers: flags.get('service-account-issuer').values,
    }),
  'authorization-config': (text, path, _, minor) => loadAuthorizationConfiguration(text, { path, minor }),
  'admission-control-config-file': (text, path, _, minor) => loadAdmissionConfiguration(text, { path, minor }),
};

/**
 * Finds the place of the configuration that a server's refusal to start is about: the word of the command line that its parser refuses, the
 * line of a configuration file that its loader refuses, else the flag that the message names by its name, file or value. `undefined` where
 * nothing tells. `message` has the host's paths. Pure.
 */
export function placeOfFailure(message: string, component: Component, minor: number): Place | undefined {
  const flags = readFlags(component, minor);
  const parsing = flags.errors.find((error) => message.includes(error.message) || error.message.includes(message));
  return parsing?.place ?? inFiles(message, component, flags, minor) ?? inWords(message, component);
}

function inFiles(message: string, component: Component, flags: FlagSet, minor: number): Place | undefined {
  for (const [flag, load] of Object.entries(loaders)) {
    const path = flags.get(flag).value;
    const file = component.files.get(path);
    if (path === '' || file?.kind !== 'seen' || file.text === undefined) continue;
    const loaded = load(file.text, path, flags, minor);
    if (loaded.kind !== 'refused') continue;
    const { line, column } = loaded;
    return { source: file.source, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
  }
  for (const [path, file] of component.files) {
    if (file.kind !== 'seen' || file.text === undefined || !message.includes(path)) continue;
    const [problem] = parseDocuments(file.text, file.source).problems;
    if (problem?.kind === 'syntax') return { source: file.source, line: problem.line, column: problem.column };
    const line = /\bline (\d+)\b/.exec(message)?.[1];
    if (line !== undefined) return { source: file.source, line: Number(line) };
  }
  return undefined;
}

function inWords(message: string, component: Component): Place | undefined {
  const words = component.commandLine.arguments;
  const valueOf = (text: string): string => text.replace(/^--[^=]*=/, '');
  const byPath = [...component.files.keys()].filter((path) => message.includes(path)).sort((a, b) => b.length - a.length);
  for (const path of byPath) {
    const word = words.find(({ text }) => valueOf(text).includes(path));
    if (word !== undefined) return word.place;
  }
  const named = words
    .map((word) => ({ word, name: /^--([^=]+)/.exec(word.text)?.[1] ?? '' }))
    .filter(({ name }) => name !== '' && new RegExp(`(?<![\\w-])(?:--)?${escaped(name)}(?![\\w-])`).test(message))
    .sort((a, b) => b.name.length - a.name.length);
  if (named[0] !== undefined) return named[0].word.place;
  const byValue = words.find(({ text }) =>
    valueOf(text)
      .split(/[,=]/)
      .some((part) => part.length >= 6 && !/^(?:true|false)$/.test(part) && message.includes(part)),
  );
  return byValue?.place;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
