import type { Document } from '../../cluster/document.ts';
import type { Gap } from '../../cluster/gap.ts';
import { parseGoBool } from '../../cluster/go-numbers.ts';
import { countNodes } from '../../cluster/positions.ts';
import { redactDocument } from '../redact.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import type { HostTree } from './host-tree.ts';
import type { RancherCommand, RancherDistribution } from './k3s-configuration.ts';
import { rancherCommandOf, rancherComponents } from './k3s-configuration.ts';
import { documentsOf } from './read-yaml.ts';
import type { UnitCommands } from './unit-components.ts';

/** The components and configuration of k3s and RKE2 on a host: config.yaml, config.yaml.d, the unit's arguments. */
export async function rancherOnHost(
  tree: HostTree,
  host: string,
  units: readonly UnitCommands[],
  gaps: Gap[],
): Promise<{ components: ConfiguredComponent[]; configurations: Document[] }> {
  const components: ConfiguredComponent[] = [];
  const configurations: Document[] = [];
  for (const distribution of ['k3s', 'rke2'] as const) {
    const documents = await documentsOfFolder(tree, distribution, gaps);
    const unit = unitOf(distribution, units);
    const first = documents[0] ?? (unit === undefined ? undefined : { value: { unit: unit.name }, source: unit.source });
    if (first === undefined) continue;
    const role = unit?.command.role ?? (await roleOnDisk(tree, distribution));
    configurations.push(...documents, ...commandDocuments(distribution, unit));
    components.push(...rancherComponents({ distribution, documents, command: unit?.command, role, host, document: first }));
  }
  return { components, configurations };
}

/**
 * What k3s' own command line says of the switch that a control asks for, as if it stood in a configuration file. Never all of its words:
 * tokens and passwords of a datastore are among them.
 */
function commandDocuments(distribution: RancherDistribution, unit: ReturnType<typeof unitOf>): readonly Document[] {
  if (distribution !== 'k3s' || unit === undefined) return [];
  const name = 'disable-network-policy';
  const given = unit.command.arguments.findLast(({ text }) => new RegExp(`^--?${name}(?:=|$)`).test(text));
  const switched = given === undefined ? {} : { [name]: parseGoBool(given.text.split('=')[1] ?? 'true') ?? true };
  const value = { command: 'k3s', role: unit.command.role, ...switched };
  const { line, column } = (given ?? unit.command.arguments[0])?.place ?? {};
  if (line === undefined || column === undefined) return [{ value, source: unit.source }];
  const positions = Int32Array.from({ length: countNodes(value) * 2 }, (_, index) => (index % 2 === 0 ? line : column));
  return [{ value, source: unit.source, positions }];
}

async function documentsOfFolder(tree: HostTree, distribution: RancherDistribution, gaps: Gap[]): Promise<Document[]> {
  const folder = `/etc/rancher/${distribution}`;
  const paths = [`${folder}/config.yaml`];
  const listing = await tree.list(`${folder}/config.yaml.d`);
  for (const entry of listing.kind === 'entries' ? listing.entries : [])
    if (!entry.directory && /\.ya?ml$/.test(entry.name)) paths.push(entry.path);
  const documents: Document[] = [];
  for (const path of paths) documents.push(...documentsOf(await tree.read(path), gaps).map(redactDocument));
  return documents;
}

function unitOf(
  distribution: RancherDistribution,
  units: readonly UnitCommands[],
): { name: string; source: string; command: RancherCommand } | undefined {
  for (const { unit, commands } of units) {
    for (const words of commands) {
      const found = rancherCommandOf(words);
      if (found?.distribution === distribution) return { name: unit.name, source: unit.source, command: found.command };
    }
  }
  return undefined;
}

/**
 * Without a unit the data folder tells: a server has a `server` folder, or manifests of its static pods below `agent`. Unknown counts as
 * a server: its flags are then unknown, not absent.
 */
async function roleOnDisk(tree: HostTree, distribution: RancherDistribution): Promise<'server' | 'agent'> {
  const folder = `/var/lib/rancher/${distribution}`;
  const names = await namesIn(tree, folder);
  if (names.includes('server') || !names.includes('agent')) return 'server';
  return (await namesIn(tree, `${folder}/agent/pod-manifests`)).includes('kube-apiserver.yaml') ? 'server' : 'agent';
}

async function namesIn(tree: HostTree, folder: string): Promise<readonly string[]> {
  const listing = await tree.list(folder);
  return listing.kind === 'entries' ? listing.entries.map((entry) => entry.name) : [];
}
