import type { Place } from '../../cluster/place.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import { configure } from './configured-component.ts';
import { isConfiguringVariable, readVariables } from './environment.ts';
import type { HostTree } from './host-tree.ts';

const configurationPaths = ['/etc/etcd/etcd.conf.yml', '/etc/etcd/etcd.conf.yaml', '/etc/etcd/etcd.yml', '/etc/etcd/etcd.yaml'];
const variablePaths = ['/etc/etcd/etcd.conf', '/etc/etcd.env', '/etc/default/etcd', '/etc/sysconfig/etcd'];

/**
 * The etcd of a tree that shows neither its unit nor a manifest or process: its configuration file, else its environment file, where
 * packages put them. Who starts it with what else was not seen: `distribution`.
 */
export async function etcdWithoutUnit(tree: HostTree, host: string): Promise<ConfiguredComponent | undefined> {
  for (const path of configurationPaths) {
    const reading = await tree.read(path);
    if (reading.kind !== 'file') continue;
    const word = { text: `--config-file=${path}`, place: { source: reading.source } };
    const document = { value: { file: path }, source: reading.source };
    return configure({ name: 'etcd', host, seenAs: 'distribution', arguments: [word], document });
  }
  for (const path of variablePaths) {
    const reading = await tree.read(path);
    if (reading.kind !== 'file') continue;
    const environment = new Map<string, { value: string; place: Place }>();
    for (const { name, value, line, column } of readVariables(reading.text)) {
      if (isConfiguringVariable(name)) environment.set(name, { value, place: { source: reading.source, line, column } });
    }
    if (environment.size === 0) continue;
    const document = { value: { file: path }, source: reading.source };
    return configure({ name: 'etcd', host, seenAs: 'distribution', arguments: [], document, environment });
  }
  return undefined;
}
