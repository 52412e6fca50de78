import type { Component, HostFile } from './component.ts';
import type { FlagReading } from './flag-reading.ts';

/**
 * Finds the file that a flag names among those that were collected with the component.
 *
 * `unset`: the flag has no value. A value that was not collected, or a flag that may be set where nobody looked (`known: false`), is
 * `not-collected`.
 */
export function flagFile(component: Component, flag: FlagReading): HostFile | { readonly kind: 'unset' } {
  if (!flag.known)
    return {
      kind: 'not-collected',
      path: '',
      reason: `the value of --${flag.name} is not known from ${component.document.source}`,
    };
  if (flag.value === '') return { kind: 'unset' };
  return (
    component.files.get(flag.value) ?? {
      kind: 'not-collected',
      path: flag.value,
      reason: `file of --${flag.name} on ${component.host === '' ? 'the host' : component.host} was not collected`,
    }
  );
}
