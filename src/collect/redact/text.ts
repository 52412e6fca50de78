import type { FieldPath } from '../../cluster/json.ts';
import type { ScalarSpan } from '../../cluster/yaml/scalar-spans.ts';
import { scalarSpans } from '../../cluster/yaml/scalar-spans.ts';
import { blankBase64, blankEscaped, blankPrivateKeys, blankText } from './blank.ts';
import { blankInline, blankUrls, blankWords } from './command-words.ts';
import { isOperationalVariable, isPlainlyPublic, isSecretName } from '../../cluster/secret-names.ts';

type Blank = (value: string) => string;

/**
 * Blanks the secrets of a configuration text and keeps its length, its lines and its validity, so that every line, column and verdict
 * stays: keys of an EncryptionConfiguration, credentials of kubeconfigs, tokens of kubeadm, k3s and RKE2, passwords in URLs and
 * flags, private keys.
 *
 * Shapes: YAML and JSON by their structure (anchors, block and quoted text included), any other text (units, environment files,
 * broken YAML) line by line, where rather too much is blanked. Idempotent. Total.
 */
export function redactText(text: string): string {
  const keys = blankPrivateKeys(text);
  const spans = scalarSpans(keys.replace(/\r(?!\n)/g, '\n').replace(/^\uFEFF/, ' '));
  const structured =
    spans !== undefined && spans.some((span) => span.path.length > 0) ? blankSpans(keys, spans) : blankLines(keys);
  return blankInline(structured, blankText);
}

function blankSpans(text: string, spans: readonly ScalarSpan[]): string {
  const chosen = new Map<number, { span: ScalarSpan; blank: Blank }>();
  for (const [index, span] of spans.entries()) {
    const blank = blankBefore(text, spans[index - 1], span) ?? blankFor(span.path);
    if (blank !== undefined && chosen.get(span.start)?.blank !== blankBase64) chosen.set(span.start, { span, blank });
  }
  let result = '';
  let from = 0;
  for (const { span, blank } of [...chosen.values()].sort((a, b) => a.span.start - b.span.start)) {
    const value = text.slice(span.start, span.end);
    if (span.start < from || (blank !== blankBase64 && isPlainlyPublic(value.trim()))) continue;
    result += text.slice(from, span.start) + (span.style === 'double-quoted' ? blankEscaped(value, blank) : blank(value));
    from = span.end;
  }
  return result + text.slice(from);
}

/** How the value at this path is blanked, if it is a secret. */
function blankFor(path: FieldPath): Blank | undefined {
  const names = path.filter((step) => typeof step === 'string');
  const name = names.at(-1)?.toLowerCase() ?? '';
  // `providers[].aesgcm.keys[].secret`, and any other `secret` with text: a Secret's name is never under it in configuration.
  if (name === 'secret') return blankBase64;
  if (name === 'client-key-data') return blankBase64;
  if (name === 'datastore-endpoint') return (value) => blankUrls(value, blankText);
  if (name === 'value' && /^(?:env|httpHeaders)$/.test(String(path.at(-3)))) return blankText;
  if (isObjectData(names)) return blankText;
  if (name === 'kubectl.kubernetes.io/last-applied-configuration' || names.includes('managedFields')) return blankText;
  return names.some((step, index) => isSecretName(step) && index >= names.length - 1) ||
    /^etcd-s3-(?:secret|access)-key$/.test(name)
    ? blankText
    : undefined;
}

/** How a value is blanked, or kept, for what stands before it in its list or mapping. */
function blankBefore(text: string, former: ScalarSpan | undefined, span: ScalarSpan): Blank | undefined {
  if (former === undefined) return undefined;
  const [before, value] = [text.slice(former.start, former.end), text.slice(span.start, span.end)];
  if (isFlagsValue(before, former, value, span)) return blankText;
  const [name, step] = [former.path.at(-1), span.path.at(-1)];
  // `name: GOMAXPROCS` and its value: how a program runs, not what it may reach.
  const isVariable = name === 'name' && step === 'value' && former.path.length === span.path.length && span.path.at(-3) === 'env';
  return isVariable && isOperationalVariable(before) ? (kept) => blankUrls(kept, blankText) : undefined;
}

/** `--password` and its value as two items of a list: `exec.args` of a kubeconfig, `args` of a container. */
function isFlagsValue(flag: string, former: ScalarSpan, value: string, span: ScalarSpan): boolean {
  const [at, before] = [span.path.at(-1), former.path.at(-1)];
  if (typeof at !== 'number' || before !== at - 1 || former.path.length !== span.path.length) return false;
  return blankWords([flag, value], blankText)[1] !== value;
}

/** Values of a Secret or ConfigMap that stands beside configuration, in a List too. */
function isObjectData(names: readonly string[]): boolean {
  const [first, second] = names[0] === 'items' ? names.slice(1) : names;
  return second !== undefined && /^(?:data|stringData|binaryData)$/.test(first ?? '');
}

const blockLine = /^([ \t]*(?:-[ \t]+)?)(["']?)([\w./-]+)\2([ \t]*[:=][ \t]*)(.*)$/;

/** For a text without a structure: everything after a secret's name, and the lines indented below it. */
function blankLines(text: string): string {
  let below = -1;
  return text
    .split('\n')
    .map((line) => {
      const indent = /^[ \t]*/.exec(line)?.[0].length ?? 0;
      if (below >= 0 && (indent > below || line.trim() === '')) return blankText(line);
      below = -1;
      const match = blockLine.exec(line);
      const name = match?.[3] ?? '';
      if (match === null || !(isSecretName(name) || /^secret$/i.test(name) || name.endsWith('-key-data')))
        return blankPairs(line);
      const value = match[5] ?? '';
      if (/^[|>][-+0-9]*\s*$/.test(value) || value.trim() === '') {
        below = indent;
        return line;
      }
      return line.slice(0, line.length - value.length) + (isPlainlyPublic(value.trim()) ? value : blankValue(value));
    })
    .join('\n');
}

function blankValue(value: string): string {
  return value.replace(/[^\s"',}\]]/g, (sign) => (sign === '=' ? '=' : 'A'));
}

/** Pairs in the midst of a line, as in broken JSON or flow style. */
function blankPairs(line: string): string {
  return line.replace(
    /(["']?)([\w./-]+)\1([ \t]*:[ \t]*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,}\]{["'][^\s,}\]]*)/g,
    (whole, quote: string, name: string, sign: string, value: string) =>
      (isSecretName(name) || /^secret$/i.test(name)) && !isPlainlyPublic(value.replace(/^["']|["']$/g, ''))
        ? `${quote}${name}${quote}${sign}${blankValue(value)}`
        : whole,
  );
}

/** What may be said of a static token file (`token,user,uid,"group1,group2"`): never the tokens or who has which. */
export function tokenFileFacts(text: string): { lines: number; users: number; groups: readonly string[] } {
  const rows = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const users = new Set<string>();
  const groups = new Set<string>();
  for (const row of rows) {
    const fields = csvFields(row);
    if (fields.length < 3) continue;
    users.add(fields[1] ?? '');
    for (const group of (fields[3] ?? '').split(',')) if (group.trim() !== '') groups.add(group.trim());
  }
  return { lines: rows.length, users: users.size, groups: [...groups].sort() };
}

function csvFields(row: string): string[] {
  return [...row.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((match) =>
    (match[1] ?? match[2] ?? '').replaceAll('""', '"'),
  );
}
