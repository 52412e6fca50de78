import type { Cluster } from '../../cluster/cluster.ts';
import type { Document } from '../../cluster/document.ts';
import { placeOf } from '../../cluster/document.ts';
import type { JsonObject } from '../../cluster/json.ts';
import { isObject, listAt } from '../../cluster/json.ts';
import { annotationsOf, placeIn } from '../../cluster/objects.ts';
import { parseGoBool } from '../../cluster/go-numbers.ts';
import type { Evidence } from '../../results/finding.ts';
import type { Engine } from './engine.ts';

const name = 'disable-network-policy';
const why = `${name} switches its policy controller off`;

/** One server's switch: where it was seen, and what it says. */
interface Switch {
  readonly off: boolean;
  readonly evidence: Evidence;
}

/**
 * Finds k3s' own policy controller. It runs in every k3s process, unless a server's command line (the unit, or the annotation
 * `k3s.io/node-args` that the process writes) or its configuration files switch it off; files alone, without the command line, show
 * only that it is off. Source: docs.k3s.io, "Network policy controller"; essential.md 7.
 */
export function k3sEngines(cluster: Cluster): readonly Engine[] {
  const switches = [...hostSwitches(cluster), ...nodeSwitches(cluster)];
  const off = switches.find((found) => found.off);
  if (off !== undefined) return [{ name: 'k3s', off: why, evidence: off.evidence }];
  const [on] = switches;
  return on === undefined ? [] : [{ name: 'k3s', off: undefined, evidence: on.evidence }];
}

/** The files and the unit of one host, in the order in which they override each other. */
function hostSwitches(cluster: Cluster): readonly Switch[] {
  const hosts = new Map<string, Document[]>();
  for (const document of cluster.configurations) {
    if (!isObject(document.value)) continue;
    if (document.value['command'] !== 'k3s' && !/(?:^|\/)etc\/rancher\/k3s\/config\.yaml/.test(document.source)) continue;
    const root = document.source.slice(0, document.source.lastIndexOf('etc/'));
    hosts.set(root, [...(hosts.get(root) ?? []), document]);
  }
  return [...hosts.values()].flatMap((documents) => {
    const command = documents.find(({ value }) => isObject(value) && value['command'] === 'k3s');
    if (isObject(command?.value) && command.value['role'] !== 'server') return [];
    const says = documents.filter(({ value }) => isObject(value) && Object.hasOwn(value, name));
    const last = says.at(-1);
    const off = last !== undefined && isOff(last.value as JsonObject);
    const shown = last ?? command;
    if (shown === undefined || (!off && command === undefined)) return [];
    return [{ off, evidence: evidenceOf({ ...placeOf(shown, last === undefined ? [] : [name]) }, off) }];
  });
}

function isOff(value: JsonObject): boolean {
  const given = value[name];
  return given === true || (typeof given === 'string' && parseGoBool(given) === true);
}

/** The process of a server writes its own arguments to its Node. */
function nodeSwitches(cluster: Cluster): readonly Switch[] {
  return cluster.objects.ofKind('Node').flatMap((node) => {
    const words = wordsOf(annotationsOf(node)['k3s.io/node-args']);
    if (words[0] !== 'server') return [];
    const at = words.findLastIndex((word) => word.replace(/^--?/, '').split('=')[0] === name);
    const word = words[at];
    const value = word?.split('=')[1] ?? (parseGoBool(words[at + 1] ?? '') === undefined ? 'true' : words[at + 1]);
    const off = word !== undefined && parseGoBool(value ?? 'true') !== false;
    return [{ off, evidence: evidenceOf(placeIn(node, ['metadata', 'annotations', 'k3s.io/node-args']), off) }];
  });
}

function wordsOf(annotation: string | undefined): readonly string[] {
  if (annotation === undefined) return [];
  try {
    const words: unknown = JSON.parse(annotation);
    return listAt(words as JsonObject[]).map(String);
  } catch {
    return [];
  }
}

function evidenceOf(place: Omit<Evidence, 'seen'>, off: boolean): Evidence {
  return { ...place, seen: off ? name : `k3s server without ${name}`, wanted: `${name} not set` };
}
