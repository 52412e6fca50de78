import { statSync } from 'node:fs';
import { extname } from 'node:path';
import type { Document } from '../cluster/document.ts';
import type { Gap } from '../cluster/gap.ts';
import type { YamlProblem } from '../cluster/yaml/parse.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { classifyDocument, classifyHead, looksLikeManifest } from './classify.ts';
import type { FileText } from './file-text.ts';
import { isEtcdDatabase, readHead, readText, textOf } from './file-text.ts';
import { isObject } from '../cluster/json.ts';
import { componentNames } from './host/program.ts';
import { componentsOfPlainText } from './host/plain-text.ts';
import { looksLikeUnit } from './host/systemd-unit.ts';
import { chartGap, chartTemplatesAbove, hostRootAbove, systemGap, walkFolder } from './folder-walk.ts';
import type { EncryptionFileFacts } from './host/encryption-file-facts.ts';
import { encryptionFileFacts } from './host/encryption-file-facts.ts';
import { redactText } from './redact.ts';

/** A configuration file of a component that lay among other files: no flag led to it. Its secrets are blanked. */
export interface LooseFile {
  readonly source: string;
  readonly text: string;
  readonly documents: readonly Document[];
  /** Of an EncryptionConfiguration: what the blanked text does not tell any more. */
  readonly facts?: EncryptionFileFacts;
}

/** A text that is no YAML and may start a component: a systemd unit, its environment file, a command line. As it was written. */
export interface LooseText {
  readonly source: string;
  readonly text: string;
  /** Named by the user: that it holds nothing is worth a word. */
  readonly named: boolean;
}

/** What the paths that a user named hold, by what is to be done with it. */
export interface PathContent {
  /**
   * Documents with API objects, as they were written: secrets are still in them, so they go to `readManifests` and
   * `componentsFromDocuments` alone, which blank them.
   */
  readonly documents: Document[];
  /** Files of components: EncryptionConfiguration, audit Policy, KubeletConfiguration, kubeadm's and so on. */
  readonly configurations: LooseFile[];
  /** Texts, secrets blanked, of the small files that may hold a static pod, by source: plans edit them. */
  readonly manifestTexts: Map<string, string>;
  /** For `componentsFromText` alone, which blanks secrets. */
  readonly texts: LooseText[];
  /** Kubeconfigs as they were written, for `kubeconfigOf` alone. */
  readonly kubeconfigs: Document[];
  readonly hostRoots: string[];
  readonly auditLogs: string[];
  readonly archives: string[];
  /** Snapshots of etcd and databases of its members. */
  readonly snapshots: string[];
  readonly gaps: Gap[];
  readonly counts: { files: number; bytes: number; foreign: number; skipped: number; configurations: number };
}

/** How paths are read: what stands for `-`, and who wants to hear of progress. */
export interface ReadOptions {
  readonly stdin?: () => Buffer;
  readonly progress?: (done: number, of: number) => void;
}

const telling = new Set(['.yaml', '.yml', '.json', '.manifest']);
/** Units, command lines and the environment of both. */
const plainEndings = new Set(['.service', '.args', '.cmdline', '.flags', '.ps', '.env']);
/** Worth a look at the first characters: no ending, a kubeconfig's, a log's, a packed file's. */
const possible = new Set([
  '',
  '.db',
  '.conf',
  '.config',
  '.log',
  '.jsonl',
  '.ndjson',
  '.gz',
  '.kubeconfig',
  '.txt',
  '.cfg',
  '.tpl',
  '.tmpl',
]);
/** What stands behind the dot of `addons-k8s-1.19_content`, `kubelet.manifest-arm64` or `pod.yaml.j2` is no ending to go by. */
const noEnding = /[^.a-z]/;

/**
 * Reads files and folders that a user named, told by content; `-` is standard input.
 *
 * Everything that cannot be read becomes a gap with its place and what to do; the rest is still read. YAML that is not Kubernetes' is
 * counted only. Audit logs, archives and host trees are named, not read: their readers stream them. Never throws, and no gap quotes
 * a file's content.
 */
