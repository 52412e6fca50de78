import type { FieldError } from '../cluster/decode/field-errors.ts';
import { goJsonString, invalid, notSupported, printsJson, printStrings, required } from '../cluster/decode/field-errors.ts';
import type { GoObject, GoValue } from '../cluster/decode/unmarshal.ts';
import { goQuote } from '../cluster/go-quote.ts';
import type { FieldPath } from '../cluster/json.ts';
import { auditLevels, auditStages, wildcardGroupSince } from './audit-policy.ts';

/**
 * Validates a decoded audit policy; all faults, in the server's order and words.
 *
 * Rule source: k8s.io/apiserver pkg/apis/audit/validation/validation.go. `group: "*"` is valid from 1.36.
 */
export function validatePolicy(policy: GoObject, minor: number): readonly FieldError[] {
  return [
    ...validateOmitStages(textsAt(policy['omitStages']), ['omitStages']),
    ...itemsAt(policy['rules']).flatMap((rule, index) => validateRule(rule, ['rules', index], minor)),
  ];
}

function validateRule(rule: GoObject, path: FieldPath, minor: number): readonly FieldError[] {
  const urls = textsAt(rule['nonResourceURLs']);
  const resources = itemsAt(rule['resources']);
  const errors = [
    ...validateLevel(textAt(rule['level']), [...path, 'level'], minor),
    ...validateURLs(urls, [...path, 'nonResourceURLs']),
    ...resources.flatMap((entry) => validateResources(entry, [...path, 'resources'], minor)),
    ...validateOmitStages(textsAt(rule['omitStages']), [...path, 'omitStages']),
  ];
  if (urls.length > 0 && (resources.length > 0 || textsAt(rule['namespaces']).length > 0))
    errors.push(
      invalid(
        [...path, 'nonResourceURLs'],
        printStrings(urls, minor),
        'rules cannot apply to both regular resources and non-resource URLs',
      ),
    );
  return errors;
}

function validateLevel(level: string, path: FieldPath, minor: number): readonly FieldError[] {
  if (level === '') return [required(path, '')];
  if ((auditLevels as readonly string[]).includes(level)) return [];
  return [notSupported(path, printsJson(minor) ? goJsonString(level) : goQuote(level), auditLevels)];
}

function validateURLs(urls: readonly string[], path: FieldPath): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, url] of urls.entries()) {
    if (url === '*') continue;
    const here = [...path, index];
    if (!url.startsWith('/')) errors.push(invalid(here, goQuote(url), "non-resource URL rules must begin with a '/' character"));
    if (url.slice(0, -1).includes('*'))
      errors.push(invalid(here, goQuote(url), "non-resource URL wildcards '*' must be the final character of the rule"));
  }
  return errors;
}

/** The path names no index: the server's does not either. */
function validateResources(entry: GoObject, path: FieldPath, minor: number): readonly FieldError[] {
  const group = textAt(entry['group']);
  const names = textsAt(entry['resourceNames']);
  const errors: FieldError[] = [];
  if (group !== '' && !(group === '*' && minor >= wildcardGroupSince)) {
    const faults = subdomainFaults(group);
    if (faults.length > 0) errors.push(invalid([...path, 'group'], goQuote(group), faults.join(',')));
  }
  if (names.length > 0 && textsAt(entry['resources']).length === 0)
    errors.push(
      invalid([...path, 'resourceNames'], printStrings(names, minor), 'using resourceNames requires at least one resource'),
    );
  return errors;
}

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** apimachinery pkg/util/validation `IsDNS1123Subdomain`; the length is in bytes. */
function subdomainFaults(text: string): readonly string[] {
  const faults: string[] = [];
  if (new TextEncoder().encode(text).length > 253) faults.push('must be no more than 253 characters');
  if (!subdomain.test(text))
    faults.push(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
        String.raw`alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    );
  return faults;
}

function validateOmitStages(stages: readonly string[], path: FieldPath): readonly FieldError[] {
  return stages
    .map((stage, index) => ({ stage, index }))
    .filter(({ stage }) => !(auditStages as readonly string[]).includes(stage))
    .map(({ stage, index }) => invalid([...path, index], goQuote(stage), `allowed stages are ${auditStages.join(',')}`));
}

function textAt(value: GoValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function textsAt(value: GoValue | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly GoValue[]).filter((item) => typeof item === 'string') : [];
}

function itemsAt(value: GoValue | undefined): readonly GoObject[] {
  return Array.isArray(value) ? (value as readonly GoObject[]) : [];
}
