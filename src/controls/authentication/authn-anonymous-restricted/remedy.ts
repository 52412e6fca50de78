import { loadAuthenticationConfiguration } from '../../../authentication/configuration.ts';
import { applyEdits } from '../../../cluster/apply-edits.ts';
import type { Change, FieldEdit, Remedy } from '../../../cluster/change.ts';
import { gateEnabled } from '../../../cluster/feature-gates.ts';
import type { Json } from '../../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../../../cluster/json.ts';
import { gateSpec } from '../../../cluster/tables/gate-table.ts';
import { parseDocuments } from '../../../cluster/yaml/parse.ts';
import { tcpProbes } from '../../health-probes.ts';
import type { Mending, SeenFile } from '../../mending.ts';
import { configurationText, gateChanges, mendingOf, newFilePath, notSeen, serverRemedy } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { oidcEntry, oidcFlags } from '../oidc-flags.ts';

const fileFlag = 'authentication-config';
const fileGate = 'StructuredAuthenticationConfiguration';
const blockGate = 'AnonymousAuthConfigurableEndpoints';

const why =
  'anonymous requests reach every path today; only health checks need none, and whoever finds a hole in RBAC needs no credential';
const joins =
  'token-based `kubeadm join` reads kube-public/cluster-info without credentials and fails: join with --discovery-file instead';

/** Anonymous requests limited to health paths by the file's block where this version has it, else off. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  if (at === undefined) return notSeen(finding);
  const paths = stringsAt(context.parameters['allowedPaths']);
  return (hasBlock(at) ? byBlock(at, paths) : undefined) ?? byFlag(at);
};

/** From 1.32 on; in 1.31 where its gate is on. */
function hasBlock(at: Mending): boolean {
  if (at.minor === undefined) return false;
  return at.minor >= 32 || (at.minor === 31 && gateEnabled(at.flags, 'kube-apiserver', 31, blockGate) === true);
}

function apiVersion(minor: number): string {
  return `apiserver.config.k8s.io/${minor >= 34 ? 'v1' : minor >= 30 ? 'v1beta1' : 'v1alpha1'}`;
}

/** Gates of the file and its block that are off, or that this version does not take any more. */
function gates(at: Mending): readonly Change[] {
  const minor = at.minor ?? 0;
  const bad = [fileGate, blockGate].filter((gate) => {
    const named = at.flag('feature-gates').values.some((item) => item.includes(gate));
    return (
      named &&
      (gateSpec(gate, minor) === undefined ||
        at.flag('feature-gates').values.some((item) => new RegExp(`${gate}\\s*=\\s*(?:false|f|0)`, 'i').test(item)))
    );
  });
  return gateChanges(at, bad);
}

function byBlock(at: Mending, paths: readonly string[]): Remedy | undefined {
  const minor = at.minor ?? 0;
  const oidc = oidcEntry(at);
  if (oidc.kind === 'unseen') return undefined;
  const entries = oidc.kind === 'entry' ? [oidc.entry] : [];
  const anonymous = { enabled: true, conditions: paths.map((path) => ({ path })) };
  const common = [...at.remove('anonymous-auth', ...oidcFlags), ...gates(at)];
  const notes = [
    'load-balancer checks of other paths, and clients that read /version without credentials, get 401',
    joins,
    ...(oidc.kind === 'entry'
      ? [...oidc.notes, 'people who sign in by OpenID Connect are authenticated by the file instead of the flags']
      : []),
  ];
  const named = at.flag(fileFlag).value !== '';
  const file = at.seenFile(fileFlag);
  if (file !== undefined) {
    const edits = blockEdits(at, file, entries, anonymous, paths);
    if (edits === undefined) return cannotEdit(file);
    return serverRemedy([...at.edit(file.path, edits), ...common], why, notes);
  }
  if (named && at.file(fileFlag).kind !== 'missing') return undefined;
  const value = {
    apiVersion: apiVersion(minor),
    kind: 'AuthenticationConfiguration',
    ...(entries.length === 0 ? {} : { jwt: entries }),
    anonymous,
  };
  const text = configurationText('Who may ask without credentials: health checks alone.', value);
  const written = at.write(fileFlag, newFilePath(at, fileFlag, 'authentication/config.yaml'), {
    text,
    mode: 0o600,
    secret: false,
  });
  return serverRemedy([...written, ...common], why, notes);
}

