import type { DecodedConfiguration, Scheme } from '../cluster/decode/configuration.ts';
import { decodeConfiguration, parseConfigurationText, strictFault } from '../cluster/decode/configuration.ts';
import type { Fault } from '../cluster/decode/fault.ts';
import { wrapFault } from '../cluster/decode/fault.ts';
import { fieldFault } from '../cluster/decode/field-errors.ts';
import type { Loaded } from '../cluster/decode/loaded.ts';
import { plainValue, positionTable } from '../cluster/decode/node.ts';
import { goBool, goString, kindStruct, namedString, objectMeta, pointerTo, sliceOf, struct } from '../cluster/decode/schema.ts';
import type { GoObject } from '../cluster/decode/unmarshal.ts';
import { unmarshal } from '../cluster/decode/unmarshal.ts';
import type { Document } from '../cluster/document.ts';
import { objectAt, stringAt } from '../cluster/json.ts';
import type { AuditPolicy, AuditRule, GroupResources } from './audit-policy.ts';
import { auditLevels } from './audit-policy.ts';
import { validatePolicy } from './policy-validation.ts';

/** Where the file is (as the flag names it: it stands in messages) and which server reads it. */
export interface AuditPolicyOptions {
  readonly path: string;
  /** Kubernetes minor: 31 for 1.31. */
  readonly minor: number;
  /** Where a person opens the file; absent: `path`. */
  readonly source?: string;
}

const auditVersion = 'audit.k8s.io/v1';
const internalVersion = 'audit.k8s.io/__internal';

const stages = sliceOf(namedString('v1.Stage'));
const strings = sliceOf(goString);

/** k8s.io/apiserver pkg/apis/audit/v1/types.go. */
const policyType = kindStruct('v1.Policy', {
  metadata: objectMeta,
  rules: sliceOf(
    struct('v1.PolicyRule', {
      level: namedString('v1.Level'),
      users: strings,
      userGroups: strings,
      verbs: strings,
      resources: sliceOf(struct('v1.GroupResources', { group: goString, resources: strings, resourceNames: strings })),
      namespaces: strings,
      nonResourceURLs: strings,
      omitStages: stages,
      omitManagedFields: pointerTo(goBool),
    }),
  ),
  omitStages: stages,
  omitManagedFields: goBool,
});

/** The other kinds of this API version, which decode and then are no policy. */
const otherKinds = [
  'Event',
  'EventList',
  'PolicyList',
  'WatchEvent',
  'ListOptions',
  'GetOptions',
  'DeleteOptions',
  'CreateOptions',
  'UpdateOptions',
  'PatchOptions',
];

/** The scheme is named after the line of apimachinery's pkg/runtime/scheme.go that makes it. */
function schemeOf(minor: number): Scheme {
  const line = minor <= 32 ? 100 : minor <= 34 ? 110 : 111;
  const kinds = new Map([[`${auditVersion} Policy`, policyType]]);
  for (const kind of otherKinds) kinds.set(`${auditVersion} ${kind}`, kindStruct(`v1.${kind}`, {}));
  kinds.set(`${internalVersion} Policy`, kindStruct('audit.Policy', {}));
  return { name: `pkg/runtime/scheme.go:${line}`, kinds };
}

/** What the server says when it starts without being able to read the file; `cause` as `open x: no such file or directory`. */
export function unreadablePolicyFile(path: string, cause: string): string {
  return `loading audit policy file: failed to read file path "${path}": ${cause}`;
}

/**
 * Loads an audit policy file as kube-apiserver does at start: strict decoding, on unknown or repeated fields lenient decoding with a warning,
 * then validation; a policy without rules is refused. Messages are the server's. Never throws.
 *
 * Rule source: k8s.io/apiserver pkg/audit/policy/reader.go; vectors: golden/audit/config.jsonl.
 */
export function loadAuditPolicy(text: string, options: AuditPolicyOptions): Loaded<AuditPolicy> {
  const refuse = (fault: Fault): Loaded<AuditPolicy> => ({ ...suffixed(fault, `: from file ${options.path}`), kind: 'refused' });
  const decoded = decode(text, options);
  if (decoded.kind === 'fault') return refuse(decoded);
  const { value, document } = decoded;
  if (decoded.apiVersion !== auditVersion) return refuse(unknownVersion);
  const invalid = fieldFault(validatePolicy(value, options.minor), document);
  if (invalid !== undefined) return refuse(invalid);
  const configuration = policyOf(value);
  if (configuration.rules.length === 0) return refuse({ message: 'loaded illegal policy with 0 rules' });
  return { kind: 'accepted', configuration, document, warnings: decoded.warnings };
}

const unknownVersion: Fault = { message: `unknown group version field ${internalVersion}, Kind=Policy in policy` };

