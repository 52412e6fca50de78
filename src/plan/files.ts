import { createHash } from 'node:crypto';
import type { Change } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Component, ComponentName, HostFile } from '../cluster/component.ts';
import { parentOf } from '../collect/host/file-reading.ts';
import { redactHostText } from '../collect/redact.ts';
import { editHostText, ownFileOf } from './host-text.ts';
import type { Before, Plan, PlannedFile } from './plan.ts';
import { filesOfHost } from './planned-files.ts';
import type { HostChange } from './planned-cluster.ts';
import { isHostChange, viewsOf } from './planned-cluster.ts';
import { editYaml } from './yaml/edit.ts';

/** A file of a host as the whole plan leaves it. Texts have their secrets blanked, but for new files that hold keys. */
export interface RenderedFile {
  readonly host: string;
  readonly component: ComponentName;
  readonly path: string;
  /** Absent for a new file, or one whose text was not collected. */
  readonly before?: string;
  readonly after: string;
  readonly mode: number;
  readonly secret: boolean;
}

/** SHA-256 of a text with its secrets blanked, as plans note it. */
export function blankedSha256(text: string): string {
  return createHash('sha256').update(redactHostText(text), 'utf8').digest('hex');
}

interface FileState {
  readonly before: Before;
  readonly text: string | undefined;
  readonly mode: number;
}

interface Entry {
  readonly host: string;
  readonly component: ComponentName;
  readonly path: string;
  readonly original: FileState;
  now: FileState;
  secret: boolean;
}

/** What a group does to files: the files, or why a person has to do it. */
export type GroupFiles =
  { readonly kind: 'files'; readonly files: readonly PlannedFile[] } | { readonly kind: 'by-hand'; readonly why: string };

/** The files of a cluster's hosts while the groups of a plan are carried out one after the other. */
export class HostFileWorld {
  readonly #cluster: Cluster;
  readonly #entries = new Map<string, Entry>();
  readonly #known = new Map<string, ReadonlyMap<string, HostFile>>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Carries the changes of one group out; nothing is done where one of them cannot be. */
  apply(changes: readonly Change[]): GroupFiles {
    const own = changes.filter(isHostChange);
    const next = new Map<string, { entry: Entry; state: FileState; secret: boolean; role: PlannedFile['role'] }>();
    const stateOf = (entry: Entry): FileState => next.get(keyOf(entry.host, entry.path))?.state ?? entry.now;
    for (const [host, component] of targetsOf(own)) {
      const mine = own.filter((change) => change.host === host && change.component === component);
      const view = this.#viewOf(host, component);
      if (view === undefined)
        return { kind: 'by-hand', why: `the file that starts ${component}${onHost(host)} was not collected` };
      const kind = ownFileOf(view);
      if (mine.some((change) => touchesStart(change, kind))) {
        if (kind === undefined || view.text === undefined) return { kind: 'by-hand', why: whyNoFile(view) };
        const entry = this.#entryOf(host, component, manifestPath(view), view);
        const before = stateOf(entry);
        const edited = editHostText(before.text ?? view.text, kind, mine);
        if (edited.kind === 'refused') return { kind: 'by-hand', why: `${entry.path}${onHost(host)}: ${edited.why}` };
        if (edited.text !== before.text)
          next.set(keyOf(host, entry.path), { entry, state: { ...before, text: edited.text }, secret: false, role: 'manifest' });
      }
      for (const change of mine) {
        const result = this.#fileOf(change, stateOf);
        if (result === undefined) continue;
        if ('why' in result) return { kind: 'by-hand', why: result.why };
        next.set(keyOf(host, result.entry.path), result);
      }
    }
    const files = [...next.values()].map(({ entry, state, secret, role }): PlannedFile => {
      const before = beforeOf(entry.now, entry.path);
      entry.now = state;
      entry.secret ||= secret;
      const { host, component, path } = entry;
      return {
        host,
        component,
        path,
        role,
        before,
        ...(state.text === undefined ? {} : { sha256: blankedSha256(state.text) }),
        mode: state.mode,
        secret,
      };
    });
    return { kind: 'files', files };
  }

  /** All files that differ from what was collected, sorted by host and path. */
  rendered(): readonly RenderedFile[] {
    return [...this.#entries.values()]
      .flatMap(({ host, component, path, original, now, secret }): RenderedFile[] => {
        if (now.text === undefined || now.text === original.text) return [];
        return [
          {
            host,
            component,
            path,
            ...(original.text === undefined ? {} : { before: original.text }),
            after: now.text,
            mode: now.mode,
            secret,
          },
        ];
      })
      .sort((a, b) => compareText(a.host, b.host) || compareText(a.path, b.path));
  }

  #fileOf(
    change: HostChange,
    stateOf: (entry: Entry) => FileState,
  ): { entry: Entry; state: FileState; secret: boolean; role: PlannedFile['role'] } | { why: string } | undefined {
    if (change.kind === 'write-file') {
      const entry = this.#entryOf(change.host, change.component, change.path, undefined);
      return { entry, state: { ...stateOf(entry), text: change.text, mode: change.mode }, secret: change.secret, role: 'file' };
    }
    if (change.kind === 'mount-directory') {
      const entry = this.#entryOf(change.host, change.component, change.path, undefined);
      return { entry, state: { ...stateOf(entry), mode: 0o700 }, secret: false, role: 'directory' };
    }
    if (change.kind !== 'edit-file') return undefined;
    const entry = this.#entryOf(change.host, change.component, change.path, undefined);
    const before = stateOf(entry);
    if (before.text === undefined) return { why: `the text of ${change.path}${onHost(change.host)} was not collected` };
    const edited = editYaml(before.text, change.edits);
    if (edited.kind === 'refused') return { why: `${change.path}${onHost(change.host)}: ${edited.why}` };
    return { entry, state: { ...before, text: edited.text }, secret: change.secret, role: 'file' };
  }

