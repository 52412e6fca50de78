import type { Dirent } from 'node:fs';
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Gap } from '../cluster/gap.ts';

/** What a folder holds, sorted by what is to be done with it. */
export interface FolderContent {
  readonly files: string[];
  /** Folders that are a control-plane host's root. */
  readonly hostRoots: string[];
  readonly gaps: Gap[];
  /** Entries that were passed over: hidden folders, templates of charts, links to what was read already. */
  skipped: number;
}

const skippedFolders = new Set(['.git', '.hg', '.svn', '.cache', '.terraform', '.idea', '.vscode', 'node_modules']);

/** Any of these below a folder makes it the root of a host that runs a control plane or a kubelet. */
const hostMarks = [
  'etc/kubernetes/manifests',
  'etc/kubernetes/admin.conf',
  'etc/kubernetes/kubelet.conf',
  'etc/kubernetes/pki',
  'etc/rancher/k3s',
  'etc/rancher/rke2',
  'var/lib/rancher/k3s',
  'var/lib/rancher/rke2',
  'var/snap/microk8s',
  'var/lib/kubelet/config.yaml',
  'etc/systemd/system/kubelet.service',
  'etc/systemd/system/kube-apiserver.service',
  'etc/systemd/system/k3s.service',
];

/** Folders of a host (FHS 3.0, snap): the host's collector reads them. What else lies beside them was put there for us. */
const systemFolders = new Set(
  'bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin snap srv sys tmp usr var'.split(' '),
);

/** Folders of logs that are no audit logs, and many. */
const otherLogs = new Set(['containers', 'journal', 'pods']);

/** Reports whether a folder is the root of a host tree: kubeadm's, k3s', RKE2's, MicroK8s' or systemd's layout lies below it. */
export function isHostRoot(folder: string): boolean {
  return hostMarks.some((mark) => existsSync(join(folder, mark)));
}

/** The host root that a folder inside a tree belongs to: `X/etc/kubernetes` and `X/etc/kubernetes/manifests` belong to `X`. */
export function hostRootAbove(folder: string): string | undefined {
  const match = /^(.*?)\/?etc\/(?:kubernetes(?:\/manifests)?|rancher(?:\/(?:k3s|rke2))?)\/?$/.exec(folder);
  const root = match === null ? undefined : match[1] === '' ? (folder.startsWith('/') ? '/' : '.') : match[1];
  return root !== undefined && isHostRoot(root) ? root : undefined;
}

/** Reports whether a folder holds the templates of a Helm chart. */
export function isChartTemplates(folder: string): boolean {
  return basename(folder) === 'templates' && existsSync(join(dirname(folder), 'Chart.yaml'));
}

/** The templates folder of a chart that a file lies in, at any depth. */
export function chartTemplatesAbove(file: string): string | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder))
    if (isChartTemplates(folder)) return folder;
  return undefined;
}

/**
 * Lists the files below a folder in the order of their names (code units), links followed, each real folder once.
 *
 * A folder that cannot be listed, a link that leads nowhere or back to a folder above is a gap; the walk goes on. Never throws.
 */
export function walkFolder(folder: string): FolderContent {
  const content: FolderContent = { files: [], hostRoots: [], gaps: [], skipped: 0 };
  visit(folder, { content, above: new Set(), seen: new Set() });
  return content;
}

interface Walk {
  readonly content: FolderContent;
  readonly above: ReadonlySet<string>;
  readonly seen: Set<string>;
}

function visit(folder: string, walk: Walk): void {
  const { content } = walk;
  let real: string;
  let entries: Dirent[];
  try {
    real = realpathSync(folder);
    if (walk.above.has(real)) {
      content.gaps.push({
        source: folder,
        reason: 'a symbolic link that leads back to a folder above it',
        hint: 'remove the link; what it points to was read once',
      });
      return;
    }
    if (walk.seen.has(real)) {
      content.skipped++;
      return;
    }
    entries = readdirSync(folder, { withFileTypes: true });
    if (isHostRoot(folder)) {
      content.hostRoots.push(folder);
      if (existsSync(join(folder, 'var/log')) && real !== '/') visitLogs(join(folder, 'var/log'), walk);
      entries = real === '/' ? [] : entries.filter((entry) => !systemFolders.has(entry.name));
    }
  } catch (error) {
    content.gaps.push(systemGap(folder, error));
    return;
  }
  walk.seen.add(real);
  if (isChartTemplates(folder)) {
    content.gaps.push(chartGap(folder));
    content.skipped += entries.length;
    return;
  }
  const inner = { ...walk, above: new Set([...walk.above, real]) };
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) visitEntry(folder, entry, inner);
}

/** A copied host's logs: the audit log is told by content. */
function visitLogs(folder: string, walk: Walk): void {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => !otherLogs.has(entry.name));
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) visitEntry(folder, entry, walk);
}

function visitEntry(folder: string, entry: Dirent, walk: Walk): void {
  const path = join(folder, entry.name);
  if (skippedFolders.has(entry.name) || entry.name.startsWith('..')) {
    walk.content.skipped++;
    return;
  }
  try {
    const type = entry.isSymbolicLink() ? statSync(path) : entry;
    if (type.isDirectory()) visit(path, walk);
    else if (type.isFile()) walk.content.files.push(path);
    else walk.content.skipped++;
  } catch (error) {
    walk.content.gaps.push(systemGap(path, error));
  }
}

/** The gap of a chart: its templates are one thing to do, not many broken files. */
export function chartGap(folder: string): Gap {
  return {
    source: folder,
    reason: "a Helm chart's templates, not manifests",
    hint: `render first: helm template ${dirname(folder)} > rendered.yaml`,
  };
}

/** A failed call of the system as a gap: its code, never a file's content. */
export function systemGap(path: string, error: unknown): Gap {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'not readable';
  const hints: Readonly<Record<string, string>> = {
    ENOENT: 'no such file or folder: check the path, or the link that leads to it',
    EACCES: 'give the right to read it, or run as a user who may',
    EPERM: 'give the right to read it, or run as a user who may',
    ELOOP: 'the symbolic link leads to itself: remove it',
    EISDIR: 'this is a folder',
  };
  return { source: path, reason: code, hint: hints[code] ?? 'check the file, then read it again' };
}