type Decoded =
  | ({ readonly kind: 'decoded'; readonly warnings: readonly string[] } & Pick<
      DecodedConfiguration & { kind: 'decoded' },
      'value' | 'apiVersion' | 'document'
    >)
  | ({ readonly kind: 'fault' } & Fault);

function decode(text: string, options: AuditPolicyOptions): Decoded {
  const scheme = schemeOf(options.minor);
  const source = options.source ?? options.path;
  const lenient = decodeConfiguration(text, { source, scheme, strict: false });
  if (lenient.kind === 'fault') {
    if (!/^Object '(Kind|apiVersion)' is missing in /.test(lenient.message)) return failed(lenient);
    return decodeWithDefaults(text, source, scheme);
  }
  if (lenient.kindName !== 'Policy')
    return failed({ message: `converting (v1.${lenient.kindName}) to (audit.Policy): unknown conversion`, line: 1, column: 1 });
  const strict = decodeConfiguration(text, { source, scheme, strict: true });
  return { ...lenient, warnings: strict.kind === 'fault' ? [lenientWarning(strict)] : [] };
}

function failed(fault: Fault): Decoded {
  return { ...wrapFault('failed decoding: ', fault), kind: 'fault' };
}

function suffixed(fault: Fault, suffix: string): Fault {
  const { message, reportMessage, line, column } = wrapFault('loading audit policy file: ', fault);
  return {
    message: message + suffix,
    ...(reportMessage === undefined ? {} : { reportMessage: reportMessage + suffix }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
}

function lenientWarning({ message }: Fault): string {
  return `Audit policy contains errors, falling back to lenient decoding: ${message}`;
}

/** The decoder knows what it is to fill: a missing kind is Policy, a missing version the internal one (apimachinery `gvkWithDefaults`). */
function decodeWithDefaults(text: string, source: string, scheme: Scheme): Decoded {
  const parsed = parseConfigurationText(text);
  if ('message' in parsed) return failed(parsed);
  const plain = plainValue(parsed.node);
  const meta = objectAt(plain);
  const apiVersion = stringAt(meta['apiVersion']) ?? '';
  const kind = stringAt(meta['kind']) || 'Policy';
  const at = { line: parsed.node.line, column: parsed.node.column };
  const document: Document = { value: plain, source, positions: positionTable(parsed.node) };
  if (apiVersion === '' || apiVersion === '/' || apiVersion === 'audit.k8s.io/') {
    if (kind === 'Policy') return { kind: 'decoded', value: {}, apiVersion: internalVersion, document, warnings: [] };
    return failed({
      message: `no kind "${kind}" is registered for the internal version of group "audit.k8s.io" in scheme "${scheme.name}"`,
      ...at,
    });
  }
  if (apiVersion !== auditVersion) {
    if (apiVersion === internalVersion) return { kind: 'decoded', value: {}, apiVersion, document, warnings: [] };
    return failed({ message: `no kind "${kind}" is registered for version "${apiVersion}" in scheme "${scheme.name}"`, ...at });
  }
  const result = unmarshal(parsed.node, policyType, parsed.isYaml);
  if ('message' in result) return failed(result);
  const strict = strictFault(parsed.duplicates, result.strict);
  return {
    kind: 'decoded',
    value: result.value,
    apiVersion,
    document,
    warnings: strict === undefined ? [] : [lenientWarning(strict)],
  };
}

/** The typed policy of a decoded and valid file. */
function policyOf(value: GoObject): AuditPolicy {
  return {
    rules: listOf(value['rules']).map(ruleOf),
    omitStages: textsOf(value['omitStages']),
    omitManagedFields: value['omitManagedFields'] === true,
  };
}

function ruleOf(rule: GoObject): AuditRule {
  const managed = rule['omitManagedFields'];
  const { level } = rule;
  return {
    level: auditLevels.find((known) => known === level) ?? 'None',
    users: textsOf(rule['users']),
    userGroups: textsOf(rule['userGroups']),
    verbs: textsOf(rule['verbs']),
    resources: listOf(rule['resources']).map(groupResourcesOf),
    namespaces: textsOf(rule['namespaces']),
    nonResourceURLs: textsOf(rule['nonResourceURLs']),
    omitStages: textsOf(rule['omitStages']),
    ...(typeof managed === 'boolean' ? { omitManagedFields: managed } : {}),
  };
}

function groupResourcesOf(entry: GoObject): GroupResources {
  const { group } = entry;
  return {
    group: typeof group === 'string' ? group : '',
    resources: textsOf(entry['resources']),
    resourceNames: textsOf(entry['resourceNames']),
  };
}

function listOf(value: GoObject[string] | undefined): readonly GoObject[] {
  return Array.isArray(value) ? (value as readonly GoObject[]) : [];
}

function textsOf(value: GoObject[string] | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly GoObject[string][]).filter((item) => typeof item === 'string') : [];
}
