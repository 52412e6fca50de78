import { goQuote } from '../../cluster/go-quote.ts';
import type { LevelVersion, Policy } from './policy.ts';
import { compareLevels, levelProblem, parseLevel, parsePolicyVersion, versionProblem } from './policy.ts';

/** Prefix of the labels, and of the audit annotations. */
export const podSecurityPrefix = 'pod-security.kubernetes.io/';

export type Mode = 'enforce' | 'audit' | 'warn';
export const modes: readonly Mode[] = ['enforce', 'audit', 'warn'];

/** The name of a mode's label for the level, or for the version. */
export function modeLabel(mode: Mode, part: 'level' | 'version'): string {
  return `${podSecurityPrefix}${mode}${part === 'level' ? '' : '-version'}`;
}

/** What a namespace asks for, and what is wrong with its labels in the server's words, in the server's order. */
export interface NamespacePolicy {
  readonly policy: Policy;
  readonly errors: readonly string[];
}

/**
 * Reads a namespace's labels over the plugin's defaults. An invalid `enforce` counts as `restricted`, an invalid `audit` or
 * `warn` as `privileged`, an invalid version as `latest`. Where `warn` is not set, a stricter `enforce` warns too.
 * Source: k8s.io/pod-security-admission/api/helpers.go, PolicyToEvaluate.
 */
export function policyOfLabels(labels: Readonly<Record<string, string>>, defaults: Policy): NamespacePolicy {
  const errors: string[] = [];
  const has = (label: string) => Object.hasOwn(labels, label);
  const read = (mode: Mode): LevelVersion => {
    let { level, version } = defaults[mode];
    const levelText = has(modeLabel(mode, 'level')) ? labels[modeLabel(mode, 'level')] : undefined;
    if (levelText !== undefined) {
      const parsed = parseLevel(levelText);
      if (parsed === undefined) errors.push(invalid(modeLabel(mode, 'level'), levelText, levelProblem));
      level = parsed ?? (mode === 'enforce' ? 'restricted' : 'privileged');
    }
    const versionText = has(modeLabel(mode, 'version')) ? labels[modeLabel(mode, 'version')] : undefined;
    if (versionText !== undefined) {
      const parsed = parsePolicyVersion(versionText);
      if (parsed === undefined) errors.push(invalid(modeLabel(mode, 'version'), versionText, versionProblem));
      version = parsed ?? 'latest';
    }
    return { level, version };
  };
  const enforce = read('enforce');
  const audit = read('audit');
  let warn = read('warn');
  const enforceIsValid =
    parseLevel(labels[modeLabel('enforce', 'level')] ?? '') !== undefined && has(modeLabel('enforce', 'level'));
  if (!has(modeLabel('warn', 'level')) && enforceIsValid && compareLevels(enforce.level, warn.level) > 0) {
    warn = { level: enforce.level, version: has(modeLabel('warn', 'version')) ? warn.version : enforce.version };
  }
  return { policy: { enforce, audit, warn }, errors };
}

function invalid(label: string, value: string, problem: string): string {
  return `metadata.labels[${label}]: Invalid value: ${goQuote(value)}: ${problem}`;
}
