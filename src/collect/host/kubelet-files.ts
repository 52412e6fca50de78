import type { Argument } from '../../cluster/command-line.ts';
import type { Component, HostFile } from '../../cluster/component.ts';
import type { Gap } from '../../cluster/gap.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import { configure } from './configured-component.ts';
import { readVariables } from './environment.ts';
import { hostFileOf } from './flag-files.ts';
import { joinHostPath } from './file-reading.ts';
import type { HostTree } from './host-tree.ts';
import { splitWords } from './words.ts';

/** The last value of a string flag among arguments, with one dash or two, `=` or the next word. */
export function lastValueOf(args: readonly Argument[], flag: string): string | undefined {
  let value: string | undefined;
  for (const [index, { text }] of args.entries()) {
    const match = /^--?([\w.-]+)(?:=([\s\S]*))?$/.exec(text);
    if (match?.[1]?.replaceAll('_', '-') === flag) value = match[2] ?? args[index + 1]?.text;
  }
  return value;
}

/**
 * Reads the `*.conf` drop-ins below the kubelet's `--config-dir`, keyed by the folder as the flag gives it plus their path in it, in
 * the kubelet's order: filepath.WalkDir, that is by name, folders at their place (K:cmd/kubelet/app/server.go).
 */
export async function readKubeletDropIns(component: Component, tree: HostTree, gaps: Gap[]): Promise<Map<string, HostFile>> {
  const files = new Map<string, HostFile>();
  const folder = lastValueOf(component.commandLine.arguments, 'config-dir');
  if (component.name !== 'kubelet' || folder === undefined || folder === '') return files;
  const base = folder.replace(/\/+$/, '');
  const walk = async (below: string, depth: number): Promise<void> => {
    const listing = await tree.list(joinHostPath(base, below));
    if (listing.kind === 'unreadable') {
      const reason = `the drop-ins of the kubelet cannot be listed: ${listing.reason}`;
      gaps.push({ source: tree.sourceOf(joinHostPath(base, below)), reason, hint: 'read it as root' });
      files.set(folder, { kind: 'not-collected', path: folder, reason });
    }
    for (const entry of listing.kind === 'entries' ? listing.entries : []) {
      const name = below === '.' ? entry.name : `${below}/${entry.name}`;
      if (entry.directory && depth < 8) await walk(name, depth + 1);
      else if (!entry.directory && entry.name.endsWith('.conf')) {
        const reading = await tree.read(entry.path);
        if (reading.kind === 'unreadable') gaps.push({ source: reading.source, reason: reading.reason, hint: reading.hint });
        files.set(`${base}/${name}`, hostFileOf(reading, 'configuration'));
      }
    }
  };
  await walk('.', 0);
  return files;
}

const configPath = '/var/lib/kubelet/config.yaml';
const kubeadmFlagsPath = '/var/lib/kubelet/kubeadm-flags.env';

/**
 * The kubelet of a tree that holds no unit of it. Where `kubeadm-flags.env` is there, kubeadm set it up: its drop-in starts the kubelet
 * with `--config=/var/lib/kubelet/config.yaml`, the kubeconfigs, `KUBELET_KUBEADM_ARGS` and `KUBELET_EXTRA_ARGS` of /etc/default (Debian)
 * or /etc/sysconfig (RPM). Where that file was not collected, or `config.yaml` is there alone, flags may stand elsewhere: seen as `distribution`.
 */
export async function kubeletWithoutUnit(tree: HostTree, host: string): Promise<ConfiguredComponent | undefined> {
  const config = await tree.read(configPath);
  const kubeadm = await tree.read(kubeadmFlagsPath);
  if (config.kind !== 'file' && kubeadm.kind !== 'file') return undefined;
  const source = config.kind === 'file' ? config.source : tree.sourceOf(configPath);
  const words: Argument[] = [];
  if (kubeadm.kind === 'file' || config.kind === 'file') words.push({ text: `--config=${configPath}`, place: { source } });
  let whole = kubeadm.kind === 'file';
  if (kubeadm.kind === 'file') words.push(...argumentsIn(kubeadm.text, kubeadm.source, 'KUBELET_KUBEADM_ARGS'));
  const extra = await Promise.all([tree.read('/etc/default/kubelet'), tree.read('/etc/sysconfig/kubelet')]);
  for (const reading of extra)
    if (reading.kind === 'file') words.push(...argumentsIn(reading.text, reading.source, 'KUBELET_EXTRA_ARGS'));
  // One of the two folders is enough: a distribution has the one or the other.
  if (extra.every((reading) => reading.kind === 'not-collected') || extra.some((reading) => reading.kind === 'unreadable'))
    whole = false;
  return configure({
    name: 'kubelet',
    host,
    seenAs: whole ? 'unit' : 'distribution',
    arguments: words,
    document: { value: { unit: 'kubelet.service' }, source: kubeadm.kind === 'file' ? kubeadm.source : source },
  });
}

function argumentsIn(text: string, source: string, variable: string): Argument[] {
  return readVariables(text)
    .filter(({ name }) => name === variable)
    .flatMap(({ value, line, column }) =>
      splitWords(value).map((word) => ({ text: word.text, place: { source, line, column } })),
    );
}