export function readPaths(paths: readonly string[], options: ReadOptions = {}): PathContent {
  const content: PathContent = {
    documents: [],
    configurations: [],
    manifestTexts: new Map(),
    texts: [],
    kubeconfigs: [],
    hostRoots: [],
    auditLogs: [],
    archives: [],
    snapshots: [],
    gaps: [],
    counts: { files: 0, bytes: 0, foreign: 0, skipped: 0, configurations: 0 },
  };
  const files = paths.flatMap((path) => filesOf(path, content));
  for (const [index, file] of files.entries()) {
    options.progress?.(index, files.length);
    if (file.path === '-') readStdin(options, content);
    else readFile(file, content);
  }
  options.progress?.(files.length, files.length);
  return content;
}

interface NamedPath {
  readonly path: string;
  /** Named by the user, not found in a folder: whatever it is, it must be accounted for. */
  readonly named: boolean;
}

function filesOf(path: string, content: PathContent): NamedPath[] {
  if (path === '-') return [{ path, named: true }];
  try {
    const stats = statSync(path);
    // /dev/zero and its like never end; a pipe (`<(kubectl get …)`) does.
    if (stats.isCharacterDevice() || stats.isBlockDevice()) {
      content.gaps.push({
        source: path,
        reason: 'a device, not a file',
        hint: 'give a file or a folder, or - for standard input',
      });
      return [];
    }
    if (!stats.isDirectory()) return [{ path, named: true }];
  } catch (error) {
    content.gaps.push(systemGap(path, error));
    return [];
  }
  const root = hostRootAbove(path);
  if (root !== undefined) {
    content.hostRoots.push(root);
    return [];
  }
  const walked = walkFolder(path);
  content.hostRoots.push(...walked.hostRoots);
  content.gaps.push(...walked.gaps);
  content.counts.skipped += walked.skipped;
  if (walked.files.length === 0 && walked.hostRoots.length === 0 && walked.gaps.length === 0) {
    content.gaps.push({
      source: path,
      reason: 'an empty folder',
      hint: 'give a folder with manifests, a host tree, an audit log or an archive',
    });
  }
  return walked.files.map((file) => ({ path: file, named: false }));
}

/** Standard input as an audit log or archive keeps the name `-`: its reader asks for the same bytes again. */
function readStdin(options: ReadOptions, content: PathContent): void {
  const read = textOf(options.stdin?.() ?? Buffer.alloc(0));
  const kind = read.kind === 'text' ? classifyHead(read.text.slice(0, 65_536)) : undefined;
  if (kind === undefined) addText(read, { path: 'stdin', named: true }, content);
  else (kind === 'archive' ? content.archives : content.auditLogs).push('-');
}

function readFile(file: NamedPath, content: PathContent): void {
  try {
    const chart = file.named ? chartTemplatesAbove(file.path) : undefined;
    if (chart !== undefined) content.gaps.push({ ...chartGap(chart), source: file.path });
    else if (isWorthReading(file, content)) addText(readText(file.path), file, content);
  } catch (error) {
    content.gaps.push(systemGap(file.path, error));
  }
}

/** Looks at the first characters: an audit log or archive is named and not read; what looks like nothing of ours is passed over. */
function isWorthReading(file: NamedPath, content: PathContent): boolean {
  const extension = extname(file.path).toLowerCase();
  const known = telling.has(extension) || plainEndings.has(extension);
  if (!file.named && !known && !possible.has(extension) && !noEnding.test(extension)) {
    content.counts.skipped++;
    return false;
  }
  const start = readHead(file.path);
  const kind = start === undefined ? undefined : classifyHead(start.head);
  if (kind === 'archive') content.archives.push(file.path);
  if (kind === 'audit-log') content.auditLogs.push(file.path);
  if (kind !== undefined) return false;
  if (start === undefined && isEtcdDatabase(file.path)) {
    content.snapshots.push(file.path);
    return false;
  }
  if (file.named || known || (start !== undefined && looksLikeManifest(start.head))) return true;
  content.counts.skipped++;
  return false;
}

