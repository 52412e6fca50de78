import type { Argument } from '../../cluster/command-line.ts';
import type { Component } from '../../cluster/component.ts';
import { blankWords, redactDocument, redactHostText } from '../redact.ts';
import type { PathMapping } from './mounts.ts';
import { onTheHost } from './mounts.ts';

/** A component as its configuration shows it, before the files that it names were read. */
export interface ConfiguredComponent {
  readonly component: Component;
  readonly paths: PathMapping;
}

/** What a component is made of; what is left out is empty, not running, on the host itself. */
export type ComponentParts = Pick<Component, 'name' | 'host' | 'seenAs' | 'document'> &
  Partial<Pick<Component, 'version' | 'environment' | 'running' | 'text' | 'hostPath' | 'mode'>> & {
    readonly arguments: readonly Argument[];
    readonly paths?: PathMapping;
  };

/** Makes a component out of its parts; secrets in its arguments and its document are blanked here, once for all kinds of sources. */
export function configure(parts: ComponentParts): ConfiguredComponent {
  const words = blanked(parts.arguments.map((argument) => argument.text));
  const component: Component = {
    name: parts.name,
    host: parts.host,
    seenAs: parts.seenAs,
    commandLine: { arguments: parts.arguments.map((argument, index) => ({ ...argument, text: words[index] ?? '' })) },
    document: redactDocument(parts.document),
    ...(parts.version === undefined ? {} : { version: parts.version }),
    files: new Map(),
    environment: new Map(
      [...(parts.environment ?? [])].map(([name, { value, place }]) => [name, { value: blanked([value])[0] ?? '', place }]),
    ),
    running: parts.running ?? false,
    ...(parts.text === undefined ? {} : { text: redactHostText(parts.text) }),
    ...(parts.hostPath === undefined ? {} : { hostPath: parts.hostPath }),
    ...(parts.mode === undefined ? {} : { mode: parts.mode }),
  };
  return { component, paths: parts.paths ?? onTheHost };
}

function blanked(words: readonly string[]): readonly string[] {
  return blankWords(words, () => '<redacted>');
}
