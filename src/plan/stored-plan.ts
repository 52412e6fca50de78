import * as v from 'valibot';
import type { Change } from '../cluster/change.ts';
import { severities } from '../results/verdict.ts';
import { hostFolder } from './by-hand.ts';
import { stages } from './mend.ts';
import type { Plan } from './plan.ts';

// The plan as it stands in plan.json. The order of members is the order in the file; members of a later version are let through.

const text = v.string();
const texts = v.array(text);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const described = <const S extends v.GenericSchema>(schema: S, description: string) => v.pipe(schema, v.description(description));
const component = v.picklist(['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd', 'kubelet', 'kube-proxy']);
const path = v.array(v.union([text, count]));
const object = v.record(text, v.unknown());
const reference = v.object({ apiVersion: text, kind: text, name: text, namespace: v.exactOptional(text) });
const on = { host: described(text, 'Empty where no host is known.'), component };

const edit = v.variant('op', [
  v.object({ op: v.literal('set'), path, value: v.unknown() }),
  v.object({ op: v.literal('remove'), path }),
  v.object({ op: v.literal('insert'), path, index: count, value: v.unknown() }),
]);

const change = v.variant('kind', [
  v.object({ kind: v.literal('set-flag'), ...on, flag: described(text, 'Without dashes.'), value: text }),
  v.object({ kind: v.literal('remove-flag'), ...on, flag: text }),
  v.object({
    kind: v.literal('write-file'),
    ...on,
    path: text,
    text: v.exactOptional(text),
    textFile: v.exactOptional(described(text, 'Path in the plan’s folder of a text that holds a key.')),
    mode: count,
    secret: v.boolean(),
  }),
  v.object({ kind: v.literal('mount-directory'), ...on, path: text }),
  v.object({
    kind: v.literal('edit-file'),
    ...on,
    path: text,
    edits: v.exactOptional(v.array(edit)),
    editsFile: v.exactOptional(described(text, 'Path in the plan’s folder of edits that hold a key.')),
    secret: v.boolean(),
  }),
  v.object({ kind: v.literal('edit-manifest'), ...on, edits: v.array(edit) }),
  v.object({ kind: v.literal('apply-object'), object }),
  v.object({ kind: v.literal('patch-object'), object: reference, patch: object, strategic: v.exactOptional(v.literal(true)) }),
  v.object({ kind: v.literal('delete-object'), object: reference }),
  v.object({ kind: v.literal('rewrite-objects'), resource: text, apiGroup: text }),
  v.object({ kind: v.literal('manual'), host: v.exactOptional(text), title: text, commands: texts, done: text }),
]);

const before = v.variant('kind', [
  v.object({
    kind: v.literal('file'),
    path: text,
    sha256: described(text, 'Of the text with its secrets blanked.'),
    mode: v.exactOptional(count),
  }),
  v.object({ kind: v.literal('absent'), path: text }),
  v.object({ kind: v.literal('unseen'), path: text }),
  v.object({ kind: v.literal('object'), object }),
  v.object({ kind: v.literal('no-object') }),
  v.object({ kind: v.literal('none') }),
]);

const group = v.object({
  id: text,
  title: text,
  stage: v.picklist([...stages]),
  host: v.exactOptional(text),
  component: v.exactOptional(component),
  restarts: v.array(v.object(on)),
  changes: v.array(v.object({ id: text, change, controls: texts, before })),
  files: v.array(
    v.object({
      ...on,
      path: text,
      role: v.picklist(['manifest', 'file', 'directory']),
      before,
      sha256: v.exactOptional(text),
      mode: count,
      secret: v.boolean(),
    }),
  ),
  controls: texts,
  why: texts,
  sideEffects: texts,
  undo: texts,
  alternatives: texts,
  byHand: v.exactOptional(v.object({ why: text, commands: texts })),
});

/** Schema of plan.json. */
export const planSchema = v.object({
  formatVersion: count,
  tool: v.object({ name: v.literal('bulwark'), version: text }),
  now: described(text, 'RFC 3339.'),
  cluster: v.object({ version: v.nullable(text), distribution: v.nullable(text), sources: texts }),
  options: v.object({ only: texts, skip: texts, severity: v.picklist([...severities]) }),
  archive: described(text, 'Path in the plan’s folder of the cluster that the plan was made from.'),
  groups: v.array(group),
  kept: v.array(v.object({ control: text, subject: text, kind: v.picklist(['proposed', 'none', 'stays', 'waived']), why: text })),
});

/** A plan as plan.json holds it: what holds a key stands in files of its own. */
export type StoredPlan = v.InferOutput<typeof planSchema>;

type StoredChange = StoredPlan['groups'][number]['changes'][number]['change'];

/** A file with a key that lies beside plan.json, by its path in the plan's folder. */
export interface SecretFile {
  readonly path: string;
  readonly text: string;
}

/** Takes a plan apart into plan.json and the files that hold keys. */
export function storedPlan(plan: Plan): { readonly stored: unknown; readonly secrets: readonly SecretFile[] } {
  const secrets: SecretFile[] = [];
  const store = (id: string, one: Change): unknown => {
    if (one.kind === 'write-file' && one.secret) {
      const { text: content, ...rest } = one;
      const file = `secret/${hostFolder(one.host)}${one.path}`;
      // Two groups may write one file: each keeps its own text.
      const own = secrets.some((secret) => secret.path === file && secret.text !== content) ? `secret/${id}.text` : file;
      if (!secrets.some((secret) => secret.path === own)) secrets.push({ path: own, text: content });
      return { ...rest, textFile: own };
    }
    if (one.kind !== 'edit-file' || !one.secret) return one;
    const { edits, ...rest } = one;
    const file = `secret/${id}.edits.json`;
    secrets.push({ path: file, text: `${JSON.stringify(edits, undefined, 2)}\n` });
    return { ...rest, editsFile: file };
  };
  const { groups, kept, ...head } = plan;
  const stored = {
    ...head,
    archive: 'cluster.bulwark',
    groups: groups.map((one) => ({
      ...one,
      changes: one.changes.map((item) => ({ ...item, change: store(item.id, item.change) })),
    })),
    kept,
  };
  return { stored, secrets };
}

/**
 * Puts a stored plan together again; `read` gives the text of a file in the plan's folder.
 *
 * Errors: what `read` throws; an Error where a file with edits is no JSON list.
 */
export function restoredPlan(stored: StoredPlan, read: (path: string) => string): Plan {
  const restore = (one: StoredChange): Change => {
    if (one.kind === 'write-file') {
      const { textFile, text: content, ...rest } = one;
      return { ...rest, text: textFile === undefined ? (content ?? '') : read(textFile) };
    }
    if (one.kind !== 'edit-file') return one as Change;
    const { editsFile, edits, ...rest } = one;
    const list: unknown = editsFile === undefined ? (edits ?? []) : JSON.parse(read(editsFile));
    return { ...rest, edits: v.parse(v.array(edit), list) } as Change;
  };
  const { archive: _, ...plan } = stored;
  return {
    ...plan,
    groups: stored.groups.map((one) => ({
      ...one,
      changes: one.changes.map((item) => ({ ...item, change: restore(item.change) })),
    })),
  } as Plan;
}
