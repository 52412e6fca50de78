import { loadAuthenticationConfiguration } from '../../../authentication/configuration.ts';
import { shownMessage } from '../../../cluster/decode/loaded.ts';
import type { Document } from '../../../cluster/document.ts';
import { placeOf } from '../../../cluster/document.ts';
import { gateEnabled } from '../../../cluster/feature-gates.ts';
import { booleanOf } from '../../../cluster/flags.ts';
import type { FieldPath } from '../../../cluster/json.ts';
import type { Evidence } from '../../../results/finding.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure, withoutFile, withoutFlag, withoutVersion } from '../../per-component.ts';
import { oidcFlags } from '../oidc-flags.ts';

/** Gates of the file and of its block `anonymous`. */
const gates = ['AnonymousAuthConfigurableEndpoints', 'StructuredAuthenticationConfiguration'];

function judge(view: ComponentView, allowedPaths: readonly string[]): ComponentDraft {
  const flag = view.flag('anonymous-auth');
  if (view.flag('authentication-config').value === '') return judgeFlag(view);
  const refusal = refusedFlags(view);
  if (refusal !== undefined) return refusal;
  const file = view.file('authentication-config');
  const place = view.place('authentication-config');
  if (file.kind === 'missing') return startFailure('kube-apiserver', { message: `${file.path}: ${file.reason}`, place });
  // A flag on the command line decides by itself: a block beside it would stop the server.
  if (file.kind !== 'seen' || file.text === undefined)
    return flag.given ? judgeFlag(view) : withoutFile(view, 'authentication-config');
  if (view.minor === undefined) return flag.given ? judgeFlag(view) : withoutVersion(view);
  const loaded = load(view, view.minor, { ...file, text: file.text });
  if (loaded.kind === 'refused') {
    const { line, column } = loaded;
    const at = { source: file.source, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
    return startFailure('kube-apiserver', { message: shownMessage(loaded), place: at });
  }
  const block = loaded.configuration.anonymous;
  if (block === undefined) return judgeFlag(view);
  if (!flag.given) return judgeBlock(view, loaded.document, block, allowedPaths);
  const name = view.minor <= 33 ? '--anonynous-auth' : '--anonymous-auth';
  const message = `${name} flag cannot be set when anonymous field is configured in authentication configuration file`;
  return startFailure('kube-apiserver', { message, place: view.place('anonymous-auth') });
}

/** What the server refuses before it opens the file. Source: kubeapiserver options/authentication.go validateOIDCOptions. */
function refusedFlags(view: ComponentView): ComponentDraft | undefined {
  const { minor } = view;
  const structured = 'StructuredAuthenticationConfiguration';
  if (minor !== undefined && minor <= 33 && gateEnabled(view.flags, 'kube-apiserver', minor, structured) === false) {
    const message = `set --feature-gates=${structured}=true to use authentication-config file`;
    return startFailure('kube-apiserver', { message, place: view.place('authentication-config') });
  }
  const oidc = oidcFlags.find((name) => view.flags.get(name).given);
  if (oidc === undefined) return undefined;
  const message = 'authentication-config file and oidc-* flags are mutually exclusive';
  return startFailure('kube-apiserver', { message, place: view.place(oidc) });
}

function load(
  view: ComponentView,
  minor: number,
  file: { readonly path: string; readonly source: string; readonly text: string },
) {
  return loadAuthenticationConfiguration(file.text, {
    path: file.path,
    minor,
    source: file.source,
    serviceAccountIssuers: view.flags.get('service-account-issuer').values,
    gates: (name) => gateEnabled(view.flags, 'kube-apiserver', minor, name) ?? false,
  });
}

interface Block {
  readonly enabled: boolean;
  readonly conditions: readonly { readonly path: string }[];
}

function judgeBlock(view: ComponentView, document: Document, block: Block, allowedPaths: readonly string[]): ComponentDraft {
  const paths = block.conditions.map((condition) => condition.path);
  view.fact('anonymous access', block.enabled ? paths.join(',') || 'every path' : 'off');
  const at = (path: FieldPath, seen: string): Evidence => ({
    ...placeOf(document, ['anonymous', ...path]),
    seen,
    wanted: `enabled: false, or only ${allowedPaths.join(', ')}`,
  });
  if (!block.enabled)
    return { verdict: 'pass', message: 'anonymous requests are off', evidence: [at(['enabled'], 'enabled: false')] };
  if (paths.length === 0)
    return {
      verdict: 'fail',
      message: 'anonymous requests are on for every path',
      evidence: [at([], 'enabled: true without conditions')],
    };
  const other = paths.findIndex((path) => !allowedPaths.includes(path));
  if (other >= 0)
    return {
      verdict: 'fail',
      message: `anonymous requests are on for ${paths.filter((path) => !allowedPaths.includes(path)).join(', ')}`,
      evidence: [at(['conditions', other, 'path'], paths[other] ?? '')],
    };
  return {
    verdict: 'pass',
    message: `anonymous requests are on for ${paths.join(', ')} alone`,
    evidence: [at(['conditions'], paths.join(', '))],
  };
}

function judgeFlag(view: ComponentView): ComponentDraft {
  const flag = view.flag('anonymous-auth');
  const evidence = [view.flagEvidence('anonymous-auth', 'false, or an `anonymous` block limited to health paths')];
  if (!flag.known) return withoutFlag(view, 'anonymous-auth');
  if (booleanOf(flag) === false) return { verdict: 'pass', message: 'anonymous requests are off', evidence };
  const alwaysAllow = view.flags.get('authorization-mode').values.includes('AlwaysAllow');
  const guard = alwaysAllow
    ? '; --authorization-mode=AlwaysAllow makes the server reset it to false, a guard that goes when the mode goes'
    : '';
  return { verdict: 'fail', message: `anonymous requests are on${flag.given ? '' : ' by default'}${guard}`, evidence };
}

export const control = defineControl({
  id: 'authn-anonymous-restricted',
  needs: [
    { kind: 'flags', component: 'kube-apiserver' },
    { kind: 'flag-file', flag: 'authentication-config' },
  ],
  absence: 'not-applicable',
  parameters: { allowedPaths: ['/livez', '/readyz', '/healthz'] },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        const flags = ['anonymous-auth', 'authentication-config'];
        const asks = { component: 'kube-apiserver', flags, gates, optional: flags } as const;
        yield* perComponent(context, asks, (view) => judge(view, context.parameters.allowedPaths));
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'From 1.32 the `anonymous` block of an AuthenticationConfiguration with `conditions` for /livez, /readyz and /healthz, named by `--authentication-config`, and `--anonymous-auth` removed; `--oidc-*` flags become a `jwt` entry in the same change. Below 1.32 `--anonymous-auth=false`, and the manifest’s HTTPS probes become `tcpSocket` in the same change.',
  },
  tradeOffs: [
    'With `false` the HTTPS probes get 401 and the kubelet restarts the server for ever.',
    'Load-balancer checks and token-based `kubeadm join` (anonymous read of kube-public/cluster-info) fail.',
    'The block is read at start only.',
  ],
});
