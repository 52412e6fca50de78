import type { Change, Remedy } from '../../../cluster/change.ts';
import { absentFile, kubeadmPki, usesKubeadmPki } from '../../kubeadm-pki.ts';
import type { Mending } from '../../mending.ts';
import { mendingOf, notSeen, serverRemedy } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { checkServingCertificate } from '../serving-certificate.ts';
import { hasSuiteOfTls12, isExactOrigin, isModernSuite, modernSuites } from '../serving-tls.ts';

/** Flags of TLS and CORS; a certificate that is no good is renewed by whoever made it. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  if (at === undefined) return notSeen(finding);
  const certificate = pairChanges(at);
  const changes = [...(certificate ?? []), ...versionChanges(at), ...suiteChanges(at), ...corsChanges(at)];
  const stays = certificate === undefined ? noPair : badCertificate(at, context.now);
  if (changes.length === 0) return { kind: 'none', why: stays ?? 'nothing that a flag can mend was seen' };
  return serverRemedy(
    changes,
    'weak versions and suites, or a certificate that nobody can check, let whoever is on the way read and change what clients send',
    [
      'clients that know neither TLS 1.2 with ECDHE and AES-GCM or ChaCha20 nor TLS 1.3 cannot connect any more',
      'web pages of origins that are taken out of --cors-allowed-origins lose the API',
    ],
    stays === undefined ? {} : { stays },
  );
};

const noPair =
  'no certificate and key of the API server was seen: issue them with the cluster’s CA, then name them by --tls-cert-file and --tls-private-key-file';

/** kubeadm's pair; `undefined` where nobody made one that is known. */
function pairChanges(at: Mending): readonly Change[] | undefined {
  const missing = ['tls-cert-file', 'tls-private-key-file'].filter((flag) => at.flag(flag).value === '');
  if (missing.length === 0) return [];
  const pathOf = (flag: string): string => `${kubeadmPki}/apiserver.${flag === 'tls-cert-file' ? 'crt' : 'key'}`;
  if (!usesKubeadmPki(at) || absentFile(at, missing.map(pathOf)) !== undefined) return undefined;
  return missing.flatMap((flag) => at.set(flag, pathOf(flag)));
}

function badCertificate(at: Mending, now: string): string | undefined {
  const file = at.seenFile('tls-cert-file');
  if (file === undefined) return 'the certificate was not seen: whether it is valid and strong enough is open';
  const faults = checkServingCertificate(file.text, now)?.faults ?? ['cannot be read'];
  if (faults.length === 0) return undefined;
  return `${file.path} ${faults.join(', ')}: renew it with the cluster’s CA (\`kubeadm certs renew apiserver\`), flags do not mend it`;
}

function versionChanges(at: Mending): readonly Change[] {
  const version = at.flag('tls-min-version');
  const isGood = !version.given || version.value === 'VersionTLS12' || version.value === 'VersionTLS13';
  return isGood ? [] : at.set('tls-min-version', 'VersionTLS12');
}

/** Good suites of a list stay; a list that holds none is replaced. */
function suiteChanges(at: Mending): readonly Change[] {
  if (at.flag('tls-min-version').value === 'VersionTLS13') return [];
  const given = at.flag('tls-cipher-suites').values;
  const good = given.filter(isModernSuite);
  return at.set('tls-cipher-suites', (hasSuiteOfTls12(good) ? good : modernSuites).join(','));
}

function corsChanges(at: Mending): readonly Change[] {
  const patterns = at.flag('cors-allowed-origins').values;
  const exact = patterns.filter(isExactOrigin);
  if (exact.length === patterns.length) return [];
  return exact.length === 0 ? at.remove('cors-allowed-origins') : at.set('cors-allowed-origins', exact.join(','));
}
