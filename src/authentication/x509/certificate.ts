import { createHash, X509Certificate } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate as AsnCertificate,
  ExtendedKeyUsage,
  KeyUsage,
  KeyUsageFlags,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509';

/** A certificate, read as far as verifying a client asks for. */
export interface Certificate {
  readonly node: X509Certificate;
  /** DER. */
  readonly raw: Uint8Array;
  readonly serialNumber: bigint;
  readonly version: number;
  /** DER of the names: two are the same where their bytes are. */
  readonly rawSubject: string;
  readonly rawIssuer: string;
  /** Values by OID in their order. */
  readonly subject: readonly (readonly [string, string])[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly signatureAlgorithm: string;
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | undefined } | undefined;
  /** `undefined`: no extension. */
  readonly canSign: boolean | undefined;
  readonly extendedKeyUsage: readonly string[];
  readonly subjectKeyId: Uint8Array;
  readonly authorityKeyId: Uint8Array;
  readonly unhandledCritical: boolean;
  readonly nameConstraints: boolean;
}

const oid = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** Extensions that Go's verifier knows when they are critical. */
const handled: ReadonlySet<string> = new Set([...Object.values(oid), '2.5.29.17', '2.5.29.31', '2.5.29.32', '1.3.6.1.5.5.7.1.1']);

export const commonNameOid = '2.5.4.3';
export const organizationOid = '2.5.4.10';
/** Kubernetes' own: a user's uid in a subject. */
export const uidOid = '1.3.6.1.4.1.57683.2';

/** Reads one certificate; a text says why it is none. */
export function readCertificate(pem: string | Uint8Array): Certificate | string {
  try {
    const node = new X509Certificate(pem);
    const raw = Uint8Array.from(node.raw);
    const { tbsCertificate, signatureAlgorithm } = AsnConvert.parse(raw, AsnCertificate);
    const extension = (id: string) => tbsCertificate.extensions?.find(({ extnID }) => extnID === id)?.extnValue.buffer;
    const parsed = <T>(id: string, type: new () => T): T | undefined => {
      const value = extension(id);
      return value === undefined ? undefined : AsnConvert.parse(value, type);
    };
    const constraints = parsed(oid.basicConstraints, BasicConstraints);
    const usage = parsed(oid.keyUsage, KeyUsage);
    const names = tbsCertificate.subject.flatMap((set) => set.map((pair) => [pair.type, pair.value.toString()] as const));
    const keyId = parsed(oid.subjectKeyId, SubjectKeyIdentifier);
    const authority = parsed(oid.authorityKeyId, AuthorityKeyIdentifier)?.keyIdentifier;
    return {
      node,
      raw,
      serialNumber: signed(new Uint8Array(tbsCertificate.serialNumber)),
      version: tbsCertificate.version + 1,
      rawSubject: hex(new Uint8Array(AsnConvert.serialize(tbsCertificate.subject))),
      rawIssuer: hex(new Uint8Array(AsnConvert.serialize(tbsCertificate.issuer))),
      subject: names,
      notBefore: tbsCertificate.validity.notBefore.getTime(),
      notAfter: tbsCertificate.validity.notAfter.getTime(),
      signatureAlgorithm: signatureAlgorithm.algorithm,
      basicConstraints: constraints === undefined ? undefined : { ca: constraints.cA, pathLength: constraints.pathLenConstraint },
      canSign: usage === undefined ? undefined : (usage.toNumber() & KeyUsageFlags.keyCertSign) !== 0,
      extendedKeyUsage: [...(parsed(oid.extendedKeyUsage, ExtendedKeyUsage) ?? [])],
      subjectKeyId: bytesOf(keyId),
      authorityKeyId: bytesOf(authority),
      unhandledCritical: (tbsCertificate.extensions ?? []).some(({ extnID, critical }) => critical && !handled.has(extnID)),
      nameConstraints: extension(oid.nameConstraints) !== undefined,
    };
  } catch (error) {
    return error instanceof Error ? error.message : 'cannot be read';
  }
}

function bytesOf(value: OctetString | undefined): Uint8Array {
  return value === undefined ? new Uint8Array() : new Uint8Array(value.buffer);
}

function signed(bytes: Uint8Array): bigint {
  const magnitude = bytes.length === 0 ? 0n : BigInt(`0x${hex(bytes)}`);
  return BigInt.asIntN(bytes.length * 8, magnitude);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The last value of a subject's attribute, as Go reads a common name; empty where there is none. */
export function lastOf({ subject }: Certificate, type: string): string {
  return subject.findLast(([name]) => name === type)?.[1] ?? '';
}

/** All values of a subject's attribute in order. */
export function allOf({ subject }: Certificate, type: string): readonly string[] {
  return subject.filter(([name]) => name === type).map(([, value]) => value);
}

/** How the server names a certificate in its log: `SN=…, SKID=…, AKID=…`. */
export function identifierOf({ serialNumber, subjectKeyId, authorityKeyId }: Certificate): string {
  const printed = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
  return `SN=${serialNumber}, SKID=${printed(subjectKeyId)}, AKID=${printed(authorityKeyId)}`;
}

/** The id by which audit logs know a certificate: `X509SHA256=` and the digest of its DER. */
export function credentialIdOf({ raw }: Certificate): string {
  return `X509SHA256=${createHash('sha256').update(raw).digest('hex')}`;
}

/** All certificates of a PEM bundle that can be read, in order; the rest is passed over, as Go's pool does. */
export function readBundle(text: string): readonly Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map(readCertificate).filter((certificate) => typeof certificate !== 'string');
}
