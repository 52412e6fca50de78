import type { Document } from '../document.ts';
import type { Fault } from './fault.ts';
import { JsonSyntaxError, parseJsonText } from './json-text.ts';
import type { Member, Node } from './node.ts';
import { plainValue, positionTable, rawJson } from './node.ts';
import type { StructType } from './schema.ts';
import type { GoObject } from './unmarshal.ts';
import { unmarshal } from './unmarshal.ts';
import { parseFirstDocument } from './yaml/parser.ts';
import { YamlSyntaxError } from './yaml/tokens.ts';
import { resolveDocument } from './yaml/values.ts';

/** The kinds that a decoder knows: keys are `apiVersion` and `kind` with a space between. */
export interface Scheme {
  /** As messages name it: the place in the server's source where it is made. */
  readonly name: string;
  readonly kinds: ReadonlyMap<string, StructType>;
}

export interface DecodeOptions {
  /** Where a person opens the file; goes into the document. */
  readonly source: string;
  readonly scheme: Scheme;
  /** Refuse unknown and repeated fields. */
  readonly strict: boolean;
}

export type DecodedConfiguration =
  | {
      readonly kind: 'decoded';
      readonly value: GoObject;
      readonly apiVersion: string;
      readonly kindName: string;
      readonly document: Document;
      /** The parsed file, for what it carries inside (see decodeEmbedded). */
      readonly node: Node;
      readonly isYaml: boolean;
    }
  | ({ readonly kind: 'fault' } & Fault);

/** A text that could be parsed. */
export interface ParsedText {
  readonly node: Node;
  readonly duplicates: readonly Fault[];
  readonly isYaml: boolean;
}

const goSpaces = /^[\t\n\v\f\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]*/;

/**
 * Parses a configuration text as the server's decoder does: JSON where its first character is `{`, else YAML, of which only
 * the first document counts. Never throws.
 */
export function parseConfigurationText(text: string): ParsedText | Fault {
  try {
    if (text.replace(goSpaces, '').startsWith('{')) return { node: parseJsonText(text), duplicates: [], isYaml: false };
    const root = parseFirstDocument(text);
    if (root === undefined) return { node: { kind: 'null', line: 1, column: 1 }, duplicates: [], isYaml: true };
    const { node, duplicates } = resolveDocument(root);
    return { node, duplicates, isYaml: true };
  } catch (error) {
    if (error instanceof JsonSyntaxError) {
      return { message: `couldn't get version/kind; json parse error: ${error.message}`, line: error.line, column: error.column };
    }
    if (error instanceof YamlSyntaxError)
      return { message: error.message, ...redactYaml(error.message), line: error.line, column: error.column };
    if (error instanceof RangeError) return { message: 'nested too deeply to be read' };
    throw error;
  }
}

/** Some of the library's messages quote values. */
function redactYaml(message: string): { reportMessage: string } | object {
  const match = /^(yaml: invalid map key|unsupported map key of type|yaml: cannot decode !!\w+)/.exec(message);
  return match === null ? {} : { reportMessage: match[0] };
}

/** What Go's reflection prints for the struct that apiVersion and kind are read into. */
const metaType = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;

interface Meta {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Reads apiVersion and kind: here names match without regard to case, and the last match counts. */
function readMeta({ node, isYaml }: ParsedText): Meta | Fault {
  const prefix = "couldn't get version/kind; json parse error: json: cannot unmarshal";
  if (node.kind === 'null') return { apiVersion: '', kind: '' };
  if (node.kind !== 'object')
    return { message: `${prefix} ${node.kind} into Go value of type ${metaType}`, line: node.line, column: node.column };
  const meta = { apiversion: '', kind: '' };
  let fault: Fault | undefined;
  const members = isYaml ? node.members.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)) : node.members;
  for (const { key, value } of members) {
    const name = key.toLowerCase();
    if (name !== 'apiversion' && name !== 'kind') continue;
    if (value.kind === 'string') meta[name] = value.value;
    else if (value.kind !== 'null') {
      fault ??= {
        message: `${prefix} ${value.kind} into Go struct field .${name === 'kind' ? 'kind' : 'apiVersion'} of type string`,
        line: value.line,
        column: value.column,
      };
    }
  }
  return fault ?? { apiVersion: meta.apiversion, kind: meta.kind };
}

