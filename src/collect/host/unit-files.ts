import type { Gap } from '../../cluster/gap.ts';
import type { HostTree } from './host-tree.ts';
import type { UnitSetting } from './systemd-unit.ts';
import { readUnit } from './systemd-unit.ts';
import type { Unit } from './unit-components.ts';

/** systemd's unit folders, the first wins for a file of one name (systemd.unit(5)). */
const unitFolders = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

const aboutKubernetes = /kube|etcd|k3s|rke2|microk8s|minikube/;

/** Reads all service units of a host with their drop-ins, sorted by name; what could not be read and may matter is a gap. */
export async function readUnits(tree: HostTree): Promise<{ units: Unit[]; gaps: Gap[] }> {
  const unitPaths = new Map<string, string>();
  const dropIns = new Map<string, Map<string, string>>();
  for (const folder of unitFolders) {
    const listing = await tree.list(folder);
    for (const entry of listing.kind === 'entries' ? listing.entries : []) {
      const service = /^(.+\.service)(\.d)?$/.exec(entry.name);
      if (service === null) continue;
      const [, name = '', isDropIn] = service;
      if (isDropIn === undefined && !entry.directory) {
        if (!unitPaths.has(name)) unitPaths.set(name, entry.path);
      } else if (isDropIn !== undefined && entry.directory) await addDropIns(tree, entry.path, mapIn(dropIns, name));
    }
  }
  const units: Unit[] = [];
  const gaps: Gap[] = [];
  for (const name of [...new Set([...unitPaths.keys(), ...dropIns.keys()])].sort()) {
    const main = unitPaths.get(name);
    const parts = [
      ...(main === undefined ? [] : [main]),
      ...[...(dropIns.get(name) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path),
    ];
    const settings: UnitSetting[] = [];
    let source: string | undefined;
    let file: Unit['file'];
    for (const path of parts) {
      const reading = await tree.read(path);
      if (reading.kind === 'file') {
        const own = readUnit(reading.text, reading.source);
        settings.push(...own);
        // The place a person opens is where the command stands: the last file that sets it.
        if (source === undefined || own.some((setting) => setting.name === 'ExecStart' && setting.value.trim() !== '')) {
          source = reading.source;
          file = { text: reading.text, hostPath: reading.path, ...(reading.mode === undefined ? {} : { mode: reading.mode }) };
        }
      } else if (reading.kind === 'unreadable' && aboutKubernetes.test(name))
        gaps.push({ source: reading.source, reason: reading.reason, hint: reading.hint });
    }
    if (source !== undefined) units.push({ name, source, settings, ...(file === undefined ? {} : { file }) });
  }
  return { units, gaps };
}

async function addDropIns(tree: HostTree, folder: string, into: Map<string, string>): Promise<void> {
  const listing = await tree.list(folder);
  for (const entry of listing.kind === 'entries' ? listing.entries : []) {
    if (entry.name.endsWith('.conf') && !entry.directory && !into.has(entry.name)) into.set(entry.name, entry.path);
  }
}

function mapIn(maps: Map<string, Map<string, string>>, name: string): Map<string, string> {
  const found = maps.get(name) ?? new Map<string, string>();
  maps.set(name, found);
  return found;
}
