import type { Change, FieldEdit } from '../cluster/change.ts';
import type { ComponentName } from '../cluster/component.ts';
import { formatFieldPath, isObject } from '../cluster/json.ts';
import { labelsOf } from '../cluster/objects.ts';
import type { Area } from '../results/verdict.ts';
import type { DraftGroup } from './group.ts';
import type { PlannedFile } from './plan.ts';
import { isHostChange } from './planned-cluster.ts';
import { isObjectChange, referenceOf } from './planned-objects.ts';

const componentTitles: Readonly<Record<ComponentName, string>> = {
  'kube-apiserver': 'API server',
  'kube-controller-manager': 'controller manager',
  'kube-scheduler': 'scheduler',
  etcd: 'etcd',
  kubelet: 'kubelet',
  'kube-proxy': 'kube-proxy',
};

const areaTitles: Partial<Readonly<Record<Area, string>>> = {
  encryption: 'Stored Secrets',
  authentication: 'Credentials',
  authorization: 'Rights',
  admission: 'Admission',
  network: 'Network policies',
  workload: 'Workloads',
  resources: 'Resource limits',
};

/** A group's title: what is changed, and where. */
export function titleOf(group: DraftGroup, components: readonly ComponentName[]): string {
  const [first] = group.asked;
  if (group.asked.length === 1 && first?.change.kind === 'manual')
    return first.change.title.split(/[:;,]/)[0] ?? first.change.title;
  if (group.onHost) {
    const names = components.map((name) => componentTitles[name]);
    const text = names.length === 0 ? 'host' : names.join(' and ');
    const last = group.stage === 'lock-out' ? ': what could lock out' : '';
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}${group.host === '' ? '' : ` on ${group.host}`}${last}`;
  }
  const area = areaTitles[group.area] ?? 'Cluster';
  const where = group.namespace === '' ? '' : ` of namespace ${group.namespace}`;
  if (group.stage === 'prepare') return `${area}${where}: what only adds`;
  if (group.stage === 'after-restart') return `${area}${where}: after the restart`;
  return group.stage === 'lock-out' ? `${area}${where}: what could lock out` : `${area}${where}`;
}

/** One line for a change. Never a value of a file. */
export function describeChange(change: Change): string {
  if (isObjectChange(change)) {
    const { kind, namespace, name } = referenceOf(change);
    const object = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
    if (change.kind === 'delete-object') return `delete ${object}`;
    return change.kind === 'apply-object'
      ? `apply ${object}${labelsIn(change)}`
      : `patch ${object}: ${fieldsOf(change.patch).join(', ')}`;
  }
  switch (change.kind) {
    case 'set-flag':
      return `set --${change.flag}=${change.value}`;
    case 'remove-flag':
      return `remove --${change.flag}`;
    case 'write-file':
      return `write ${change.path} (mode ${octal(change.mode)}${change.secret ? ', holds a key' : ''})`;
    case 'mount-directory':
      return `make ${change.path} visible and writable`;
    case 'edit-file':
      return `edit ${change.path}: ${editsText(change.edits)}`;
    case 'edit-manifest':
      return `edit the manifest: ${editsText(change.edits)}`;
    case 'rewrite-objects':
      return `read and write back every object of ${change.resource}${change.apiGroup === '' ? '' : `.${change.apiGroup}`}`;
    default:
      return `by hand: ${change.title}`;
  }
}

/** `set a.b, insert into rules (2)`. */
function editsText(edits: readonly FieldEdit[]): string {
  const counts = new Map<string, number>();
  for (const { op, path } of edits) {
    const text = `${op === 'insert' ? 'insert into' : op} ${formatFieldPath(path)}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${count})`)).join(', ');
}

function labelsIn(change: Extract<Change, { kind: 'apply-object' }>): string {
  const { spec } = change.object;
  const labels = Object.entries(labelsOf({ manifest: change.object })).map(([key, value]) => `${key}=${value}`);
  return spec === undefined && labels.length > 0 ? `: ${labels.join(', ')}` : '';
}

/** Fields that a patch sets, as paths to the first that is no mapping. */
function fieldsOf(patch: unknown, path = ''): readonly string[] {
  if (!isObject(patch) || Object.keys(patch).length === 0) return [path === '' ? 'nothing' : path];
  return Object.entries(patch).flatMap(([key, value]) => fieldsOf(value, path === '' ? key : `${path}.${key}`));
}

/** Permission bits as `ls` users write them: 0600. */
export function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}

/** How a group is taken back. `bulwark rollback` does it; what it cannot do is said. */
export function undoOf(changes: readonly Change[], files: readonly PlannedFile[]): readonly string[] {
  const texts: string[] = [];
  const changed = files.filter((file) => file.role !== 'directory' && file.before.kind !== 'absent').map((file) => file.path);
  const fresh = files.filter((file) => file.before.kind === 'absent').map((file) => file.path);
  if (changed.length > 0) texts.push(`put back ${listed(changed)} byte for byte, with mode and owner`);
  if (fresh.length > 0) texts.push(`remove ${listed(fresh)}`);
  if (
    changes.some(
      (change) => isHostChange(change) && (change.kind === 'write-file' || change.kind === 'edit-file') && change.secret,
    )
  )
    texts.push(
      'encryption is taken back in steps, never by the old file alone: identity writes first, every object is rewritten, none may be left encrypted in etcd',
    );
  const objects = changes.filter(isObjectChange);
  if (objects.length > 0)
    texts.push(
      `put back the former state of ${objects.length === 1 ? 'the object' : `the ${objects.length} objects`}; what was created is removed`,
    );
  if (changes.some((change) => change.kind === 'rewrite-objects'))
    texts.push('nothing to take back: the objects are the same, stored anew');
  return texts;
}

function listed(items: readonly string[]): string {
  return items.length <= 4 ? items.join(', ') : `${items.slice(0, 3).join(', ')} and ${items.length - 3} more`;
}