function placeOfMember(node: Node, name: string): { line: number; column: number } {
  const member: Member | undefined = node.kind === 'object' ? node.members.findLast(({ key }) => key === name) : undefined;
  return member === undefined
    ? { line: node.line, column: node.column }
    : { line: member.value.line, column: member.value.column };
}

/** Finds the type of a kind, or says as the server does why there is none. `text` is the whole file: two messages repeat it. */
function findType(meta: Meta, scheme: Scheme, text: string, node: Node): StructType | Fault {
  const missing = (what: string): Fault => ({
    message: `Object '${what}' is missing in '${text}'`,
    reportMessage: `Object '${what}' is missing`,
    line: node.line,
    column: node.column,
  });
  const parts = meta.apiVersion.split('/');
  if (parts.length > 2)
    return { message: `unexpected GroupVersion string: ${meta.apiVersion}`, ...placeOfMember(node, 'apiVersion') };
  if (meta.kind === '') return missing('Kind');
  if (parts.at(-1) === '') return missing('apiVersion');
  const apiVersion = meta.apiVersion.replace(/^\//, '');
  const type = scheme.kinds.get(`${apiVersion} ${meta.kind}`);
  if (type !== undefined) return type;
  const message = `no kind "${meta.kind}" is registered for version "${apiVersion}" in scheme "${scheme.name}"`;
  const known = [...scheme.kinds.keys()].some((key) => key.startsWith(`${apiVersion} `));
  return { message, ...placeOfMember(node, known ? 'kind' : 'apiVersion') };
}

/**
 * Decodes a configuration file as k8s.io/apimachinery's serializer does: YAML or JSON, apiVersion and kind, types, and where
 * `strict` is set unknown and repeated fields. The messages are the server's.
 *
 * Never throws. Source of the rules: apimachinery pkg/runtime/serializer/json, sigs.k8s.io/yaml, sigs.k8s.io/json, go-yaml v2.
 */
export function decodeConfiguration(text: string, options: DecodeOptions): DecodedConfiguration {
  const parsed = parseConfigurationText(text);
  return 'message' in parsed ? { kind: 'fault', ...parsed } : decodeParsed(parsed, text, options);
}

/**
 * Decodes what another configuration carries inside it (the `configuration` of an admission plug-in): a node of that file,
 * handed on as JSON. `isYaml` says what the outer file is. Line and column are those of the outer file.
 */
export function decodeEmbedded(node: Node, isYaml: boolean, options: DecodeOptions): DecodedConfiguration {
  return decodeParsed({ node, duplicates: [], isYaml }, rawJson(node), options);
}

function decodeParsed(parsed: ParsedText, text: string, options: DecodeOptions): DecodedConfiguration {
  const meta = readMeta(parsed);
  if ('message' in meta) return { kind: 'fault', ...meta };
  const type = findType(meta, options.scheme, text, parsed.node);
  if ('message' in type) return { kind: 'fault', ...type };
  const decoded = unmarshal(parsed.node, type, parsed.isYaml);
  if ('message' in decoded) return { kind: 'fault', ...decoded };
  const strict = strictFault(parsed.duplicates, decoded.strict);
  if (options.strict && strict !== undefined) return { kind: 'fault', ...strict };
  return {
    kind: 'decoded',
    value: decoded.value,
    apiVersion: meta.apiVersion.replace(/^\//, ''),
    kindName: meta.kind,
    document: { value: plainValue(parsed.node), source: options.source, positions: positionTable(parsed.node) },
    node: parsed.node,
    isYaml: parsed.isYaml,
  };
}

/** Joins repeated keys and unknown fields into one message; `undefined` where there are none. */
export function strictFault(duplicates: readonly Fault[], fields: readonly Fault[]): Fault | undefined {
  const messages = fields.map(({ message }) => message);
  if (duplicates.length > 0)
    messages.unshift(`yaml: unmarshal errors:\n  ${duplicates.map(({ message }) => message).join('\n  ')}`);
  const first = duplicates[0] ?? fields[0];
  return first === undefined ? undefined : { ...first, message: `strict decoding error: ${messages.join(', ')}` };
}
