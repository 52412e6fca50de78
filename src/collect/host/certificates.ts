import { X509Certificate } from 'node:crypto';
import { blankPrivateKeys } from '../redact.ts';

/** Keeps a certificate file's text without private keys; a text without PEM blocks (DER, or something else) says nothing and is left out. */
export function publicPem(text: string): string {
  return text.includes('-----BEGIN ') ? blankPrivateKeys(text) : '';
}

/** Who a client certificate names, and until when. */
export interface CertificateSubject {
  readonly commonName?: string;
  /** In the certificate's own order, repeated ones too. */
  readonly organizations: readonly string[];
  /** RFC 3339. */
  readonly notAfter: string;
}

/** Reads the subject of the first certificate of a PEM text; `undefined` where there is none or it cannot be read. */
export function certificateSubject(pem: string): CertificateSubject | undefined {
  const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(pem);
  if (block === null) return undefined;
  try {
    const certificate = new X509Certificate(block[0]);
    const parts = certificate.subject
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
    const commonName = parts.find(([key]) => key === 'CN')?.[1];
    const organizations = parts.filter(([key]) => key === 'O').map(([, value]) => value);
    const notAfter = new Date(certificate.validTo).toISOString().replace('.000Z', 'Z');
    return { ...(commonName === undefined ? {} : { commonName }), organizations, notAfter };
  } catch {
    return undefined;
  }
}
