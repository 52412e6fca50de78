import { loadAuthorizationConfiguration } from '../../authorization/configuration.ts';
import { shownMessage } from '../../cluster/decode/loaded.ts';
import { placeOf } from '../../cluster/document.ts';
import { gateEnabled } from '../../cluster/feature-gates.ts';
import type { Evidence } from '../../results/finding.ts';
import type { ComponentDraft, ComponentView, PerComponent } from '../per-component.ts';
import { startFailure, withoutFile, withoutFlag, withoutVersion } from '../per-component.ts';

/** What a control that reads the chain asks for: the flags that make it, their files, the gate of the file. */
export const chainAsks: PerComponent = {
  component: 'kube-apiserver',
  flags: ['authorization-mode', 'authorization-config'],
  gates: ['StructuredAuthorizationConfiguration'],
  // A distribution that sets the mode cannot set the file as well: the server would not start.
  optional: ['authorization-mode', 'authorization-config'],
};

/** The authorizers of an API server in order, or the verdict that a wrong or unseen configuration has. */
export type Chain =
  | { readonly kind: 'chain'; readonly types: readonly string[]; readonly isDefault: boolean; readonly evidence: Evidence }
  | { readonly kind: 'settled'; readonly draft: ComponentDraft };

const modes: ReadonlySet<string> = new Set(['AlwaysAllow', 'AlwaysDeny', 'ABAC', 'Webhook', 'RBAC', 'Node']);

/** Flags that no server takes beside --authorization-config. */
const modeFlags = [
  'authorization-mode',
  'authorization-webhook-config-file',
  'authorization-webhook-version',
  'authorization-webhook-cache-authorized-ttl',
  'authorization-webhook-cache-unauthorized-ttl',
];

/**
 * Reads the chain: `authorizers[].type` of the file of --authorization-config, else --authorization-mode, whose default is
 * AlwaysAllow in every version. Source: essential.md 3; k8s.io/kubernetes pkg/kubeapiserver/options/authorization.go.
 */
export function authorizerChain(view: ComponentView): Chain {
  const mode = view.flag('authorization-mode');
  const config = view.flag('authorization-config');
  if (config.value !== '') return fromFile(view);
  if (!mode.known) return settled(withoutFlag(view, 'authorization-mode'));
  const refusal = modeRefusal(view, mode.values);
  if (refusal !== undefined) {
    const seen = `--authorization-mode=${mode.value}`;
    return failure(refusal, { ...view.place('authorization-mode'), seen, wanted: 'Node,RBAC' });
  }
  const evidence = view.flagEvidence('authorization-mode', 'Node,RBAC');
  return { kind: 'chain', types: mode.values, isDefault: !mode.given, evidence };
}

/** The first thing that `Validate` of the built-in authorization options refuses. */
function modeRefusal(view: ComponentView, types: readonly string[]): string | undefined {
  if (types.length === 0) return 'at least one authorization-mode must be passed';
  const hasValue = (flag: string): boolean => view.flags.get(flag).value !== '';
  for (const type of types) {
    if (!modes.has(type)) return `authorization-mode ${JSON.stringify(type)} is not a valid mode`;
    // A distribution may set these two elsewhere.
    if (type === 'ABAC' && isAbsent(view, 'authorization-policy-file'))
      return "authorization-mode ABAC's authorization policy file not passed";
    if (type === 'Webhook' && isAbsent(view, 'authorization-webhook-config-file'))
      return "authorization-mode Webhook's authorization config file not passed";
  }
  if (hasValue('authorization-policy-file') && !types.includes('ABAC'))
    return 'cannot specify --authorization-policy-file without mode ABAC';
  if (hasValue('authorization-webhook-config-file') && !types.includes('Webhook'))
    return 'cannot specify --authorization-webhook-config-file without mode Webhook';
  if (new Set(types).size === types.length) return undefined;
  return `authorization-mode [${types.map((type) => JSON.stringify(type)).join(' ')}] has mode specified more than once`;
}

function isAbsent(view: ComponentView, flag: string): boolean {
  const reading = view.flags.get(flag);
  return reading.known && reading.value === '';
}

function settled(draft: ComponentDraft): Chain {
  return { kind: 'settled', draft };
}

function failure(message: string, evidence: Evidence): Chain {
  const text = `kube-apiserver does not start with this configuration: ${message}`;
  return settled({ verdict: 'fail', message: text, evidence: [evidence] });
}

function fromFile(view: ComponentView): Chain {
  const place = view.place('authorization-config');
  const { minor } = view;
  const gate = 'StructuredAuthorizationConfiguration';
  if (minor !== undefined && minor <= 31 && gateEnabled(view.flags, 'kube-apiserver', minor, gate) === false) {
    const message = `--authorization-config cannot be used without enabling ${gate} feature flag`;
    return failure(message, { ...place, seen: '--authorization-config', wanted: 'the gate, or --authorization-mode' });
  }
  const beside = modeFlags.filter((flag) => view.flags.get(flag).given);
  if (beside.length > 0) {
    const message =
      '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined';
    const seen = `--authorization-config and ${beside.map((flag) => `--${flag}`).join(', ')}`;
    return failure(message, { ...place, seen, wanted: 'one of them' });
  }
  const file = view.file('authorization-config');
  if (file.kind === 'missing') {
    const wanted = 'a file that the server can read';
    return failure(`${file.path}: ${file.reason}`, { ...place, seen: file.reason, wanted });
  }
  if (file.kind !== 'seen' || file.text === undefined) return settled(withoutFile(view, 'authorization-config'));
  if (minor === undefined) return settled(withoutVersion(view));
  const loaded = loadAuthorizationConfiguration(file.text, { path: file.path, minor, source: file.source });
  if (loaded.kind === 'refused') {
    const { line, column } = loaded;
    const at = { source: file.source, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
    return settled(startFailure('kube-apiserver', { message: shownMessage(loaded), place: at }));
  }
  const types = loaded.configuration.authorizers.map((authorizer) => authorizer.type);
  view.fact('the chain of authorizers', types.join(','));
  const evidence = { ...placeOf(loaded.document, ['authorizers']), seen: types.join(', '), wanted: 'Node, RBAC' };
  return { kind: 'chain', types, isDefault: false, evidence };
}
