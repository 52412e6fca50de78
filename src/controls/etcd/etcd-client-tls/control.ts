import { componentsOf } from '../../../cluster/components.ts';
import { versionOf } from '../../../cluster/component-version.ts';
import { flagFile } from '../../../cluster/flag-file.ts';
import { placeOfFlag, readFlags } from '../../../cluster/flags.ts';
import type { Evidence } from '../../../results/finding.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { componentSubject, perComponent } from '../../per-component.ts';
import type { EtcdServers } from '../etcd-servers.ts';
import { etcdServersOf, isOtherStore, unseenEndpoints } from '../etcd-servers.ts';
import type { EtcdSetting, EtcdSettings } from '../etcd-settings.ts';
import { clientFlags, etcdSettings, unseenConfigFile } from '../etcd-settings.ts';

interface Fault {
  readonly text: string;
  readonly evidence: Evidence;
}

/** URLs without TLS; unix sockets are not judged. */
function plainUrls(name: string, setting: EtcdSetting): readonly Fault[] {
  const plain = setting.values.filter((url) => !/^(?:https|unixs?):/.test(url));
  if (plain.length === 0 || !setting.known) return [];
  const evidence = { ...setting.place, seen: `${name}: ${setting.values.join(',')}`, wanted: 'https URLs' };
  return [{ text: `${plain.join(', ')} is served without TLS`, evidence }];
}

function unset(name: string, setting: EtcdSetting, text: string): readonly Fault[] {
  if (setting.value !== '' || !setting.known) return [];
  return [{ text, evidence: { ...setting.place, seen: `${name} is not set`, wanted: name } }];
}

function faultsOf(settings: EtcdSettings): readonly Fault[] {
  const selfSigned = settings.autoTls ? ', so that auto-tls makes one that nobody signed' : '';
  const alone = settings.clientCertAuth ? ': the public CAs of the host decide whose certificate counts' : '';
  return [
    ...plainUrls('listen-client-urls', settings.clientUrls),
    ...plainUrls('listen-client-http-urls', settings.clientHttpUrls),
    ...unset('cert-file', settings.certFile, `there is no certificate${selfSigned}`),
    ...unset('key-file', settings.keyFile, 'there is no key'),
    ...unset('trusted-ca-file', settings.trustedCaFile, `there is no trusted CA${alone || ': clients need no certificate'}`),
  ];
}

/**
 * A file that no mount of the static pod shows: etcd does not start. One that the tree lacks says nothing: who copies a tree leaves
 * keys out.
 */
function missingFiles(view: ComponentView): readonly Fault[] {
  return (['cert-file', 'key-file', 'trusted-ca-file'] as const).flatMap((name) => {
    const reading = view.flag(name);
    const file = flagFile(view.component, reading);
    if (file.kind !== 'missing' || !file.reason.includes('volume mount')) return [];
    const evidence = { ...placeOfFlag(view.component, reading), seen: file.reason, wanted: `${file.path}, visible to etcd` };
    return [{ text: `etcd does not start: ${file.path} of ${name}: ${file.reason}`, evidence }];
  });
}

function notesOf(settings: EtcdSettings): readonly string[] {
  return [
    ...(settings.trustedCaFile.value !== '' && !settings.clientCertAuth
      ? ['client-cert-auth is not true; with a trusted CA etcd asks for a client certificate all the same']
      : []),
    ...(settings.certFile.value !== '' && settings.keyFile.value !== '' && settings.autoTls
      ? ['auto-tls is ignored beside certificates']
      : []),
  ];
}

function judgeMember(view: ComponentView): ComponentDraft {
  const file = unseenConfigFile(view);
  if (file !== undefined) {
    const evidence = [{ ...view.place('config-file'), seen: file.path, wanted: 'a configuration file that etcd can read' }];
    return file.missing
      ? { verdict: 'fail', message: `etcd does not start: there is no ${file.path}`, evidence }
      : { verdict: 'unknown', message: `${file.path}, which alone counts, was not seen`, evidence };
  }
  const settings = etcdSettings(view);
  const faults = [...faultsOf(settings), ...missingFiles(view)];
  const found = notesOf(settings);
  const notes = found.length === 0 ? {} : { notes: found };
  if (faults.length > 0)
    return {
      verdict: 'fail',
      message: faults.map(({ text }) => text).join('; '),
      evidence: faults.map(({ evidence }) => evidence),
      ...notes,
    };
  const evidence = [{ ...settings.clientUrls.place, seen: settings.clientUrls.values.join(',') }];
  return { verdict: 'pass', message: 'clients are served over TLS alone and must show a certificate', evidence, ...notes };
}

function* judge<P extends Parameters>(context: Context<P>): Iterable<Draft> {
  const servers = etcdServersOf(context.cluster);
  const others = servers.filter(({ urls }) => urls.some(isOtherStore));
  if (others.length > 0) {
    const names = [...new Set(others.flatMap(({ urls }) => urls.filter(isOtherStore)))].join(', ');
    const evidence = others.map((server) => server.evidence);
    const subject = componentSubject('etcd', '');
    yield { verdict: 'not-applicable', subject, message: `the store is not etcd: ${names}`, evidence };
    return;
  }
  for (const server of servers) {
    const plain = server.urls.filter((url) => url.startsWith('http://'));
    if (plain.length === 0) continue;
    const subject = componentSubject('kube-apiserver', server.host);
    const message = `the API server reads etcd without TLS: ${plain.join(', ')}`;
    yield { verdict: 'fail', subject, message, evidence: [server.evidence] };
  }
  yield* judgeMembers(context, servers);
}

function* judgeMembers<P extends Parameters>(context: Context<P>, servers: readonly EtcdServers[]): Iterable<Draft> {
  const asks = { component: 'etcd', flags: clientFlags, optional: ['auto-tls', 'client-cert-auth'] } as const;
  for (const draft of perComponent(context, asks, judgeMember)) {
    const unseen = draft.verdict === 'unknown' && draft.evidence.length === 0;
    yield unseen ? { ...draft, evidence: servers.map(({ evidence }) => evidence) } : draft;
  }
  const members = componentsOf(context.cluster, 'etcd').flatMap(({ component }) => component ?? []);
  const urls = members.map((member) => {
    const flags = readFlags(member, versionOf(context.cluster, member)?.minor);
    return ['advertise-client-urls', 'listen-client-urls'].flatMap((name) => flags.get(name).value.split(','));
  });
  for (const endpoint of unseenEndpoints(servers, urls)) {
    const message = `the configuration of the etcd member at ${endpoint} was not seen: scan its host`;
    const subject = { kind: componentSubject('etcd', '').kind, name: endpoint };
    yield { verdict: 'unknown', subject, message, evidence: servers.map(({ evidence }) => evidence) };
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