  #viewOf(host: string, name: ComponentName): Component | undefined {
    const views = viewsOf(this.#cluster.components, host, name);
    return views.find((view) => ownFileOf(view) !== undefined) ?? views[0];
  }

  #entryOf(host: string, component: ComponentName, path: string, own: Component | undefined): Entry {
    const key = keyOf(host, path);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const original = own?.text === undefined ? this.#collected(host, component, path) : textState(path, own.text, own.mode);
    const entry: Entry = { host, component, path, original, now: original, secret: false };
    this.#entries.set(key, entry);
    return entry;
  }

  #collected(host: string, component: ComponentName, path: string): FileState {
    let files = this.#known.get(host);
    if (files === undefined) {
      const own = this.#cluster.components.filter((candidate) => candidate.host === host);
      files = filesOfHost([...own, ...viewsOf(this.#cluster.components, host, component)]);
      this.#known.set(host, files);
    }
    const file = files.get(path);
    if (file?.kind === 'seen' && file.text !== undefined) return textState(path, file.text, file.mode);
    const mode = file?.kind === 'seen' ? (file.mode ?? 0o600) : 0o600;
    if (file?.kind === 'seen') return { before: { kind: 'unseen', path }, text: undefined, mode };
    const absent = (file?.kind === 'missing' && !file.reason.includes('mount')) || this.#isAbsent(host, path);
    return { before: { kind: absent ? 'absent' : 'unseen', path }, text: undefined, mode };
  }

  /** Whether a listed folder shows that the path, or a folder above it, is not there. */
  #isAbsent(host: string, path: string): boolean {
    for (let here = path; here !== '/'; here = parentOf(here)) {
      const folder = this.#cluster.directories.find((directory) => directory.host === host && directory.path === parentOf(here));
      const name = here.slice(here.lastIndexOf('/') + 1);
      if (folder !== undefined) return !folder.entries.some((entry) => entry.name === name);
    }
    return false;
  }
}

function textState(path: string, text: string, mode: number | undefined): FileState {
  const before: Before = { kind: 'file', path, sha256: blankedSha256(text), ...(mode === undefined ? {} : { mode }) };
  return { before, text, mode: mode ?? 0o600 };
}

/** What the next group finds: what the former one left. */
function beforeOf(state: FileState, path: string): Before {
  if (state.text === undefined) return state.before;
  return { kind: 'file', path, sha256: blankedSha256(state.text), mode: state.mode };
}

function targetsOf(changes: readonly HostChange[]): readonly (readonly [string, ComponentName])[] {
  const seen = new Map<string, readonly [string, ComponentName]>();
  for (const { host, component } of changes) seen.set(`${host} ${component}`, [host, component]);
  return [...seen.values()];
}

/** Whether a change needs the file that starts the component: a program on the host sees its files without a mount. */
function touchesStart(change: HostChange, kind: 'manifest' | 'unit' | undefined): boolean {
  if (change.kind === 'edit-file') return false;
  return kind !== 'unit' || change.kind === 'set-flag' || change.kind === 'remove-flag' || change.kind === 'edit-manifest';
}

function whyNoFile(view: Component): string {
  const where = onHost(view.host);
  if (view.seenAs === 'kubeadm')
    return `${view.name}${where} is set up by kubeadm's configuration ${view.document.source}: its manifest was not collected`;
  if (view.seenAs === 'distribution')
    return `${view.name}${where} is set up by ${view.document.source}, which the distribution reads`;
  if (view.seenAs === 'mirror-pod') return `the API shows how ${view.name}${where} runs, not the file on that host`;
  return `the file that starts ${view.name}${where} was not collected (${view.document.source} was)`;
}

/** Where a static pod's manifest or unit lies on its host; of a loose copy kubeadm's and systemd's own folders are meant. */
export function manifestPath(component: Component): string {
  if (component.hostPath !== undefined) return component.hostPath;
  const name = component.document.source.slice(component.document.source.lastIndexOf('/') + 1);
  if (component.seenAs === 'unit') return `/etc/systemd/system/${name.endsWith('.service') ? name : `${component.name}.service`}`;
  return `/etc/kubernetes/manifests/${/\.(?:ya?ml|json|manifest)$/.test(name) ? name : `${component.name}.yaml`}`;
}

function keyOf(host: string, path: string): string {
  return `${host}\0${path}`;
}

function onHost(host: string): string {
  return host === '' ? '' : ` on ${host}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** All files that a plan changes, as its last group leaves them. Groups that a person carries out are left out. Pure. */
export function renderFiles(cluster: Cluster, plan: Pick<Plan, 'groups'>): readonly RenderedFile[] {
  const world = new HostFileWorld(cluster);
  for (const group of plan.groups) if (group.byHand === undefined) world.apply(group.changes.map(({ change }) => change));
  return world.rendered();
}
