import type { Argument } from '../../cluster/command-line.ts';
import { componentNames } from './program.ts';
import { joinHostPath } from './file-reading.ts';
import type { HostTree } from './host-tree.ts';
import type { Gap } from '../../cluster/gap.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import { configure } from './configured-component.ts';
import { splitWords } from './words.ts';

const snapFolder = '/var/snap/microk8s';

/** The revision's data folder: `current`, else, in a copy that lost the link, the highest revision. `undefined`: no MicroK8s here. */
async function microk8sDataFolder(tree: HostTree): Promise<string | undefined> {
  const listing = await tree.list(snapFolder);
  if (listing.kind !== 'entries') return undefined;
  const names = listing.entries.filter((entry) => entry.directory).map((entry) => entry.name);
  if (names.includes('current')) return `${snapFolder}/current`;
  const revisions = names
    .filter((name) => /^x?\d+$/.test(name))
    .sort((a, b) => Number(a.replace('x', '')) - Number(b.replace('x', '')));
  const last = revisions.at(-1);
  return last === undefined ? undefined : `${snapFolder}/${last}`;
}

/**
 * The components of a MicroK8s host out of `args/NAME`: one flag a line, `#` comments, `${SNAP_DATA}` and its like expanded. MicroK8s
 * adds what it likes before it starts them: seen as `distribution`.
 */
export async function microk8sComponents(
  tree: HostTree,
  host: string,
): Promise<{ components: ConfiguredComponent[]; gaps: Gap[] }> {
  const components: ConfiguredComponent[] = [];
  const gaps: Gap[] = [];
  const data = await microk8sDataFolder(tree);
  if (data === undefined) return { components, gaps };
  const variables: Readonly<Record<string, string>> = {
    SNAP: '/snap/microk8s/current',
    SNAP_DATA: data,
    SNAP_COMMON: `${snapFolder}/common`,
    SNAP_NAME: 'microk8s',
  };
  for (const name of componentNames) {
    const reading = await tree.read(joinHostPath(data, `args/${name}`));
    if (reading.kind === 'unreadable') gaps.push({ source: reading.source, reason: reading.reason, hint: reading.hint });
    if (reading.kind !== 'file') continue;
    const words: Argument[] = splitWords(reading.text, { comments: true }).map((word) => ({
      text: word.text.replace(/\$\{?(SNAP(?:_[A-Z]+)?)\}?/g, (whole, variable: string) => variables[variable] ?? whole),
      place: { source: reading.source, line: word.line, column: word.column },
    }));
    components.push(
      configure({
        name,
        host,
        seenAs: 'distribution',
        arguments: words,
        document: { value: { file: `args/${name}` }, source: reading.source },
      }),
    );
  }
  return { components, gaps };
}
