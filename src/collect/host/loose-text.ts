import type { Gap } from '../../cluster/gap.ts';
import type { Component } from '../../cluster/component.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import type { ReadHostFile } from './file-reading.ts';
import { baseNameOf } from './file-reading.ts';
import { componentsOfPlainText } from './plain-text.ts';
import { looksLikeUnit, readUnit } from './systemd-unit.ts';
import { commandsOfUnit, componentsOfUnit } from './unit-components.ts';
import { withFiles } from './with-files.ts';

/** The components in a text that lies loose, before their files are read: a systemd unit or a plain command line (plain-text.ts). */
export async function componentsInText(
  text: string,
  source: string,
  host: string,
  read: ReadHostFile,
): Promise<{ readonly found: ConfiguredComponent[]; readonly gaps: readonly Gap[] }> {
  if (!looksLikeUnit(text)) return { found: componentsOfPlainText(text, source, host), gaps: [] };
  const commands = await commandsOfUnit(
    { name: baseNameOf(source), source, settings: readUnit(text, source), file: { text } },
    read,
  );
  const found = componentsOfUnit(commands, host);
  return { found, gaps: found.length === 0 ? [] : commands.gaps };
}

/**
 * Finds components in a text that is no YAML: a systemd unit, a file of flags named after its component (`kube-apiserver.args`), a
 * NUL-separated /proc cmdline, `ps` output. A text without any gives none. `host` names the host; files are read with `read`.
 */
export async function componentsFromText(
  text: string,
  source: string,
  read: ReadHostFile,
  options: { readonly host: string },
): Promise<{ readonly components: readonly Component[]; readonly gaps: readonly Gap[] }> {
  const { found, gaps } = await componentsInText(text, source, options.host, read);
  const all = [...gaps];
  const components: Component[] = [];
  for (const configured of found) {
    const complete = await withFiles(configured, read);
    components.push(complete.component);
    all.push(...complete.gaps);
  }
  return { components, gaps: all };
}
