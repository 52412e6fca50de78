import type { Argument } from './command-line.ts';
import type { Component } from './component.ts';
import { placeOf } from './document.ts';
import { readEtcdFlags } from './etcd-flags.ts';
import type { FlagReading, FlagSet } from './flag-reading.ts';
import { groupByName, readingOf } from './flag-reading.ts';
import type { GivenFlag, TypeOf } from './flag-syntax.ts';
import { parsePflags } from './flag-syntax.ts';
import { itemsOf, valueRefusal } from './flag-values.ts';
import { checksWhileParsing, firstGateError, gateErrors } from './gate-settings.ts';
import { parseGoBool } from './go-numbers.ts';
import { goQuote } from './go-quote.ts';
import type { Place } from './place.ts';
import type { StartError } from './start-error.ts';
import type { FlagSpec } from './tables/flag-table.ts';
import { flagSpec } from './tables/flag-table.ts';

export type { FlagReading, FlagSet } from './flag-reading.ts';
export { booleanOf } from './flag-reading.ts';
export type { StartError } from './start-error.ts';

/**
 * Reads a component's command line as that component does.
 *
 * `minor` is the Kubernetes minor of the component (31 for 1.31; etcd's own version is taken from the component); `undefined`, or a
 * minor outside the tables, leaves defaults that differ between versions unknown. An absent flag has this version's default, except
 * in a distribution's own file (`seenAs: 'distribution'`). Start errors have the component's own words. Never throws.
 * Source: spf13/pflag flag.go, essential.md 0.3; etcd: etcdmain/config.go.
 */
export function readFlags(component: Component, minor: number | undefined): FlagSet {
  if (component.name === 'etcd') return readEtcdFlags(component);
  const specOf = (name: string): FlagSpec | undefined => flagSpec(component.name, minor, name);
  const parsed = parsePflags(
    component.commandLine.arguments,
    (name) => specOf(name)?.type,
    (flag, text) => {
      const type = specOf(flag)?.type ?? 'string';
      if (flag === 'feature-gates' && checksWhileParsing(component.name, minor))
        return firstGateError(itemsOf(type, flag, text), minor, minor);
      return valueRefusal(type, text, { flag, minor });
    },
  );
  const byName = groupByName(parsed.given);
  const get = (name: string): FlagReading => {
    const reading = readingOf(name, byName.get(name) ?? [], specOf(name), component.seenAs === 'distribution');
    return component.name === 'kube-apiserver' && name === 'authorization-mode'
      ? withDerivedMode(reading, component.seenAs === 'distribution' || byName.has('authorization-config'))
      : reading;
  };
  // The kubelet parses its flags itself and says so (cmd/kubelet/app/server.go).
  const prefix = component.name === 'kubelet' ? 'failed to parse kubelet flag: ' : '';
  const errors = parsed.errors.map((error) => ({ ...error, message: `${prefix}${error.message}` }));
  if (errors.length === 0)
    errors.push(...wordErrors(component, parsed.rest, (name) => specOf(name)?.type), ...endsEarly(parsed.given));
  if (errors.length === 0) errors.push(...gateErrors(component.name, minor, get));
  return { get, errors };
}

/**
 * From 1.29 the mode's default is filled in only where no authorization configuration is given (kubeapiserver
 * options/authorization.go); before, it is the flag's own. So AlwaysAllow is known even where the version is not.
 */
function withDerivedMode(reading: FlagReading, mayBeSetElsewhere: boolean): FlagReading {
  if (reading.given || reading.value !== '' || mayBeSetElsewhere) return reading;
  return { ...reading, known: true, value: 'AlwaysAllow', values: ['AlwaysAllow'] };
}

function wordErrors(component: Component, rest: readonly Argument[], typeOf: TypeOf): StartError[] {
  const first = rest.find((word) => word.text !== '');
  if (first === undefined) return [];
  const message =
    component.name === 'kubelet'
      ? `unknown command ${rest[0]?.text ?? ''}`
      : `${goQuote(component.name)} does not take any arguments, got [${rest.map((word) => goQuote(word.text)).join(' ')}]`;
  const flag = booleanBefore(component.commandLine.arguments, first, typeOf);
  return [{ ...(flag === undefined ? {} : { flag }), message, place: first.place }];
}

/** The boolean flag whose value a word was meant to be: `--anonymous-auth false`. */
function booleanBefore(words: readonly Argument[], word: Argument, typeOf: TypeOf): string | undefined {
  const [, written] = /^--([^=]+)$/.exec(words[words.indexOf(word) - 1]?.text ?? '') ?? [];
  const name = written?.replaceAll('_', '-');
  return name !== undefined && typeOf(name) === 'bool' ? name : undefined;
}

/** With `--help` or `--version` a component prints and exits. */
function endsEarly(given: readonly GivenFlag[]): StartError[] {
  const last = new Map(given.map((flag) => [flag.name, flag]));
  return ['help', 'version'].flatMap((name) => {
    const flag = last.get(name);
    if (flag === undefined || parseGoBool(flag.text) === false || (name === 'version' && flag.text.startsWith('v'))) return [];
    return [{ flag: name, message: `--${name} prints and exits`, place: flag.place }];
  });
}

/** The place of a flag, or of the configuration whose command line lacks it. */
export function placeOfFlag(component: Component, reading: FlagReading): Place {
  return reading.place ?? placeOf(component.document, []);
}
