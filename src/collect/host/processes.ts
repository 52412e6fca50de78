import type { Component } from '../../cluster/component.ts';
import type { Gap } from '../../cluster/gap.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import { isConfiguringVariable } from './environment.ts';
import type { HostTree } from './host-tree.ts';
import { componentsOfPlainText } from './plain-text.ts';

/**
 * The components that run, out of /proc (of this machine, or of a tree that holds a copy). A process in a container sees files through
 * its mounts: the static pod of the same component lends its mapping, and its version where the arguments are the same.
 */
export async function runningComponents(
  tree: HostTree,
  host: string,
  pods: readonly ConfiguredComponent[],
  gaps: Gap[],
): Promise<ConfiguredComponent[]> {
  const found: ConfiguredComponent[] = [];
  const listing = await tree.list('/proc');
  for (const entry of listing.kind === 'entries' ? listing.entries : []) {
    if (!entry.directory || !/^\d+$/.test(entry.name)) continue;
    const reading = await tree.read(`${entry.path}/cmdline`);
    if (reading.kind !== 'file' || !reading.text.includes('\0')) continue;
    for (const configured of componentsOfPlainText(reading.text, reading.source, host)) {
      const withVariables = await addEnvironment(tree, entry.path, configured, gaps);
      if (withVariables !== undefined) found.push(behindManifest(withVariables, pods));
    }
  }
  return found;
}

/** etcd's settings may all be variables: where these cannot be read, the process shows nothing that counts. */
async function addEnvironment(
  tree: HostTree,
  process: string,
  configured: ConfiguredComponent,
  gaps: Gap[],
): Promise<ConfiguredComponent | undefined> {
  const { component } = configured;
  if (component.name !== 'etcd' && component.name !== 'kubelet') return configured;
  const reading = await tree.read(`${process}/environ`);
  if (reading.kind !== 'file') {
    if (component.name === 'kubelet') return configured;
    gaps.push({
      source: tree.sourceOf(`${process}/environ`),
      reason: 'the environment of the running etcd cannot be read',
      hint: 'run as root',
    });
    return undefined;
  }
  const environment = new Map<string, { value: string; place: { source: string } }>();
  for (const pair of reading.text.split('\0')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(equals, 0));
    if (isConfiguringVariable(name)) environment.set(name, { value: pair.slice(equals + 1), place: { source: reading.source } });
  }
  return { ...configured, component: { ...component, seenAs: 'process', environment } };
}

function behindManifest(process: ConfiguredComponent, pods: readonly ConfiguredComponent[]): ConfiguredComponent {
  const pod = pods.find(({ component }) => component.name === process.component.name);
  if (pod === undefined) return process;
  const { version } = pod.component;
  const same = textOf(pod.component) === textOf(process.component);
  return { component: version !== undefined && same ? { ...process.component, version } : process.component, paths: pod.paths };
}

function textOf(component: Component): string {
  return component.commandLine.arguments.map((argument) => argument.text).join('\0');
}
