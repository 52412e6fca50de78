import type { Change, Remedy } from '../../../cluster/change.ts';
import { applyEdits } from '../../../cluster/apply-edits.ts';
import { gateEnabled } from '../../../cluster/feature-gates.ts';
import type { Json, JsonObject } from '../../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../../../cluster/json.ts';
import { newestMinor } from '../../../cluster/version.ts';
import { parseDocuments } from '../../../cluster/yaml/parse.ts';
import type { EncryptionConfiguration } from '../../../encryption/configuration.ts';
import { loadEncryptionConfiguration, parseGroupResource, writeProvider } from '../../../encryption/configuration.ts';
import { keyEdits } from '../../../encryption/key-edits.ts';
import type { Mending, SeenFile } from '../../mending.ts';
import { configurationText, gateChanges, mendingOf, mendingsOf, newFilePath, notSeen, serverRemedy } from '../../mending.ts';
import { mountFolder } from '../../pod-mounts.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';

const flag = 'encryption-provider-config';
const why =
  'Secrets lie in etcd, in its backups and on its disk as plaintext or under a weak cipher; whoever reads those reads every credential';
const sideEffects = [
  'a broken file stops the API server: the sandbox starts one with it first',
  'whoever loses the key loses the data: keep a copy of the file apart from the backups of etcd, and never in the same place',
  'what is stored already stays as it is until it is rewritten, which the next group does: load, and a watch event for every object',
];

/** A fresh secretbox key writes, everything that was there before reads on. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  if (at === undefined) return notSeen(finding);
  if (finding.subject.kind === 'API server') return startingGates(at, finding.message);
  const resources = stringsAt(context.parameters['resources']);
  const other = encryptingServer(at, context, resources);
  if (other !== undefined) {
    const from = `the API server on ${other.host} encrypts already, with a key that was not read`;
    const why = `${from}: copy its ${other.flag(flag).value} to ${at.host} and name it by --${flag}; with a key of its own neither server could read what the other writes`;
    return { kind: 'none', why };
  }
  const plan = planFor(at, context, resources);
  if (typeof plan === 'string') return { kind: 'none', why: plan };
  const rewrite = rewriteStep(plan.rewritten);
  const servers = mendingsOf(context, 'kube-apiserver');
  if (servers.length < 2) return { kind: 'steps', steps: [serverRemedy(plan.writer, why, sideEffects), rewrite] };
  const reading = serverRemedy(
    plan.reader,
    'with several API servers the new key must be readable by all of them before one writes with it',
    sideEffects,
  );
  return { kind: 'steps', steps: [reading, serverRemedy(plan.writer, why, sideEffects), rewrite] };
};

/** Another API server whose file encrypts a resource today: all servers of a cluster share their keys. */
function encryptingServer(at: Mending, context: RemedyContext, resources: readonly string[]): Mending | undefined {
  const weak = stringsAt(context.parameters['weakProviders']);
  return mendingsOf(context, 'kube-apiserver').find((server) => {
    const file = server.host === at.host ? undefined : server.seenFile(flag);
    if (file === undefined) return false;
    const loaded = load(server, file, parseDocuments(file.text, file.source).documents[0]?.value ?? null);
    if (typeof loaded === 'string') return false;
    const own = at.seenFile(flag);
    const isSame = own !== undefined && own.text === file.text;
    return (
      !isSame &&
      resources.some((resource) => !['identity', ...weak].includes(writeProvider(loaded, resource)?.provider ?? 'identity'))
    );
  });
}

/** The server does not start for a flag of its own: nothing is said of a resource. */
function startingGates(at: Mending, message: string): Remedy {
  const changes = gateChanges(at, []);
  if (changes.length === 0) return { kind: 'none', why: `${message}; mend that first` };
  return serverRemedy(changes, 'with these feature gates the API server does not start', [
    'entries that no server takes go, the others stay',
  ]);
}

interface KeyPlan {
  /** The new key reads only: for all servers before one of them writes with it. */
  readonly reader: readonly Change[];
  readonly writer: readonly Change[];
  /** Resources whose stored objects then are to be rewritten. */
  readonly rewritten: readonly string[];
}

function rewriteStep(resources: readonly string[]): Extract<Remedy, { kind: 'changes' }> {
  return {
    kind: 'changes',
    by: 'native',
    stage: 'after-restart',
    changes: resources.map((name): Change => {
      const { group, resource } = parseGroupResource(name);
      return { kind: 'rewrite-objects', resource, apiGroup: group };
    }),
    why: 'an object is encrypted when it is written: those that are stored already are written once more, unchanged',
    sideEffects: [
      'load on the API server and a watch event for every object; a policy that refuses an old object stops it there',
    ],
  };
}

