import type { Component } from '../../cluster/component.ts';
import type { Gap } from '../../cluster/gap.ts';
import type { ReadHostFile } from './file-reading.ts';
import { filesNamedBy, filesNamedByEnvironment, readNamedFiles } from './flag-files.ts';
import type { ConfiguredComponent } from './configured-component.ts';

/** Adds to a component the files that its command line and environment name, and what these name in turn. */
export async function withFiles(
  { component, paths }: ConfiguredComponent,
  read: ReadHostFile,
): Promise<{ component: Component; gaps: Gap[] }> {
  const named = [...filesNamedBy(component.commandLine.arguments), ...filesNamedByEnvironment(component.environment)];
  const { files, gaps } = await readNamedFiles(named, paths, read);
  return { component: { ...component, files }, gaps };
}
