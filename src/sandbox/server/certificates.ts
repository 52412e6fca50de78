import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { bits, boolean, integer, octets, oid, sequence, set, tagged, time, utf8 } from './der.ts';

/** A key and its certificate, both PEM. */
export interface Credential {
  readonly certificate: string;
  readonly key: string;
}

/** Who a certificate names, and what it may be used for. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly addresses?: readonly string[];
  readonly names?: readonly string[];
  /** Seconds from now; a day unless given. */
  readonly lifetime?: number;
}

/** A certificate authority that lives as long as its process: P-256 keys, certificates valid from an hour ago. */
export class CertificateAuthority {
  readonly credential: Credential;
  readonly #key: KeyObject;
  readonly #name: Buffer;

  constructor(commonName: string) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    this.#name = distinguishedName({ commonName });
    const extensions = [
      extension('2.5.29.19', true, sequence(boolean(true))),
      extension('2.5.29.15', true, bits(Buffer.from([0x06]), 1)),
    ];
    this.credential = { certificate: this.#certify(this.#name, publicKey, extensions, 86_400), key: pemKey(privateKey) };
  }

  /** Issues a certificate that serves as client and server. */
  issue(request: CertificateRequest): Credential {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const others = [
      ...(request.names ?? []).map((name) => tagged(0x82, Buffer.from(name, 'ascii'))),
      ...(request.addresses ?? []).map((address) => tagged(0x87, Buffer.from(address.split('.').map(Number)))),
    ];
    const extensions = [
      extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)),
      extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))),
      ...(others.length === 0 ? [] : [extension('2.5.29.17', false, sequence(...others))]),
    ];
    const certificate = this.#certify(distinguishedName(request), publicKey, extensions, request.lifetime ?? 86_400);
    return { certificate, key: pemKey(privateKey) };
  }

  #certify(subject: Buffer, publicKey: KeyObject, extensions: readonly Buffer[], lifetime: number): string {
    const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
    const now = Date.now();
    const serial = randomBytes(16);
    serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
    const body = sequence(
      tagged(0xa0, integer(Buffer.from([2]))),
      integer(serial),
      algorithm,
      this.#name,
      sequence(time(new Date(now - 3_600_000)), time(new Date(now + lifetime * 1000))),
      subject,
      publicKey.export({ type: 'spki', format: 'der' }),
      tagged(0xa3, sequence(...extensions)),
    );
    return pem('CERTIFICATE', sequence(body, algorithm, bits(sign('sha256', body, this.#key))));
  }
}

/** A fresh RSA key pair for signing service account tokens: PEM of the private and of the public key. */
export function serviceAccountKeys(): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = String(privateKey.export({ type: 'pkcs1', format: 'pem' }));
  return { privateKey: key, publicKey: String(createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'pem' })) };
}

function distinguishedName({ commonName, organizations = [] }: CertificateRequest): Buffer {
  const attribute = (type: string, value: string): Buffer => set(sequence(oid(type), utf8(value)));
  return sequence(...organizations.map((name) => attribute('2.5.4.10', name)), attribute('2.5.4.3', commonName));
}

function extension(type: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(type), ...(critical ? [boolean(true)] : []), octets(value));
}

function pemKey(key: KeyObject): string {
  return String(key.export({ type: 'pkcs8', format: 'pem' }));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