function planFor(at: Mending, context: RemedyContext, resources: readonly string[]): KeyPlan | string {
  const file = at.seenFile(flag);
  const weak = stringsAt(context.parameters['weakProviders']);
  if (file !== undefined) return planForFile(at, context, file, resources, weak);
  const state = at.file(flag);
  if (state.kind === 'not-collected' || (state.kind === 'missing' && state.reason.includes('mount')))
    return `${state.path} of --${flag} was not seen, and its keys may be needed to read what is stored: make it visible to the API server, or collect it, and plan again`;
  const path = newFilePath(at, flag, 'encryption/config.yaml');
  const key = newKey(context, []);
  const text = (providers: readonly Json[]): string =>
    configurationText('Who writes first, who reads after: the key here is worth all Secrets of the cluster.', {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'EncryptionConfiguration',
      resources: [{ resources: [...resources], providers: [...providers] }],
    });
  const write = (providers: readonly Json[]) => at.write(flag, path, { text: text(providers), mode: 0o600, secret: true });
  // The folder, not the file: a later file that is put in its place on the host is seen.
  const mount = mountFolder(at, path.replace(/\/[^/]*$/, ''), 'encryption');
  const isShared = mendingsOf(context, 'kube-apiserver').length > 1;
  return {
    reader: [...mount, ...write([{ identity: {} }, key])],
    writer: [...(isShared ? [] : mount), ...write([key, { identity: {} }])],
    rewritten: resources,
  };
}

/** `bulwark-2026-11-26`: a name of its own, since the stored prefix holds it and the former keys keep theirs. */
function newKey(context: RemedyContext, taken: readonly string[]): JsonObject {
  const base = `bulwark-${context.now.slice(0, 10)}`;
  let name = base;
  for (let count = 2; taken.includes(name); count++) name = `${base}-${count}`;
  const secret = Buffer.from(context.random(`encryption key ${name}`, 32)).toString('base64');
  return { secretbox: { keys: [{ name, secret }] } };
}

function planForFile(
  at: Mending,
  context: RemedyContext,
  file: SeenFile,
  resources: readonly string[],
  weak: readonly string[],
): KeyPlan | string {
  const value = parseDocuments(file.text, file.source).documents[0]?.value ?? null;
  const gates = usesKmsV1(value) && (at.minor ?? newestMinor) >= 29 ? gateChanges(at, [], { KMSv1: true }) : [];
  const loaded = load(at, file, value);
  if (typeof loaded === 'string')
    return `${file.path} is refused (${loaded}); its keys may be needed to read what is stored, so it is not replaced: mend that line and plan again`;
  const key = newKey(context, keyNames(value));
  const edits = keyEdits(loaded, key, resources, ({ provider }) => provider === 'identity' || weak.includes(provider));
  const refusal = load(at, file, applyEdits(value, edits.writer));
  if (typeof refusal === 'string') return `${file.path} cannot be edited safely: the server would say ${refusal}`;
  const isShared = mendingsOf(context, 'kube-apiserver').length > 1;
  return {
    reader: [...at.edit(file.path, edits.reader, true), ...gates],
    writer: [...at.edit(file.path, isShared ? edits.promotion : edits.writer, true), ...gates],
    rewritten: edits.rewritten,
  };
}

/** The configuration as this version's server loads it, or its message. */
function load(at: Mending, file: SeenFile, value: Json): EncryptionConfiguration | string {
  const minor = at.minor ?? newestMinor;
  const loaded = loadEncryptionConfiguration(JSON.stringify(value), {
    path: file.path,
    minor,
    gates: (name) => name === 'KMSv1' || (gateEnabled(at.flags, 'kube-apiserver', minor, name) ?? false),
  });
  return loaded.kind === 'accepted' ? loaded.configuration : (loaded.reportMessage ?? loaded.message);
}

function providersIn(value: Json): readonly JsonObject[] {
  return listAt(objectAt(value)['resources']).flatMap((entry) => listAt(objectAt(entry)['providers']).map(objectAt));
}

function usesKmsV1(value: Json): boolean {
  return providersIn(value).some(({ kms }) => isObject(kms) && kms['apiVersion'] !== 'v2');
}

function keyNames(value: Json): readonly string[] {
  return providersIn(value)
    .flatMap((provider) => Object.values(provider))
    .flatMap((provider) => listAt(objectAt(provider)['keys']).map((key) => stringAt(objectAt(key)['name']) ?? ''));
}
