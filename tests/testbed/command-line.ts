import type { Component, ComponentName } from '../../src/cluster/component.ts';

/** A component with nothing but a command line; the place of word N is line N. */
export function componentOf(name: ComponentName, words: readonly string[], extra: Partial<Component> = {}): Component {
  return {
    name,
    host: 'cp-1',
    seenAs: 'process',
    commandLine: { arguments: words.map((text, index) => ({ text, place: { source: 'words', line: index + 1 } })) },
    document: { value: {}, source: 'words' },
    files: new Map(),
    environment: new Map(),
    running: true,
    ...extra,
  };
}
