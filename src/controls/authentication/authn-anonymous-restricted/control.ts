import { loadAuthenticationConfiguration } from '../../../authentication/configuration.ts';
import { gateEnabled } from '../../../cluster/feature-gates.ts';
import type { Evidence } from '../../../results/finding.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';

const gate = 'AnonymousAuthConfigurableEndpoints';

/** No version starts with one of these beside --authentication-config, whatever the file holds. */
const oidcFlags = [
  'issuer-url',
  'client-id',
  'ca-file',
  'username-claim',
  'username-prefix',
  'groups-claim',
  'groups-prefix',
  'required-claim',
  'signing-algs',
].map((name) => `oidc-${name}`);

function judge(view: ComponentView, allowedPaths: readonly string[]): ComponentDraft | Iterable<ComponentDraft> {
  const flag = view.flag('anonymous-auth');
  const config = view.flag('authentication-config');
  if (config.value === '') return judgeFlag(view);
  const oidc = oidcFlags.filter((name) => view.flags.get(name).given);
  if (oidc.length > 0) {
    const message = 'authentication-config file and oidc-* flags are mutually exclusive';
    return startFailure('kube-apiserver', {
      flag: 'authentication-config',
      message,
      place: view.place(oidc[0] ?? 'authentication-config'),
    });
  }
  const file = view.file('authentication-config');
  if (file.kind === 'missing')
    return startFailure('kube-apiserver', {
      message: `${file.path}: ${file.reason}`,
      place: view.place('authentication-config'),
    });
  if (file.kind !== 'seen' || file.text === undefined || view.minor === undefined) {
    // A flag on the command line decides by itself: a block beside it would stop the server.
    return flag.given ? judgeFlag(view) : { verdict: 'pass', message: '', evidence: [] };
  }
  const loaded = loadAuthenticationConfiguration(file.text, {
    path: file.path,
    minor: view.minor,
    source: file.source,
    serviceAccountIssuers: view.flags.get('service-account-issuer').values,
    gates: (name) => gateEnabled(view.flags, 'kube-apiserver', view.minor ?? 37, name) ?? false,
  });
  if (loaded.kind === 'refused') {
    const place = {
      source: file.source,
      ...(loaded.line === undefined ? {} : { line: loaded.line }),
      ...(loaded.column === undefined ? {} : { column: loaded.column }),
    };
    return startFailure('kube-apiserver', { flag: 'authentication-config', message: loaded.message, place });
  }
  const block = loaded.configuration.anonymous;
  if (block === undefined) return judgeFlag(view);
  if (flag.given) {
    const name = view.minor <= 33 ? '--anonynous-auth' : '--anonymous-auth';
    const message = `${name} flag cannot be set when anonymous field is configured in authentication configuration file`;
    return startFailure('kube-apiserver', { flag: 'anonymous-auth', message, place: view.place('anonymous-auth') });
  }
  if (gateEnabled(view.flags, 'kube-apiserver', view.minor, gate) === false) {
    const message = 'anonymous is not supported when AnonymousAuthConfigurableEnpoints feature gate is disabled';
    return startFailure('kube-apiserver', {
      flag: 'authentication-config',
      message,
      place: { source: file.source, path: 'anonymous' },
    });
  }
  return judgeBlock(view, file.source, block, allowedPaths);
}

interface Block {
  readonly enabled: boolean;
  readonly conditions: readonly { readonly path: string }[];
}

function judgeBlock(view: ComponentView, source: string, block: Block, allowedPaths: readonly string[]): ComponentDraft {
  const paths = block.conditions.map((condition) => condition.path);
  view.fact('anonymous access', block.enabled ? paths.join(',') || 'every path' : 'off');
  const at = (path: string, seen: string): Evidence => ({
    source,
    path,
    seen,
    wanted: `enabled: false, or only ${allowedPaths.join(', ')}`,
  });
  if (!block.enabled)
    return { verdict: 'pass', message: 'anonymous requests are off', evidence: [at('anonymous.enabled', 'false')] };
  if (paths.length === 0)
    return {
      verdict: 'fail',
      message: 'anonymous requests are on for every path',
      evidence: [at('anonymous', 'enabled: true without conditions')],
    };
  const other = paths.findIndex((path) => !allowedPaths.includes(path));
  if (other >= 0)
    return {
      verdict: 'fail',
      message: `anonymous requests are on for ${paths[other] ?? ''}`,
      evidence: [at(`anonymous.conditions[${other}].path`, paths[other] ?? '')],
    };
  return {
    verdict: 'pass',
    message: `anonymous requests are on for ${paths.join(', ')} alone`,
    evidence: [at('anonymous.conditions', paths.join(', '))],
  };
}

function judgeFlag(view: ComponentView): ComponentDraft {
  const flag = view.flag('anonymous-auth');
  const evidence = [view.flagEvidence('anonymous-auth', 'false, or an `anonymous` block limited to health paths')];
  if (flag.value === 'false') return { verdict: 'pass', message: 'anonymous requests are off', evidence };
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
        const asks = { component: 'kube-apiserver', flags, optional: ['authentication-config'] } as const;
        yield* perComponent(context, { ...asks, filesUnless: { 'authentication-config': 'anonymous-auth' } }, (view) =>
          judge(view, context.parameters.allowedPaths),
        );
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
