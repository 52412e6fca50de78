import { X509Certificate } from 'node:crypto';

/** What is wrong with a serving certificate at a time, and what a person should look at. */
export interface CertificateCheck {
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

const leastRsaBits = 2048;

/** Curves as strong as P-256, by OpenSSL's names. */
const curves: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/**
 * Judges the first certificate of a PEM text: its time, its key (RSA-2048 or P-256 at least), whether it signed itself. `now` is RFC
 * 3339. Returns `undefined` where the text holds no certificate that can be read.
 */
export function checkServingCertificate(pem: string, now: string): CertificateCheck | undefined {
  const certificate = read(pem);
  if (certificate === undefined) return undefined;
  const time = Date.parse(now);
  const faults: string[] = [];
  if (Date.parse(certificate.validTo) < time) faults.push(`expired on ${day(certificate.validTo)}`);
  if (Date.parse(certificate.validFrom) > time) faults.push(`is not valid before ${day(certificate.validFrom)}`);
  const weak = weakKey(certificate);
  if (weak !== undefined) faults.push(weak);
  if (certificate.checkIssued(certificate)) faults.push('signed itself: clients of the cluster’s CA do not trust it');
  const names = (certificate.subjectAltName ?? '').split(', ').filter((name) => name !== '');
  const wide = names.filter((name) => name.startsWith('DNS:*'));
  const notes = [
    `its names are ${names.length === 0 ? 'none' : names.join(', ')}: each that nobody uses can be left out`,
    ...(wide.length === 0 ? [] : [`it stands for every name below ${wide.map((name) => name.slice(6)).join(', ')}`]),
  ];
  return { faults, notes };
}

function read(pem: string): X509Certificate | undefined {
  const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(pem);
  if (block === null) return undefined;
  try {
    return new X509Certificate(block[0]);
  } catch {
    return undefined;
  }
}

function day(text: string): string {
  return new Date(text).toISOString().slice(0, 10);
}

function weakKey({ publicKey }: X509Certificate): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === 'rsa' || type === 'rsa-pss') {
    const bits = details?.modulusLength ?? 0;
    return bits < leastRsaBits ? `has an RSA key of ${bits} bits, at least ${leastRsaBits} are wanted` : undefined;
  }
  if (type === 'ec') {
    const curve = details?.namedCurve ?? '';
    return curves.has(curve) ? undefined : `has a key on the curve ${curve}, at least P-256 is wanted`;
  }
  return type === 'ed25519' || type === 'ed448' ? undefined : `has a key of type ${type ?? 'unknown'}`;
}
