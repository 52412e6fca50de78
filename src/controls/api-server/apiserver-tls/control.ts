import type { Evidence } from '../../../results/finding.ts';
import { defineControl } from '../../control.ts';
import { hiddenFlag } from '../../every-minor.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure, withoutFile } from '../../per-component.ts';
import { checkServingCertificate } from '../serving-certificate.ts';
import { hasSuiteOfTls12, isExactOrigin, isModernSuite } from '../serving-tls.ts';

const pair = ['tls-cert-file', 'tls-private-key-file'];
const judged = [...pair, 'tls-min-version', 'tls-cipher-suites', 'cors-allowed-origins'];
const versions: ReadonlySet<string> = new Set(['VersionTLS12', 'VersionTLS13']);

interface Fault {
  readonly text: string;
  readonly evidence: Evidence;
}

function judge(view: ComponentView, now: string): ComponentDraft {
  for (const flag of pair) {
    const file = view.file(flag);
    if (view.flag(flag).value !== '' && file.kind === 'missing')
      return startFailure('kube-apiserver', { message: `${file.path} of --${flag}: ${file.reason}`, place: view.place(flag) });
  }
  const certificate = certificateCheck(view, now);
  const faults = [...pairFaults(view), ...certificate.faults, ...versionFaults(view), ...suiteFaults(view), ...corsFaults(view)];
  if (faults.length > 0)
    return {
      verdict: 'fail',
      message: faults.map(({ text }) => text).join('; '),
      evidence: faults.map(({ evidence }) => evidence),
      notes: notesOf(view),
    };
  const hidden = hiddenFlag(view, [...pair, 'tls-min-version', 'tls-cipher-suites']);
  if (hidden !== undefined) return hidden;
  if (!certificate.seen) return withoutFile(view, 'tls-cert-file');
  const version = view.flag('tls-min-version').value || 'VersionTLS12';
  view.fact('the least TLS version', version);
  return {
    verdict: 'pass',
    message: `the API is served with a certificate of its own, ${version} at least and modern cipher suites`,
    evidence: [...pair, 'tls-min-version', 'tls-cipher-suites'].map((flag) => view.flagEvidence(flag, 'as it is')),
    notes: [...certificate.notes, ...notesOf(view)],
  };
}

function pairFaults(view: ComponentView): readonly Fault[] {
  const missing = pair.filter((flag) => view.flag(flag).known && view.flag(flag).value === '');
  return missing.map((flag) => ({
    text: `--${flag} is not set: the server signs a certificate for itself`,
    evidence: view.flagEvidence(flag, 'a file'),
  }));
}

function certificateCheck(
  view: ComponentView,
  now: string,
): { readonly seen: boolean; readonly faults: readonly Fault[]; readonly notes: readonly string[] } {
  const file = view.file('tls-cert-file');
  if (file.kind !== 'seen' || file.text === undefined) return { seen: false, faults: [], notes: [] };
  const check = checkServingCertificate(file.text, now);
  if (check === undefined) {
    const seen = 'no certificate';
    return {
      seen: true,
      notes: [],
      faults: [{ text: `${file.path} holds no certificate`, evidence: { source: file.source, seen, wanted: 'a certificate' } }],
    };
  }
  const faults = check.faults.map((text) => ({
    text: `the serving certificate ${text}`,
    evidence: { source: file.source, seen: text, wanted: 'a valid certificate of the cluster’s CA, RSA-2048 or P-256 at least' },
  }));
  return { seen: true, faults, notes: check.notes };
}

function versionFaults(view: ComponentView): readonly Fault[] {
  const version = view.flag('tls-min-version');
  if (!version.given || version.value === '' || versions.has(version.value)) return [];
  return [
    { text: `${version.value} is accepted`, evidence: view.flagEvidence('tls-min-version', 'VersionTLS12 or VersionTLS13') },
  ];
}

/** TLS 1.3 has its own suites, which cannot be chosen. */
function suiteFaults(view: ComponentView): readonly Fault[] {
  if (view.flag('tls-min-version').value === 'VersionTLS13') return [];
  const suites = view.flag('tls-cipher-suites');
  const evidence = view.flagEvidence('tls-cipher-suites', 'ECDHE with AES-GCM or ChaCha20 alone');
  if (suites.values.length === 0)
    return suites.known ? [{ text: 'no cipher suites are named for TLS 1.2: CBC suites are offered too', evidence }] : [];
  const weak = suites.values.filter((name) => !isModernSuite(name));
  if (weak.length > 0) return [{ text: `weak or unknown cipher suites: ${weak.join(', ')}`, evidence }];
  return hasSuiteOfTls12(suites.values)
    ? []
    : [{ text: 'suites of TLS 1.3 alone are named, TLS 1.2 is left without any', evidence }];
}

function corsFaults(view: ComponentView): readonly Fault[] {
  const wide = view.flag('cors-allowed-origins').values.filter((pattern) => !isExactOrigin(pattern));
  if (wide.length === 0) return [];
  const evidence = view.flagEvidence('cors-allowed-origins', 'not set, or patterns anchored at both ends (`^https://host(:|$)`)');
  return [{ text: `browsers of other origins may call the API: ${wide.join(', ')}`, evidence }];
}

/** What only a person can judge. */
function notesOf(view: ComponentView): readonly string[] {
  const given = (flag: string): boolean => view.flags.get(flag).given && view.flags.get(flag).value !== '';
  return [
    ...(given('tls-sni-cert-key')
      ? [`further certificates by name: ${view.flags.get('tls-sni-cert-key').values.length} of --tls-sni-cert-key, not judged`]
      : []),
    ...(given('tls-curve-preferences') ? ['--tls-curve-preferences is set: Go’s own choice holds the newer key exchanges'] : []),
    ...(given('cors-allowed-origins') && !given('strict-transport-security-directives')
      ? ['browsers call the API, and --strict-transport-security-directives is not set']
      : []),
  ];
}

export const control = defineControl({
  id: 'apiserver-tls',
  needs: [
    { kind: 'flags', component: 'kube-apiserver' },
    { kind: 'flag-file', flag: 'tls-cert-file' },
  ],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perComponent(context, { component: 'kube-apiserver', flags: judged, optional: judged }, (view) =>
          judge(view, context.now),
        ),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Set `--tls-min-version=VersionTLS12` and `--tls-cipher-suites` to ECDHE with AES-GCM or ChaCha20 of both families; name the certificate by `--tls-cert-file` and `--tls-private-key-file`; leave `--cors-allowed-origins` out, or anchor each pattern.',
  },
  tradeOffs: [
    'Very old clients cannot connect any more.',
    'A list of ECDSA suites alone leaves an RSA certificate without any: keep both families.',
  ],
});