function addText(read: FileText, file: NamedPath, content: PathContent): void {
  if (read.kind === 'refused') {
    content.gaps.push({ source: file.path, reason: read.reason, hint: read.hint });
    return;
  }
  content.counts.files++;
  content.counts.bytes += read.bytes;
  if (isPlainText(file, read.text)) content.texts.push({ source: file.path, text: read.text, named: file.named });
  else addDocuments(read.text, file, content);
}

/** Told by content where the ending says nothing; a named YAML file that is one long command line is none of these. */
function isPlainText(file: NamedPath, text: string): boolean {
  const extension = extname(file.path).toLowerCase();
  if (text.includes('\0') || plainEndings.has(extension) || looksLikeUnit(text)) return true;
  return (
    file.named && !telling.has(extension) && !looksLikeManifest(text) && componentsOfPlainText(text, file.path, '').length > 0
  );
}

function addDocuments(text: string, file: NamedPath, content: PathContent): void {
  const { documents, problems } = parseDocuments(text, file.path);
  const sorted = groupDocuments(documents);
  content.documents.push(...sorted.object);
  content.kubeconfigs.push(...sorted.kubeconfig);
  if (mayHoldStaticPod(text, documents)) content.manifestTexts.set(file.path, redactText(text));
  if (sorted.configuration.length > 0) content.configurations.push(looseFile(file.path, text));
  content.counts.configurations += sorted.configuration.length;
  content.counts.foreign += sorted.foreign;
  const ours = file.named || looksLikeManifest(text);
  for (const problem of problems)
    if (ours && problem.kind !== 'merge-override') content.gaps.push(problemGap(problem, file.path));
  if (file.named && documents.length === 0 && problems.length === 0) {
    content.gaps.push({
      source: file.path,
      reason: 'holds no document',
      hint: 'give a file with manifests, configuration, audit events or an archive',
    });
  }
}

/** A Pod alone in its file that names a component: whether it is a static pod, `componentsFromDocuments` says. */
function mayHoldStaticPod(text: string, documents: readonly Document[]): boolean {
  const [first] = documents;
  if (text.length > 262_144 || !isObject(first?.value) || first.value['kind'] !== 'Pod') return false;
  return componentNames.some((name) => text.includes(name));
}

function looseFile(source: string, raw: string): LooseFile {
  const text = redactText(raw);
  const configurations = parseDocuments(text, source).documents.filter(
    ({ value }) => classifyDocument(value) === 'configuration',
  );
  const facts = encryptionFileFacts(raw);
  return { source, text, documents: configurations, ...(facts === undefined ? {} : { facts }) };
}

function groupDocuments(documents: readonly Document[]): {
  object: Document[];
  kubeconfig: Document[];
  configuration: Document[];
  foreign: number;
} {
  const groups = { object: [] as Document[], kubeconfig: [] as Document[], configuration: [] as Document[], foreign: 0 };
  for (const document of documents) {
    const kind = classifyDocument(document.value);
    if (kind === 'object' || kind === 'kubeconfig' || kind === 'configuration') groups[kind].push(document);
    else groups.foreign++;
  }
  return groups;
}

/** A problem of a text as a gap with its place; the words never hold a value. */
export function problemGap(problem: YamlProblem, source: string): Gap {
  const place = { source, line: problem.line, column: problem.column };
  if (problem.kind === 'template')
    return { ...place, reason: problem.message, hint: 'render first (helm template, ansible-playbook) and give the result' };
  if (problem.kind === 'duplicate-key' || problem.kind === 'merge-override') {
    return { ...place, reason: problem.message, hint: 'keep one of the two: a strict reader refuses the file' };
  }
  return { ...place, reason: `broken YAML: ${problem.message}`, hint: 'correct this document; the others of the file were read' };
}
