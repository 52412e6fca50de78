import { componentsOf } from '../../../cluster/components.ts';
import { versionOf } from '../../../cluster/component-version.ts';
import { readFlags } from '../../../cluster/flags.ts';
import { placeOf } from '../../../cluster/document.ts';
import type { Evidence } from '../../../results/finding.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';
import { etcdSettings } from '../etcd-settings.ts';

interface Servers {
  readonly urls: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** What the API servers say of the store: their --etcd-servers. */
function etcdServers<P extends Parameters>(context: Context<P>): Servers {
  const urls: string[] = [];
  const evidence: Evidence[] = [];
  for (const { component } of componentsOf(context.cluster, 'kube-apiserver')) {
    if (component === undefined) continue;
    const flag = readFlags(component, versionOf(context.cluster, component)?.minor).get('etcd-servers');
    urls.push(...flag.values);
    if (flag.given) evidence.push({ ...(flag.place ?? placeOf(component.document, [])), seen: flag.value, wanted: 'https URLs' });
  }
  return { urls: [...new Set(urls)], evidence };
}

function isKine(url: string): boolean {
  return url.startsWith('unix:') || url.includes('kine');
}

function judgeMember(view: ComponentView): ComponentDraft {
  const settings = etcdSettings(view.component);
  if (settings.kind === 'unseen') return { verdict: 'unknown', message: settings.why, evidence: [] };
  const faults: { readonly text: string; readonly evidence: Evidence }[] = [];
  for (const [name, setting] of [
    ['listen-client-urls', settings.clientUrls],
    ['listen-client-http-urls', settings.clientHttpUrls],
  ] as const) {
    const plain = setting.values.filter(
      (url) => !url.startsWith('https://') && !url.startsWith('unix:') && !url.startsWith('unixs:'),
    );
    if (plain.length > 0)
      faults.push({
        text: `${plain.join(', ')} is served without TLS`,
        evidence: { ...setting.place, seen: `${name}: ${setting.values.join(',')}`, wanted: 'https URLs' },
      });
  }
  const { certFile, keyFile, trustedCaFile, autoTls, clientCertAuth } = settings;
  const certificates = certFile.value !== '' && keyFile.value !== '';
  if (!certificates)
    faults.push({
      text: autoTls.value === 'true' ? 'the certificate is self-signed (auto-tls)' : 'there is no certificate and key',
      evidence: { ...certFile.place, seen: 'cert-file or key-file is not set', wanted: 'cert-file and key-file' },
    });
  if (trustedCaFile.value === '')
    faults.push({
      text: 'no trusted CA: clients are not asked for a certificate of the cluster',
      evidence: { ...trustedCaFile.place, seen: 'trusted-ca-file is not set', wanted: 'trusted-ca-file' },
    });
  const notes = [
    ...(trustedCaFile.value !== '' && clientCertAuth.value !== 'true'
      ? ['client-cert-auth is not true; with a trusted CA etcd asks for a client certificate all the same']
      : []),
    ...(certificates && autoTls.value === 'true' ? ['auto-tls is ignored beside certificates'] : []),
  ];
  if (faults.length > 0)
    return {
      verdict: 'fail',
      message: faults.map(({ text }) => text).join('; '),
      evidence: faults.map(({ evidence }) => evidence),
      notes,
    };
  const evidence = [{ ...settings.clientUrls.place, seen: settings.clientUrls.values.join(',') }];
  return { verdict: 'pass', message: 'clients are served over TLS alone and must show a certificate', evidence, notes };
}

function* judge<P extends Parameters>(context: Context<P>): Iterable<Draft> {
  const servers = etcdServers(context);
  const kine = servers.urls.filter(isKine);
  if (kine.length > 0) {
    yield {
      verdict: 'not-applicable',
      subject: { kind: 'etcd member', name: '' },
      message: `the store is not etcd: ${kine.join(', ')}`,
      evidence: servers.evidence,
    };
    return;
  }
  const plain = servers.urls.filter((url) => url.startsWith('http://'));
  if (plain.length > 0) {
    yield {
      verdict: 'fail',
      subject: { kind: 'API server', name: '' },
      message: `the API server reads etcd without TLS: ${plain.join(', ')}`,
      evidence: servers.evidence,
    };
  }
  for (const draft of perComponent(context, { component: 'etcd', flags: [] }, judgeMember)) {
    const unseen = draft.verdict === 'unknown' && draft.evidence.length === 0 && servers.urls.length > 0;
    yield unseen ? { ...draft, evidence: servers.evidence } : draft;
  }
}

export const control = defineControl({
  id: 'etcd-client-tls',
  needs: [{ kind: 'flags', component: 'etcd' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [{ since: '1.28', evaluate: (context) => judge(context) }],
  remedy: {
    kind: 'native',
    text: 'https URLs in `--listen-client-urls`, `--cert-file`, `--key-file`, `--trusted-ca-file` and `--client-cert-auth=true`; metrics on `--listen-metrics-urls=http://127.0.0.1:2381`; in the API server https `--etcd-servers` with `--etcd-cafile`, `--etcd-certfile` and `--etcd-keyfile`, in the same change.',
  },
  tradeOffs: [
    'etcd and the API server must change together, or the cluster is down; several members one at a time, with a quorum kept.',
    'Backups and health checks need the client certificate.',
  ],
});
