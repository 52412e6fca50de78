import type { DecodedConfiguration } from '../../cluster/decode/configuration.ts';
import { decodeConfiguration, decodeEmbedded } from '../../cluster/decode/configuration.ts';
import type { Fault } from '../../cluster/decode/fault.ts';
import { wrapFault } from '../../cluster/decode/fault.ts';
import type { FieldError } from '../../cluster/decode/field-errors.ts';
import { aggregate, duplicate, fieldFault, invalid } from '../../cluster/decode/field-errors.ts';
import { nodeAt } from '../../cluster/decode/node.ts';
import type { StructType } from '../../cluster/decode/schema.ts';
import { goString, kindStruct, sliceOf, struct } from '../../cluster/decode/schema.ts';
import { dnsLabelFaults, dnsSubdomainFaults } from '../../cluster/dns-names.ts';
import type { Document } from '../../cluster/document.ts';
import { placeOf } from '../../cluster/document.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { FieldPath, Json } from '../../cluster/json.ts';
import type { PodSecurityConfiguration, PodSecurityExemptions } from './configuration.ts';
import { defaultPolicy, readPodSecurityConfiguration } from './configuration.ts';

/** A file that an entry of the AdmissionConfiguration names. */
export interface PodSecurityFile {
  readonly text: string;
  /** Where a person opens it. */
  readonly source: string;
}

/** The part of an AdmissionConfiguration that holds the configuration. */
export interface PodSecurityPart {
  readonly outer: DecodedConfiguration & { readonly kind: 'decoded' };
  readonly base: FieldPath;
}

export type LoadedPodSecurity =
  | { readonly kind: 'accepted'; readonly configuration: PodSecurityConfiguration; readonly document?: Document }
  | { readonly kind: 'refused'; readonly fault: Fault };

function configurationType(version: string): StructType {
  const text = goString;
  const levels = { enforce: text, 'enforce-version': text, audit: text, 'audit-version': text, warn: text, 'warn-version': text };
  return kindStruct(`${version}.PodSecurityConfiguration`, {
    defaults: struct(`${version}.PodSecurityDefaults`, levels),
    exemptions: struct(`${version}.PodSecurityExemptions`, {
      usernames: sliceOf(text),
      namespaces: sliceOf(text),
      runtimeClasses: sliceOf(text),
    }),
  });
}

const scheme = {
  name: 'k8s.io/pod-security-admission/admission/api/scheme/scheme.go:31',
  kinds: new Map(
    ['v1', 'v1beta1', 'v1alpha1'].map((version) => [
      `pod-security.admission.config.k8s.io/${version} PodSecurityConfiguration`,
      configurationType(version),
    ]),
  ),
};

/**
 * Decodes and validates the PodSecurity plug-in's configuration, from its place in an AdmissionConfiguration or from a file of its
 * own; an empty file means the defaults. Messages are the server's, without `failed to apply admission: `.
 *
 * Source: pod-security-admission admission/api (load, helpers, validation), plugin/pkg/admission/security/podsecurity.
 */
export function loadPodSecurityEntry(from: PodSecurityFile | PodSecurityPart): LoadedPodSecurity {
  if ('text' in from && from.text === '')
    return {
      kind: 'accepted',
      configuration: readPodSecurityConfiguration(undefined),
      document: { value: null, source: from.source },
    };
  const decoded =
    'text' in from ? decodeConfiguration(from.text, { source: from.source, scheme, strict: true }) : decodePart(from);
  if (decoded.kind === 'fault')
    return { kind: 'refused', fault: wrapFault(`couldn't init admission plugin "PodSecurity": `, decoded) };
  const document = decoded.document;
  const configuration = readPodSecurityConfiguration(decoded.value as unknown as Json);
  const fault = defaultsFault(configuration, document) ?? exemptionsFault(configuration.exemptions, document);
  if (fault !== undefined)
    return { kind: 'refused', fault: wrapFault('failed to initialize admission plugin "PodSecurity": ', fault) };
  return { kind: 'accepted', configuration, ...('text' in from ? { document } : {}) };
}

function decodePart({ outer, base }: PodSecurityPart): DecodedConfiguration {
  const node = nodeAt(outer.node, base);
  if (node === undefined) return { kind: 'fault', message: 'the configuration is missing' };
  return decodeEmbedded(node, outer.isYaml, { source: outer.document.source, scheme, strict: true });
}

function defaultsFault(configuration: PodSecurityConfiguration, document: Document): Fault | undefined {
  const { errors } = defaultPolicy(configuration.defaults);
  const [first] = errors;
  if (first === undefined) return undefined;
  const { line, column } = placeOf(document, ['defaults', first.slice(0, first.indexOf(':'))]);
  return {
    message: `PodSecurity configuration error: ${aggregate(errors)}`,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
}

function exemptionsFault(exemptions: PodSecurityExemptions, document: Document): Fault | undefined {
  const errors = [
    ...listErrors(exemptions.namespaces, 'namespaces', dnsLabelFaults),
    ...listErrors(exemptions.runtimeClasses, 'runtimeClasses', dnsSubdomainFaults),
    ...listErrors(exemptions.usernames, 'usernames', (name) => (name === '' ? ['username must not be empty'] : [])),
  ];
  const fault = fieldFault(errors, document);
  return fault === undefined ? undefined : wrapFault('PodSecurity invalid: ', fault);
}

function listErrors(items: readonly string[], member: string, faultsOf: (item: string) => readonly string[]): FieldError[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const path = ['exemptions', member, index];
    const faults = faultsOf(item);
    if (faults.length > 0) return [invalid(path, goQuote(item), faults.join(', '))];
    if (seen.has(item)) return [duplicate(path, goQuote(item))];
    seen.add(item);
    return [];
  });
}
