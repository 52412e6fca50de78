import type { Json } from '../cluster/json.ts';
import { isObject } from '../cluster/json.ts';
import type { Complete } from '../cluster/listing.ts';

/** What settings need to know of a control; `parameters` are its defaults, whose types a setting must have. */
interface Parametrized {
  readonly id: string;
  readonly parameters: Readonly<Record<string, Json>>;
}

/** What the settings file says, over the catalogue's defaults (essential.md 0.8). */
export interface Settings {
  /** In addition to kube-system, kube-public and kube-node-lease. */
  readonly systemNamespaces: readonly string[];
  /** `ServiceAccount ns/name`, `Group name`, `User name`. */
  readonly systemSubjects: readonly string[];
  readonly complete: Complete;
  /** Control id → parameter → value. */
  readonly parameters: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  /** Texts of the files that parameters named `file` name, by the name as given; whoever reads the settings file reads them. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Value of a parameter `file` that stands for what comes with Bulwark. */
export const bundledFile = 'bundled';

export const defaultSettings: Settings = { systemNamespaces: [], systemSubjects: [], complete: [], parameters: {} };

const systemNamespaces: readonly string[] = ['kube-system', 'kube-public', 'kube-node-lease'];

/** Reports whether a namespace is one whose workloads, labels, policies and quotas are not judged. */
export function isSystemNamespace(settings: Settings, name: string): boolean {
  return systemNamespaces.includes(name) || settings.systemNamespaces.includes(name);
}

/** All system namespaces: the three of Kubernetes and those of the settings. */
export function allSystemNamespaces(settings: Settings): readonly string[] {
  return [...new Set([...systemNamespaces, ...settings.systemNamespaces])];
}

/** A settings file that cannot be used: a usage error. `path` names the member. */
export class SettingsError extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(`${path === '' ? 'settings' : `settings member ${path}`}: ${message}`);
    this.name = 'SettingsError';
    this.path = path;
  }
}

/**
 * Reads a settings file's value.
 *
 * Shapes: the mapping of essential.md 0.8; `null` (an empty file) is no settings. Errors: SettingsError for an unknown key, an
 * unknown control or parameter, or a value of another type than the parameter's default.
 */
export function readSettings(value: Json, controls: readonly Parametrized[]): Settings {
  if (value === null) return defaultSettings;
  if (!isObject(value)) throw new SettingsError('', 'expected a mapping');
  const known = ['systemNamespaces', 'systemSubjects', 'complete', 'parameters'];
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw new SettingsError(key, `unknown key, expected one of ${known.join(', ')}`);
  }
  return {
    systemNamespaces: strings(value['systemNamespaces'], 'systemNamespaces'),
    systemSubjects: subjects(value['systemSubjects']),
    complete: value['complete'] === 'all' ? 'all' : strings(value['complete'], 'complete'),
    parameters: readParameters(value['parameters'], controls),
  };
}

function strings(value: Json | undefined, path: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
    throw new SettingsError(path, 'expected a list of strings');
  return value as readonly string[];
}

function subjects(value: Json | undefined): readonly string[] {
  const list = strings(value, 'systemSubjects');
  for (const subject of list) {
    if (!/^(User|Group) .+$|^ServiceAccount [^/]+\/[^/]+$/.test(subject)) {
      throw new SettingsError(
        'systemSubjects',
        `seen \`${subject}\`, expected \`ServiceAccount NAMESPACE/NAME\`, \`Group NAME\` or \`User NAME\``,
      );
    }
  }
  return list;
}

function readParameters(value: Json | undefined, controls: readonly Parametrized[]): Settings['parameters'] {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new SettingsError('parameters', 'expected a mapping of control ids');
  const result: Record<string, Record<string, Json>> = {};
  for (const [id, given] of Object.entries(value)) {
    const control = controls.find((candidate) => candidate.id === id);
    if (control === undefined)
      throw new SettingsError(`parameters.${id}`, 'there is no such control; `bulwark controls` lists them');
    if (!isObject(given)) throw new SettingsError(`parameters.${id}`, 'expected a mapping of parameters');
    const own: Record<string, Json> = {};
    for (const [name, setting] of Object.entries(given)) own[name] = checkParameter(control, name, setting ?? null);
    result[id] = own;
  }
  return result;
}

function checkParameter(control: Parametrized, name: string, value: Json): Json {
  const path = `parameters.${control.id}.${name}`;
  const names = Object.keys(control.parameters);
  if (!names.includes(name)) {
    throw new SettingsError(
      path,
      names.length === 0 ? 'this control has no parameters' : `unknown parameter, expected one of ${names.join(', ')}`,
    );
  }
  const fallback = control.parameters[name] ?? null;
  const expected = typeName(fallback);
  // `topics: all` is written for `topics: [all]`.
  if (Array.isArray(fallback) && fallback.length === 1 && value === fallback[0]) return fallback;
  if (typeName(value) !== expected) throw new SettingsError(path, `seen ${typeName(value)}, expected ${expected}`);
  const isDuration = (text: Json): boolean => typeof text === 'string' && /^\d+[smhd]$/.test(text);
  if (isDuration(fallback) && typeof value === 'string' && !isDuration(value)) {
    throw new SettingsError(path, `seen \`${value}\`, expected a duration such as 24h or 90d`);
  }
  return value;
}

function typeName(value: Json): string {
  if (Array.isArray(value))
    return value.every((item) => typeof item === 'string') ? 'a list of strings' : 'a list of other values';
  if (value === null) return 'null';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/** The files that parameters name, each once, sorted. */
export function namedFiles(settings: Settings): readonly string[] {
  const names = Object.values(settings.parameters).flatMap(({ file }) =>
    typeof file === 'string' && file !== bundledFile ? [file] : [],
  );
  return [...new Set(names)].sort();
}

/** Milliseconds of a duration parameter: `90d`, `24h`, `10m`, `30s`. */
export function durationMs(text: string): number {
  const match = /^(\d+)([smhd])$/.exec(text);
  const unit: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return match === null ? 0 : Number(match[1]) * (unit[match[2] ?? 's'] ?? 0);
}