/** The smallest edits after which the server takes the file and limits anonymous requests; `undefined`: there are none. */
function blockEdits(
  at: Mending,
  file: SeenFile,
  entries: readonly Json[],
  anonymous: Json,
  paths: readonly string[],
): readonly FieldEdit[] | undefined {
  const minor = at.minor ?? 0;
  const value = parseDocuments(file.text, file.source).documents[0]?.value;
  if (!isObject(value)) return undefined;
  const issuers = listAt(value['jwt']).map((entry) => objectAt(objectAt(entry)['issuer'])['url']);
  const jwt = entries
    .filter((entry) => !issuers.includes(objectAt(objectAt(entry)['issuer'])['url']))
    .map((entry, index): FieldEdit => ({ op: 'insert', path: ['jwt'], index: issuers.length + index, value: entry }));
  const newer: FieldEdit = { op: 'set', path: ['apiVersion'], value: apiVersion(minor) };
  const narrowed = narrow(value['anonymous'], paths);
  const block: FieldEdit = { op: 'set', path: ['anonymous'], value: anonymous };
  const attempts: readonly (readonly FieldEdit[])[] = [
    jwt,
    [...jwt, ...narrowed],
    [...jwt, block],
    [newer, ...jwt],
    [newer, ...jwt, block],
  ];
  return attempts.find((edits) => isMended(at, file, value, edits, paths));
}

/** Takes away the conditions beside the allowed ones, the last first. */
function narrow(block: Json | undefined, paths: readonly string[]): readonly FieldEdit[] {
  const conditions = listAt(objectAt(block)['conditions']);
  return conditions
    .map((condition, index) => ({ index, path: stringAt(objectAt(condition)['path']) ?? '' }))
    .filter(({ path }) => !paths.includes(path))
    .toReversed()
    .map(({ index }): FieldEdit => ({ op: 'remove', path: ['anonymous', 'conditions', index] }));
}

function isMended(at: Mending, file: SeenFile, value: Json, edits: readonly FieldEdit[], paths: readonly string[]): boolean {
  const loaded = load(at, file.path, JSON.stringify(applyEdits(value, edits)));
  const block = loaded?.anonymous;
  if (block === undefined) return false;
  return !block.enabled || (block.conditions.length > 0 && block.conditions.every(({ path }) => paths.includes(path)));
}

function load(at: Mending, path: string, text: string): ReturnType<typeof configurationOf> {
  const minor = at.minor ?? 0;
  return configurationOf(
    loadAuthenticationConfiguration(text, {
      path,
      minor,
      serviceAccountIssuers: at.flags.get('service-account-issuer').values,
      // What stands in the way of the block is taken away in the same change.
      gates: (name) => (name === blockGate ? hasBlock(at) : (gateEnabled(at.flags, 'kube-apiserver', minor, name) ?? false)),
    }),
  );
}

function configurationOf(loaded: ReturnType<typeof loadAuthenticationConfiguration>) {
  return loaded.kind === 'accepted' ? loaded.configuration : undefined;
}

function cannotEdit(file: SeenFile): Remedy {
  return {
    kind: 'none',
    why: `${file.path} is refused by this version's server for more than anonymous access: mend it by hand first, it says who may sign in`,
  };
}

