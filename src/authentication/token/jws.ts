import type { KeyObject } from 'node:crypto';
import { constants, createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, stringAt } from '../../cluster/json.ts';

/** A signed token in compact form, not verified. */
export interface Jws {
  readonly header: JsonObject;
  readonly payload: string;
  /** What was signed. */
  readonly input: string;
  readonly signature: Uint8Array;
}

const base64url = /^[A-Za-z0-9_-]*$/;

function decode(part: string): Buffer | undefined {
  return base64url.test(part) && part.length % 4 !== 1 ? Buffer.from(part, 'base64url') : undefined;
}

/** Reads a token; `undefined` where it is none (`jwt.ParseSigned` of go-jose v2). */
export function readJws(token: string): Jws | undefined {
  const parts = token.replaceAll(/[\s]/g, '').split('.');
  const [head = '', body = '', seal = ''] = parts;
  const [header, payload, signature] = [decode(head), decode(body), decode(seal)];
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) return undefined;
  const value = parsed(header.toString('utf8'));
  if (!isObject(value)) return undefined;
  return { header: value, payload: payload.toString('utf8'), input: `${head}.${body}`, signature };
}

/** The payload of a token before anything is verified, as the first look at its issuer takes it (`hasCorrectIssuer`). */
export function unverifiedIssuer(token: string): string | undefined {
  const parts = token.split('.');
  const body = parts.length === 3 ? decode(parts[1] ?? '') : undefined;
  const claims = body === undefined ? undefined : parsed(body.toString('utf8'));
  if (!isObject(claims)) return undefined;
  // Go's encoding/json takes the name in any case, the last one counts.
  let issuer: Json | undefined;
  for (const [name, value] of Object.entries(claims)) if (name.toLowerCase() === 'iss') issuer = value;
  return issuer === undefined || issuer === null ? '' : stringAt(issuer);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** A key that may have signed, and the id by which tokens name it. */
export interface VerificationKey {
  readonly key: KeyObject;
  readonly id: string;
}

/** All keys of a PEM file: public or private keys, certificates (client-go util/keyutil `ParsePublicKeysPEM`). */
export function readVerificationKeys(pem: string): readonly VerificationKey[] {
  const blocks = pem.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      const key = block.includes('CERTIFICATE') ? new X509Certificate(block).publicKey : createPublicKey(block);
      const der = key.export({ type: 'spki', format: 'der' });
      return [{ key, id: createHash('sha256').update(der).digest('base64url') }];
    } catch {
      return [];
    }
  });
}

const hashes: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' };
const curves: Readonly<Record<string, string>> = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' };

/** Whether a key signed a token. Critical headers, and algorithms that are not of the key's kind, count as a signature that does not hold. */
export function isSignedBy(jws: Jws, key: KeyObject): boolean {
  if (Array.isArray(jws.header['crit']) && jws.header['crit'].length > 0) return false;
  const algorithm = stringAt(jws.header['alg']) ?? '';
  const hash = hashes[algorithm.slice(2)];
  const data = Buffer.from(jws.input);
  try {
    if (key.asymmetricKeyType === 'rsa' && hash !== undefined && algorithm.startsWith('RS'))
      return verify(hash, data, { key, padding: constants.RSA_PKCS1_PADDING }, jws.signature);
    if (key.asymmetricKeyType === 'rsa' && hash !== undefined && algorithm.startsWith('PS'))
      return verify(
        hash,
        data,
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO },
        jws.signature,
      );
    if (key.asymmetricKeyType === 'ec' && hash !== undefined && algorithm.startsWith('ES')) {
      if (key.asymmetricKeyDetails?.namedCurve !== curves[algorithm]) return false;
      return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, jws.signature);
    }
    if (key.asymmetricKeyType === 'ed25519' && algorithm === 'EdDSA') return verify(null, data, key, jws.signature);
  } catch {
    return false;
  }
  return false;
}

/** The name of a member that an object's text holds twice, as a decoder that refuses it finds it first; `undefined`: none does. */
export function repeatedMember(text: string): string | undefined {
  const open: { readonly names: Set<string>; key: boolean }[] = [];
  for (const [token, quoted] of text.matchAll(/"((?:[^"\\]|\\.)*)"|[{}[\],:]/g)) {
    const top = open.at(-1);
    if (token === '{') open.push({ names: new Set(), key: true });
    else if (token === '[') open.push({ names: new Set(), key: false });
    else if (token === '}' || token === ']') open.pop();
    else if (top === undefined) continue;
    else if (token === ',') top.key = text !== '' && top.names.size > 0;
    else if (token === ':') top.key = false;
    else if (top.key && quoted !== undefined) {
      if (top.names.has(quoted)) return quoted;
      top.names.add(quoted);
    }
  }
  return undefined;
}
