import { loadAdmissionConfiguration } from '../../../admission/configuration.ts';
import { compareLevels, parseLevel } from '../../../admission/pod-security/policy.ts';
import { applyEdits } from '../../../cluster/apply-edits.ts';
import type { Change, FieldEdit, Remedy } from '../../../cluster/change.ts';
import type { FieldPath, Json, JsonObject } from '../../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../../../cluster/json.ts';
import { newestMinor } from '../../../cluster/version.ts';
import { parseDocuments } from '../../../cluster/yaml/parse.ts';
import type { Mending, SeenFile } from '../../mending.ts';
import { configurationText, mendingOf, newFilePath, notSeen, serverRemedy } from '../../mending.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';
import { allSystemNamespaces, isSystemNamespace } from '../../settings.ts';
import { mendPlugins, unsettled } from '../mend-plugins.ts';
import { namespacesBelow } from '../namespaces-below.ts';

const flag = 'admission-control-config-file';
const why = 'a namespace without a label takes privileged pods, and whoever may create one owns its node';

/** Baseline everywhere but in system namespaces; namespaces that need more are labelled before. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  if (at === undefined) return notSeen(finding);
  const asked = askedOf(context);
  const file = fileChanges(at, asked);
  if (typeof file === 'string') return { kind: 'none', why: file };
  const plugins = mendPlugins(at, context, ['PodSecurity']);
  const below = namespacesBelow(context, asked.level).filter(({ namespace }) => isLowered(at, asked, plugins, namespace));
  const named = below.flatMap(({ namespace, workloads }) => workloads.map((workload) => `${namespace}/${workload}`));
  const shown = named.slice(0, 20).join(', ') + (named.length > 20 ? ` and ${named.length - 20} more` : '');
  const sideEffects = [
    'pods that run go on; in namespaces without a label a pod below the level is refused at its next start',
    named.length === 0
      ? `no workload that was seen is below ${asked.level} there`
      : `below ${asked.level} today, their namespaces keep privileged by a label of their own: ${shown}`,
  ];
  const step = serverRemedy([...file, ...plugins], why, sideEffects, unsettled(at));
  if (below.length === 0) return step;
  return { kind: 'steps', steps: [labelStep(below, asked.level), step] };
};

/** The level of a namespace without a label rises, or its exemption goes. */
function isLowered(at: Mending, { level, exempt }: Asked, plugins: readonly Change[], namespace: string): boolean {
  const file = at.seenFile(flag);
  const loaded =
    file === undefined ? undefined : loadAdmissionConfiguration(file.text, { path: file.path, minor: at.minor ?? newestMinor });
  const former = loaded?.kind === 'accepted' ? loaded.configuration.podSecurity?.configuration : undefined;
  if (former === undefined || plugins.length > 0) return true;
  const isRaised = compareLevels(parseLevel(former.defaults.enforce) ?? 'privileged', level) < 0;
  return isRaised || (former.exemptions.namespaces.includes(namespace) && !exempt.namespaces(namespace));
}

function labelStep(below: ReturnType<typeof namespacesBelow>, level: string): Extract<Remedy, { kind: 'changes' }> {
  return {
    kind: 'changes',
    by: 'native',
    stage: 'prepare',
    changes: below.map(({ namespace }): Change => ({
      kind: 'patch-object',
      object: { apiVersion: 'v1', kind: 'Namespace', name: namespace },
      patch: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } },
    })),
    why: `these namespaces hold workloads below ${level}: the label keeps them running when the cluster default comes on`,
    sideEffects: ['nothing changes in them: privileged is what they have today'],
  };
}

interface Asked {
  readonly level: 'baseline' | 'restricted' | 'privileged';
  /** What may be exempt. */
  readonly exempt: Readonly<Record<'namespaces' | 'usernames' | 'runtimeClasses', (name: string) => boolean>>;
  readonly systemNamespaces: readonly string[];
}

function askedOf({ parameters, settings }: RemedyContext): Asked {
  const list = (name: string): readonly string[] => stringsAt(parameters[name]);
  return {
    level: parseLevel(stringAt(parameters['level']) ?? '') ?? 'baseline',
    exempt: {
      namespaces: (name) => isSystemNamespace(settings, name) || list('exemptNamespaces').includes(name),
      usernames: (name) => list('exemptUsernames').includes(name),
      runtimeClasses: (name) => list('exemptRuntimeClasses').includes(name),
    },
    systemNamespaces: allSystemNamespaces(settings),
  };
}

function podSecurity({ level, systemNamespaces }: Asked): JsonObject {
  const latest = 'latest';
  const defaults = {
    enforce: level,
    'enforce-version': latest,
    audit: 'restricted',
    'audit-version': latest,
    warn: 'restricted',
    'warn-version': latest,
  };
  return {
    apiVersion: 'pod-security.admission.config.k8s.io/v1',
    kind: 'PodSecurityConfiguration',
    defaults,
    exemptions: { usernames: [], runtimeClasses: [], namespaces: [...systemNamespaces] },
  };
}

