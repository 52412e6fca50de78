import { loadAuthorizationConfiguration } from '../../authorization/configuration.ts';
import { applyEdits } from '../../cluster/apply-edits.ts';
import type { Change, FieldEdit, Remedy } from '../../cluster/change.ts';
import { gateEnabled } from '../../cluster/feature-gates.ts';
import type { Json } from '../../cluster/json.ts';
import { listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import type { Mending, SeenFile } from '../mending.ts';
import { gateChanges, serverRemedy } from '../mending.ts';

const fileFlag = 'authorization-config';
const gate = 'StructuredAuthorizationConfiguration';
const webhookFlags = ['config-file', 'version', 'cache-authorized-ttl', 'cache-unauthorized-ttl'].map(
  (name) => `authorization-webhook-${name}`,
);

/** Authorizers that let everything through, or whose lines nobody reviews. */
const open: ReadonlySet<string> = new Set(['AlwaysAllow', 'ABAC']);
const modes: ReadonlySet<string> = new Set(['AlwaysDeny', 'Webhook', 'RBAC', 'Node']);

/** Node and RBAC in the chain, AlwaysAllow and ABAC out of it, other authorizers kept: where the chain stands, in a flag or a file. */
export function mendChain(at: Mending): Remedy {
  const file = at.seenFile(fileFlag);
  const usesFile = file !== undefined && at.flag(fileFlag).exists && at.minor !== undefined;
  const edits = usesFile ? fileEdits(at, file) : [];
  if (edits === undefined) {
    const why = `the file ${file?.path ?? ''} is refused by this version's server for more than its chain: mend it by hand first, it says who may do what`;
    return { kind: 'none', why };
  }
  if (!usesFile && isHidden(at))
    return {
      kind: 'none',
      why: `${at.flag(fileFlag).value} of --${fileFlag} was not seen: collect it, or set the chain by --authorization-mode`,
    };
  const changes = usesFile ? byFile(at, file, edits) : byFlag(at);
  return serverRemedy(changes, why, sideEffects(at), { stage: 'lock-out', alternatives });
}

const why = 'without Node and RBAC alone in charge, requests are let through that no role grants';
const alternatives = ['an AuthorizationConfiguration with the authorizers Node and RBAC, from 1.30 on'];

function sideEffects(at: Mending): readonly string[] {
  const abac = at.flag('authorization-policy-file').value;
  return [
    'whatever lived on the open authorizer loses its rights: rehearse the plan on the audit log, and have your own user bound to an admin role before',
    ...(abac === '' ? [] : [`the lines of ${abac} must exist as roles and bindings first: \`cat ${abac}\` lists them`]),
    'agents that share a kubelet’s credential are limited to what its node needs',
  ];
}

/** The file counts and what it holds was not seen. */
function isHidden(at: Mending): boolean {
  const flag = at.flag(fileFlag);
  return flag.value !== '' && flag.exists && !at.flag('authorization-mode').given && at.file(fileFlag).kind === 'not-collected';
}

function byFlag(at: Mending): readonly Change[] {
  const flag = at.flag('authorization-mode');
  const kept = [...new Set(flag.given ? flag.values : [])].filter((mode) => modes.has(mode) && !lacksFile(at, mode));
  const missing = ['Node', 'RBAC'].filter((mode) => !kept.includes(mode));
  const chain = [...missing, ...kept];
  return [
    ...at.set('authorization-mode', chain.join(',')),
    ...at.remove(fileFlag, 'authorization-policy-file', ...(chain.includes('Webhook') ? [] : webhookFlags)),
  ];
}

function lacksFile(at: Mending, mode: string): boolean {
  const file = at.flag('authorization-webhook-config-file');
  return mode === 'Webhook' && file.known && file.value === '';
}

function byFile(at: Mending, file: SeenFile, edits: readonly FieldEdit[]): readonly Change[] {
  const off = at.minor !== undefined && at.minor <= 31 && gateEnabled(at.flags, 'kube-apiserver', at.minor, gate) === false;
  const gates = !off ? [] : at.minor === 29 ? gateChanges(at, [], { [gate]: true }) : gateChanges(at, [gate]);
  return [...at.edit(file.path, edits), ...at.remove('authorization-mode', ...webhookFlags), ...gates];
}

/** The smallest edits of the list of authorizers; `undefined` where this version's server refuses the file for another reason. */
function fileEdits(at: Mending, file: SeenFile): readonly FieldEdit[] | undefined {
  const value = parseDocuments(file.text, file.source).documents[0]?.value ?? null;
  const authorizers = listAt(objectAt(value)['authorizers']);
  const typeOf = (authorizer: Json): string => stringAt(objectAt(authorizer)['type']) ?? '';
  const removals = authorizers
    .map((authorizer, index) => ({ index, type: typeOf(authorizer) }))
    .filter(
      ({ type, index }) =>
        open.has(type) || (type !== 'Webhook' && authorizers.findIndex((other) => typeOf(other) === type) < index),
    )
    .toReversed()
    .map(({ index }): FieldEdit => ({ op: 'remove', path: ['authorizers', index] }));
  const names = authorizers.map((authorizer) => stringAt(objectAt(authorizer)['name']) ?? '');
  const missing = ['Node', 'RBAC'].filter((type) => !authorizers.some((authorizer) => typeOf(authorizer) === type));
  const additions = missing.map((type, index): FieldEdit => {
    const name = type.toLowerCase();
    const value = { type, name: names.includes(name) ? `${name}-authorizer` : name };
    return { op: 'insert', path: ['authorizers'], index, value };
  });
  const edits = [...removals, ...additions];
  const version: FieldEdit = { op: 'set', path: ['apiVersion'], value: `apiserver.config.k8s.io/${apiVersion(at.minor ?? 0)}` };
  const renamed = authorizers.flatMap((authorizer, index): readonly FieldEdit[] => {
    const type = typeOf(authorizer);
    return type === 'Node' || type === 'RBAC'
      ? [{ op: 'set', path: ['authorizers', index, 'name'], value: type.toLowerCase() }]
      : [];
  });
  return [edits, [version, ...edits], [...renamed, ...edits], [version, ...renamed, ...edits]].find((attempt) =>
    isLoaded(at, file, applyEdits(value, attempt)),
  );
}

function apiVersion(minor: number): string {
  return minor >= 32 ? 'v1' : minor >= 30 ? 'v1beta1' : 'v1alpha1';
}

function isLoaded(at: Mending, file: SeenFile, value: Json): boolean {
  return loadAuthorizationConfiguration(JSON.stringify(value), { path: file.path, minor: at.minor ?? 0 }).kind === 'accepted';
}
