import { X509Certificate } from 'node:crypto';

const block = /-----BEGIN ([^-\n]*)-----[ \t]*\r?\n([\s\S]*?)-----END \1-----/g;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * What is wrong with a bundle of certificates in PEM, in the words of client-go's cert.NewPoolFromBytes; `undefined`: nothing.
 *
 * Blocks of other types, with headers, or whose Base64 is broken are passed over. Of the many ways in which a certificate itself can
 * be malformed only one is named.
 */
export function certificatesFault(text: string): string | undefined {
  let found = false;
  for (const [, type, body = ''] of text.matchAll(block)) {
    const data = body.replaceAll(/\s/g, '');
    if (type !== 'CERTIFICATE' || data === '' || !base64.test(data)) continue;
    const length = certificateLength(data);
    if (length === undefined) return 'x509: malformed certificate';
    if (length < Buffer.from(data, 'base64').length) return 'x509: trailing data';
    found = true;
  }
  return found ? undefined : 'data does not contain any valid RSA or ECDSA certificates';
}

/** Bytes of the certificate that the data begins with; `undefined` where there is none. */
function certificateLength(data: string): number | undefined {
  try {
    return new X509Certificate(Buffer.from(data, 'base64')).raw.length;
  } catch {
    return undefined;
  }
}
