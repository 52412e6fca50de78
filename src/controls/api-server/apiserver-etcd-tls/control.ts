import type { Context, Draft } from '../../control.ts';
import { defineControl } from '../../control.ts';
import { hiddenFlag } from '../../every-minor.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';

const files = ['etcd-cafile', 'etcd-certfile', 'etcd-keyfile'];
const asks = { component: 'kube-apiserver', flags: ['etcd-servers', 'etcd-servers-overrides', ...files] } as const;

function judge(view: ComponentView): ComponentDraft {
  const servers = view.flag('etcd-servers');
  const kine = servers.values.filter((url) => url.startsWith('unix:') || url.includes('kine'));
  if (kine.length > 0)
    return {
      verdict: 'not-applicable',
      message: `the store is not etcd: ${kine.join(', ')}`,
      evidence: [view.flagEvidence('etcd-servers', 'https URLs of etcd')],
      notes: ['whether the data store behind it is reached over TLS was not asked: see its endpoint (k3s: `datastore-endpoint`)'],
    };
  const all = [
    ...servers.values.map((url) => ({ flag: 'etcd-servers', url })),
    ...overriddenServers(view).map((url) => ({ flag: 'etcd-servers-overrides', url })),
  ];
  const plain = all.filter(({ url }) => !url.startsWith('https://'));
  const missing = files.filter((flag) => view.flag(flag).known && view.flag(flag).value === '');
  if (plain.length > 0 || missing.length > 0) return failure(view, plain, missing);
  const hidden = hiddenFlag(view, ['etcd-servers', ...files]);
  if (hidden !== undefined) return hidden;
  if (servers.value === '')
    return startFailure('kube-apiserver', { message: '--etcd-servers must be specified', place: view.place('etcd-servers') });
  for (const flag of files) {
    const file = view.file(flag);
    if (file.kind === 'missing')
      return startFailure('kube-apiserver', { message: `${file.path} of --${flag}: ${file.reason}`, place: view.place(flag) });
  }
  view.fact('the etcd servers', servers.value);
  const evidence = [view.flagEvidence('etcd-servers', 'https URLs'), ...files.map((flag) => view.flagEvidence(flag, 'a file'))];
  return { verdict: 'pass', message: 'etcd is reached over TLS, with its CA checked and a client certificate shown', evidence };
}

/** `/events#https://a:2379;https://b:2379`: the servers of one resource, split by semicolons. */
function overriddenServers(view: ComponentView): readonly string[] {
  return view.flag('etcd-servers-overrides').values.flatMap((entry) => {
    const hash = entry.indexOf('#');
    const servers = hash < 0 ? entry : entry.slice(hash + 1);
    return servers.split(';').filter((url) => url !== '');
  });
}

function failure(
  view: ComponentView,
  plain: readonly { readonly flag: string; readonly url: string }[],
  missing: readonly string[],
): ComponentDraft {
  const texts = [
    ...(plain.length === 0 ? [] : [`${plain.map(({ url }) => url).join(', ')} is read without TLS`]),
    ...(missing.length === 0 ? [] : [`${missing.map((flag) => `--${flag}`).join(', ')} not set`]),
  ];
  const flags = [...new Set([...plain.map(({ flag }) => flag), ...missing])];
  const evidence = flags.map((flag) => view.flagEvidence(flag, files.includes(flag) ? 'a file' : 'https URLs'));
  return {
    verdict: 'fail',
    message: `${texts.join('; ')}: what the cluster holds can be read or changed on the way to etcd`,
    evidence,
  };
}

function evaluate(context: Context): Iterable<Draft> {
  return perComponent(context, { ...asks, optional: ['etcd-servers-overrides'] }, judge);
}

export const control = defineControl({
  id: 'apiserver-etcd-tls',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [{ since: '1.28', evaluate }],
  remedy: {
    kind: 'native',
    text: 'https URLs in `--etcd-servers` and in every entry of `--etcd-servers-overrides`, with `--etcd-cafile`, `--etcd-certfile` and `--etcd-keyfile`; etcd itself must serve TLS in the same change. With kubeadm an external etcd is named by `etcd.external`.',
  },
  tradeOffs: [
    'etcd and the API server must change together, or the cluster is down.',
    'A certificate that runs out then stops the control plane: watch its expiry.',
  ],
});