/** Off for every path; the kubelet's probes then need another way. */
function byFlag(at: Mending): Remedy {
  const changes: Change[] = [...at.set('anonymous-auth', 'false'), ...tcpProbes(at), ...fileChanges(at)];
  if (!couldStart(at)) {
    return {
      kind: 'none',
      why: `--${fileFlag} and --oidc-* flags exclude each other, and what the file holds was not seen: keep one of them`,
    };
  }
  if (at.component.seenAs === 'kubeadm') changes.push(kubeadmProbes(at));
  const sideEffects = [
    'HTTPS probes without credentials get 401: those of the static pod become TCP probes in the same change; a load balancer that asks /livez or /healthz needs a TCP check too',
    joins,
  ];
  return serverRemedy(changes, why, sideEffects);
}

function couldStart(at: Mending): boolean {
  const unseen = at.flag(fileFlag).value !== '' && at.flag(fileFlag).exists && at.seenFile(fileFlag) === undefined;
  return !(unseen && at.file(fileFlag).kind !== 'missing' && oidcFlags.some((flag) => at.flag(flag).given));
}

/** What of --authentication-config keeps a version without the block from starting. */
function fileChanges(at: Mending): readonly Change[] {
  const flag = at.flag(fileFlag);
  if (at.flags.errors.some((error) => error.flag === fileFlag)) return at.remove(fileFlag);
  if (!flag.given || at.minor === undefined) return [];
  // A path that shows nothing, or a flag that this version does not know, stops the server whatever else is said.
  if (!flag.exists || at.file(fileFlag).kind === 'missing') return at.remove(fileFlag);
  const on = at.minor >= 30 ? gateChanges(at, offGate(at)) : gateChanges(at, [], { [fileGate]: true });
  const file = at.seenFile(fileFlag);
  if (file === undefined) return on;
  const value = parseDocuments(file.text, file.source).documents[0]?.value ?? null;
  const block: readonly FieldEdit[] =
    isObject(value) && value['anonymous'] !== undefined ? [{ op: 'remove', path: ['anonymous'] }] : [];
  const version: FieldEdit = { op: 'set', path: ['apiVersion'], value: apiVersion(at.minor) };
  const oidc = oidcEntry(at);
  const given = oidcFlags.some((name) => at.flag(name).given);
  const jwt: readonly FieldEdit[] =
    given && oidc.kind === 'entry'
      ? [{ op: 'insert', path: ['jwt'], index: listAt(objectAt(value)['jwt']).length, value: oidc.entry }]
      : [];
  const attempts = [block, [...block, ...jwt], [version, ...block], [version, ...block, ...jwt]];
  const edits = attempts
    .filter((attempt) => !given || attempt.length >= jwt.length)
    .find((attempt) => load(at, file.path, JSON.stringify(applyEdits(value, attempt))) !== undefined);
  return [...on, ...at.edit(file.path, edits ?? block), ...(given ? at.remove(...oidcFlags) : [])];
}

function offGate(at: Mending): readonly string[] {
  return gateEnabled(at.flags, 'kube-apiserver', at.minor ?? 0, fileGate) === false ? [fileGate] : [];
}

/** kubeadm writes the probes itself; only its patches change them. */
function kubeadmProbes(at: Mending): Change {
  const port = Number(at.flag('secure-port').value || '6443');
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) => [
    { op: 'add', path: `/spec/containers/0/${probe}/tcpSocket`, value: { port } },
    { op: 'remove', path: `/spec/containers/0/${probe}/httpGet` },
  ]);
  return {
    kind: 'manual',
    ...(at.host === '' ? {} : { host: at.host }),
    title: 'Make the probes of the API server TCP checks in a patch of kubeadm, in the same step as the flag',
    commands: [
      'mkdir -p /etc/kubernetes/patches',
      `echo '${JSON.stringify(probes)}' > /etc/kubernetes/patches/kube-apiserver+json.json`,
      'kubeadm init phase control-plane apiserver --config CONFIGURATION --patches /etc/kubernetes/patches',
    ],
    done: 'the probes of /etc/kubernetes/manifests/kube-apiserver.yaml are `tcpSocket`',
  };
}
