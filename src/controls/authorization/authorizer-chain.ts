import { loadAuthorizationConfiguration } from '../../authorization/configuration.ts';
import { gateEnabled } from '../../cluster/feature-gates.ts';
import type { Evidence } from '../../results/finding.ts';
import type { ComponentDraft, ComponentView } from '../per-component.ts';
import { startFailure } from '../per-component.ts';

/** Flags that make or shape the chain of authorizers. */
export const chainFlags: readonly string[] = ['authorization-mode', 'authorization-config'];

/** The authorizers of an API server in order, or why they are not known, or the failure that a wrong configuration is. */
export type Chain =
  | { readonly kind: 'chain'; readonly types: readonly string[]; readonly evidence: Evidence }
  | { readonly kind: 'failure'; readonly draft: ComponentDraft }
  | { readonly kind: 'unseen' };

const modes: ReadonlySet<string> = new Set(['AlwaysAllow', 'AlwaysDeny', 'ABAC', 'Webhook', 'RBAC', 'Node']);

/**
 * Reads the chain: `authorizers[].type` of the file of --authorization-config, else --authorization-mode, whose default is
 * AlwaysAllow in every version. Source: essential.md 3; k8s.io/kubernetes pkg/kubeapiserver/options/authorization.go.
 */
export function authorizerChain(view: ComponentView): Chain {
  const mode = view.flag('authorization-mode');
  const config = view.flag('authorization-config');
  if (config.value !== '') return fromFile(view);
  const types = mode.value === '' ? ['AlwaysAllow'] : mode.values.length > 0 ? mode.values : mode.value.split(',');
  const place = view.place('authorization-mode');
  const unknown = types.find((type) => !modes.has(type));
  if (unknown !== undefined) {
    return failure(`authorization-mode "${unknown}" is not a valid mode`, { ...place, seen: mode.value, wanted: 'Node,RBAC' });
  }
  if (new Set(types).size !== types.length) {
    return failure(`authorization-mode ${JSON.stringify(types)} has mode specified more than once`, {
      ...place,
      seen: mode.value,
      wanted: 'each mode once',
    });
  }
  view.fact('the chain of authorizers', types.join(','));
  return { kind: 'chain', types, evidence: view.flagEvidence('authorization-mode', 'Node,RBAC') };
}

function failure(message: string, evidence: Evidence): Chain {
  return {
    kind: 'failure',
    draft: {
      verdict: 'fail',
      message: `kube-apiserver does not start with this configuration: ${message}`,
      evidence: [evidence],
    },
  };
}

function fromFile(view: ComponentView): Chain {
  const place = view.place('authorization-config');
  const beside = [
    'authorization-mode',
    'authorization-webhook-config-file',
    'authorization-webhook-version',
    'authorization-webhook-cache-authorized-ttl',
    'authorization-webhook-cache-unauthorized-ttl',
  ];
  if (beside.some((flag) => view.flags.get(flag).given)) {
    const message =
      '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined';
    return failure(message, {
      ...place,
      seen: `--authorization-config and ${beside
        .filter((flag) => view.flags.get(flag).given)
        .map((flag) => `--${flag}`)
        .join(', ')}`,
      wanted: 'one of them',
    });
  }
  const minor = view.minor;
  if (minor === 29 && gateEnabled(view.flags, 'kube-apiserver', minor, 'StructuredAuthorizationConfiguration') === false) {
    return failure(
      '--authorization-config cannot be used without enabling the StructuredAuthorizationConfiguration feature gate',
      { ...place, seen: '--authorization-config', wanted: 'the gate, or --authorization-mode' },
    );
  }
  const file = view.file('authorization-config');
  if (file.kind === 'missing')
    return failure(`${file.path}: ${file.reason}`, { ...place, seen: file.reason, wanted: 'a file that the server can read' });
  if (file.kind !== 'seen' || file.text === undefined || minor === undefined) return { kind: 'unseen' };
  const loaded = loadAuthorizationConfiguration(file.text, { path: file.path, minor, source: file.source });
  if (loaded.kind === 'refused') {
    const error = {
      flag: 'authorization-config',
      message: loaded.message,
      place: {
        source: file.source,
        ...(loaded.line === undefined ? {} : { line: loaded.line }),
        ...(loaded.column === undefined ? {} : { column: loaded.column }),
      },
    };
    return { kind: 'failure', draft: startFailure('kube-apiserver', error) };
  }
  const types = loaded.configuration.authorizers.map((authorizer) => authorizer.type);
  view.fact('the chain of authorizers', types.join(','));
  return {
    kind: 'chain',
    types,
    evidence: { source: file.source, path: 'authorizers', seen: types.join(', '), wanted: 'Node, RBAC' },
  };
}