function fileChanges(at: Mending, asked: Asked): readonly Change[] | string {
  const file = at.seenFile(flag);
  if (file !== undefined) return editsOf(at, file, asked);
  const state = at.file(flag);
  if (state.kind === 'not-collected')
    return `${state.path} of --${flag} was not seen, and entries of other plug-ins may stand in it: collect it and plan again`;
  const text = configurationText('Pod Security of namespaces without labels of their own.', {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [{ name: 'PodSecurity', configuration: podSecurity(asked) }],
  });
  return at.write(flag, newFilePath(at, flag, 'admission/config.yaml'), { text, mode: 0o600, secret: false });
}

function editsOf(at: Mending, file: SeenFile, asked: Asked): readonly Change[] | string {
  const value = parseDocuments(file.text, file.source).documents[0]?.value ?? null;
  const plugins = listAt(objectAt(value)['plugins']);
  const index = plugins.findIndex((plugin) => objectAt(plugin)['name'] === 'PodSecurity');
  const whole: FieldEdit =
    index < 0
      ? {
          op: 'insert',
          path: ['plugins'],
          index: plugins.length,
          value: { name: 'PodSecurity', configuration: podSecurity(asked) },
        }
      : { op: 'set', path: ['plugins', index, 'configuration'], value: podSecurity(asked) };
  const entry = objectAt(plugins[index]);
  const inline = entry['configuration'];
  const path = stringAt(entry['path']) ?? '';
  const beside = isObject(inline) || path === '' ? undefined : besideFile(at, file, path);
  if (beside !== undefined) {
    const own = parseDocuments(beside.text, beside.source).documents[0]?.value ?? null;
    const edits = entryEdits(own, [], asked);
    if (isMended(at, file, value, asked, JSON.stringify(applyEdits(own, edits)))) return at.edit(beside.path, edits);
  }
  const attempts = [...(isObject(inline) ? [entryEdits(inline, ['plugins', index, 'configuration'], asked)] : []), [whole]];
  const edits = attempts.find((attempt) => isMended(at, file, applyEdits(value, attempt), asked));
  return edits === undefined
    ? `${file.path} is refused by this version's server for more than Pod Security: mend it by hand first`
    : at.edit(file.path, edits);
}

/** The file of an entry that names one; a relative path is meant from the folder of the whole file. */
function besideFile(at: Mending, file: SeenFile, path: string): SeenFile | undefined {
  const folder = file.path.slice(0, file.path.lastIndexOf('/'));
  for (const name of path.startsWith('/') ? [path] : [`${folder}/${path.replace(/^\.\//, '')}`, path]) {
    const found = at.component.files.get(name);
    if (found?.kind === 'seen' && found.text !== undefined) return { ...found, text: found.text };
  }
  return undefined;
}

/** What of a PodSecurityConfiguration must change: a level too low, an exemption beside the allowed ones. */
function entryEdits(configuration: Json, base: FieldPath, { level, exempt }: Asked): readonly FieldEdit[] {
  const defaults = objectAt(objectAt(configuration)['defaults']);
  const exemptions = objectAt(objectAt(configuration)['exemptions']);
  const enforce = parseLevel(stringAt(defaults['enforce']) ?? '');
  const raised: readonly FieldEdit[] =
    enforce !== undefined && compareLevels(enforce, level) >= 0
      ? []
      : [
          { op: 'set', path: [...base, 'defaults', 'enforce'], value: level },
          ...(['audit', 'warn'] as const)
            .filter((mode) => defaults[mode] === undefined)
            .map((mode): FieldEdit => ({ op: 'set', path: [...base, 'defaults', mode], value: 'restricted' })),
        ];
  const removals = (['usernames', 'runtimeClasses', 'namespaces'] as const).flatMap((kind) =>
    listAt(exemptions[kind])
      .map((name, index) => ({ name, index }))
      .filter(({ name }) => typeof name !== 'string' || !exempt[kind](name))
      .toReversed()
      .map(({ index }): FieldEdit => ({ op: 'remove', path: [...base, 'exemptions', kind, index] })),
  );
  return [...raised, ...removals];
}

function isMended(at: Mending, file: SeenFile, value: Json, { level, exempt }: Asked, beside?: string): boolean {
  const loaded = loadAdmissionConfiguration(JSON.stringify(value), {
    path: file.path,
    minor: at.minor ?? newestMinor,
    readFile: (path) => (beside === undefined ? undefined : { text: beside, source: path }),
  });
  if (loaded.kind === 'refused' || loaded.configuration.podSecurity === undefined) return false;
  const { defaults, exemptions } = loaded.configuration.podSecurity.configuration;
  const kinds = ['namespaces', 'usernames', 'runtimeClasses'] as const;
  return (
    compareLevels(parseLevel(defaults.enforce) ?? 'privileged', level) >= 0 &&
    kinds.every((kind) => exemptions[kind].every(exempt[kind]))
  );
}
