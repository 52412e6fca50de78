import type { Json } from '../../cluster/json.ts';
import { objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import type { LevelVersion, Policy } from './policy.ts';
import { levelProblem, parseLevel, parsePolicyVersion, versionProblem } from './policy.ts';

/** What a namespace without labels gets, as texts of the file with defaults filled in. */
export interface PodSecurityDefaults {
  readonly enforce: string;
  readonly enforceVersion: string;
  readonly audit: string;
  readonly auditVersion: string;
  readonly warn: string;
  readonly warnVersion: string;
}

export interface PodSecurityExemptions {
  readonly usernames: readonly string[];
  readonly namespaces: readonly string[];
  readonly runtimeClasses: readonly string[];
}

/** The PodSecurity plugin's configuration; the API versions v1, v1beta1 and v1alpha1 have the same members. */
export interface PodSecurityConfiguration {
  readonly defaults: PodSecurityDefaults;
  readonly exemptions: PodSecurityExemptions;
}

/**
 * Reads an already decoded PodSecurityConfiguration (the value, not its text) and fills in defaults: an absent or empty
 * level is `privileged`, an absent or empty version `latest` (k8s.io/pod-security-admission/admission/api/v1/defaults.go).
 *
 * It checks nothing: strict decoding and validation are the loader's, levels and versions are judged by `defaultPolicy`.
 * Total; a member of the wrong type counts as absent.
 */
export function readPodSecurityConfiguration(value: Json | undefined): PodSecurityConfiguration {
  const defaults = objectAt(objectAt(value)['defaults']);
  const exemptions = objectAt(objectAt(value)['exemptions']);
  const text = (name: string, otherwise: string) => stringAt(defaults[name]) || otherwise;
  return {
    defaults: {
      enforce: text('enforce', 'privileged'),
      enforceVersion: text('enforce-version', 'latest'),
      audit: text('audit', 'privileged'),
      auditVersion: text('audit-version', 'latest'),
      warn: text('warn', 'privileged'),
      warnVersion: text('warn-version', 'latest'),
    },
    exemptions: {
      usernames: stringsAt(exemptions['usernames']),
      namespaces: stringsAt(exemptions['namespaces']),
      runtimeClasses: stringsAt(exemptions['runtimeClasses']),
    },
  };
}

/** What a server without a PodSecurityConfiguration uses: everything privileged, nothing exempt. */
export const unconfigured: PodSecurityConfiguration = readPodSecurityConfiguration(undefined);

/**
 * Turns the defaults into a policy. `errors` holds, in the server's order and words, what is wrong with them
 * (`enforce: must be one of …`); a server with any does not start (admission/api/helpers.go, ToPolicy). The policy beside
 * errors is the strictest reading: `restricted`, `latest`.
 */
export function defaultPolicy(defaults: PodSecurityDefaults): { readonly policy: Policy; readonly errors: readonly string[] } {
  const errors: string[] = [];
  const read = (name: string, levelText: string, versionText: string): LevelVersion => {
    const level = parseLevel(levelText);
    if (level === undefined) errors.push(`${name}: ${levelProblem}`);
    const version = parsePolicyVersion(versionText);
    if (version === undefined) errors.push(`${name}-version: ${versionProblem}`);
    return { level: level ?? 'restricted', version: version ?? 'latest' };
  };
  const policy: Policy = {
    enforce: read('enforce', defaults.enforce, defaults.enforceVersion),
    audit: read('audit', defaults.audit, defaults.auditVersion),
    warn: read('warn', defaults.warn, defaults.warnVersion),
  };
  return { policy, errors };
}
