import { goQuote } from '../../cluster/go-quote.ts';
import type { Certificate } from './certificate.ts';
import { commonNameOid, lastOf, organizationOid } from './certificate.ts';

/** A chain from the leaf to a root, or why there is none, in Go's words. */
export type Verification =
  | { readonly kind: 'chains'; readonly chains: readonly (readonly Certificate[])[] }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'unknown'; readonly why: string };

export interface VerifyOptions {
  readonly roots: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  readonly now: Date;
}

const clientAuth = '1.3.6.1.5.5.7.3.2';
const anyUsage = '2.5.29.37.0';
const mostSignatureChecks = 100;

/** Signature algorithms that are refused, by OID, as Go prints them. */
const insecure: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'MD5-RSA',
  '1.2.840.113549.1.1.5': 'SHA1-RSA',
  '1.2.840.10045.4.1': 'ECDSA-SHA1',
};

/**
 * Verifies a client's certificate as Go's crypto/x509 does for the usage "client": chains over the intermediates that were sent to the
 * given roots, validity, who may sign, path lengths, critical extensions, extended key usages along the chain.
 *
 * Chains with name constraints are `unknown`. Rule source: Go's crypto/x509/verify.go.
 */
export function verifyClient(leaf: Certificate, options: VerifyOptions): Verification {
  const fault = validityFault(leaf, 'leaf', [], options.now);
  if (fault !== undefined) return { kind: 'error', message: fault };
  const search = new Search(options);
  const found = options.roots.some((root) => isSame(root, leaf)) ? { chains: [[leaf]] } : search.chainsFrom([leaf]);
  if (search.constrained) return { kind: 'unknown', why: 'a certificate of the chain has name constraints' };
  if ('error' in found) return { kind: 'error', message: found.error };
  const chains = found.chains.filter(allowsClients);
  if (chains.length === 0) return { kind: 'error', message: 'x509: certificate specifies an incompatible key usage' };
  return { kind: 'chains', chains };
}

type Found = { readonly chains: readonly (readonly Certificate[])[] } | { readonly error: string };

class Search {
  constrained = false;
  readonly #options: VerifyOptions;
  #checks = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  chainsFrom(chain: readonly Certificate[]): Found {
    const child = chain.at(-1);
    if (child === undefined) return { chains: [] };
    const chains: (readonly Certificate[])[] = [];
    let error: string | undefined;
    let hint: { readonly message: string; readonly candidate: Certificate } | undefined;
    const consider = (candidate: Certificate, type: 'root' | 'intermediate') => {
      if (chain.some((own) => isSame(own, candidate)) || error === tooManyChecks) return;
      if (++this.#checks > mostSignatureChecks) {
        error = tooManyChecks;
        return;
      }
      const unsigned = signatureFault(child, candidate);
      if (unsigned !== undefined) {
        hint ??= { message: unsigned, candidate };
        return;
      }
      if (candidate.nameConstraints) this.constrained = true;
      const invalid = validityFault(candidate, type, chain, this.#options.now);
      if (invalid !== undefined) {
        error = invalid;
        hint ??= { message: invalid, candidate };
        return;
      }
      if (type === 'root') {
        chains.push([...chain, candidate]);
        return;
      }
      const above = this.chainsFrom([...chain, candidate]);
      if ('error' in above) error = above.error;
      else {
        error = undefined;
        chains.push(...above.chains);
      }
    };
    for (const root of parentsOf(child, this.#options.roots)) consider(root, 'root');
    for (const one of parentsOf(child, this.#options.intermediates)) consider(one, 'intermediate');
    if (chains.length > 0) return { chains };
    return { error: error ?? unknownAuthority(hint) };
  }
}

const tooManyChecks = 'x509: signature check attempts limit reached while verifying certificate chain';

function isSame(a: Certificate, b: Certificate): boolean {
  return Buffer.from(a.raw).equals(Buffer.from(b.raw));
}

/** Those whose subject is the child's issuer; where key ids agree first, where they differ last. */
function parentsOf(child: Certificate, pool: readonly Certificate[]): readonly Certificate[] {
  const rank = (candidate: Certificate) => {
    const [wanted, own] = [Buffer.from(child.authorityKeyId), Buffer.from(candidate.subjectKeyId)];
    if (wanted.length > 0 && own.length > 0) return wanted.equals(own) ? 0 : 2;
    return wanted.length === 0 && own.length === 0 ? 1 : 1;
  };
  return pool
    .filter(({ rawSubject }) => rawSubject === child.rawIssuer)
    .map((candidate, index) => ({ candidate, index, rank: rank(candidate) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ candidate }) => candidate);
}

function unknownAuthority(hint: { readonly message: string; readonly candidate: Certificate } | undefined): string {
  const text = 'x509: certificate signed by unknown authority';
  if (hint === undefined) return text;
  const { candidate, message } = hint;
  const name =
    lastOf(candidate, commonNameOid) ||
    (candidate.subject.find(([type]) => type === organizationOid)?.[1] ?? `serial:${candidate.serialNumber}`);
  return `${text} (possibly because of ${goQuote(message)} while trying to verify candidate authority certificate ${goQuote(name)})`;
}

/** `CheckSignatureFrom`: may the parent sign, and did it? */
function signatureFault(child: Certificate, parent: Certificate): string | undefined {
  const constraints = parent.basicConstraints;
  if ((parent.version === 3 && constraints === undefined) || constraints?.ca === false || parent.canSign === false)
    return 'x509: invalid signature: parent certificate cannot sign this kind of certificate';
  const weak = insecure[child.signatureAlgorithm];
  if (weak !== undefined) return `x509: cannot verify signature: insecure algorithm ${weak}`;
  try {
    if (child.node.verify(parent.node.publicKey)) return undefined;
  } catch {
    // Another kind of key than the signature's.
  }
  switch (parent.node.publicKey.asymmetricKeyType) {
    case 'ec':
      return 'x509: ECDSA verification failure';
    case 'ed25519':
      return 'x509: Ed25519 verification failure';
    default:
      return 'crypto/rsa: verification error';
  }
}

function validityFault(
  certificate: Certificate,
  type: 'leaf' | 'intermediate' | 'root',
  chain: readonly Certificate[],
  now: Date,
): string | undefined {
  if (certificate.unhandledCritical) return 'x509: unhandled critical extension';
  const outside = 'x509: certificate has expired or is not yet valid: current time';
  if (now < certificate.notBefore) return `${outside} ${time(now)} is before ${time(certificate.notBefore)}`;
  if (now > certificate.notAfter) return `${outside} ${time(now)} is after ${time(certificate.notAfter)}`;
  const constraints = certificate.basicConstraints;
  if (type === 'intermediate' && constraints?.ca !== true)
    return 'x509: certificate is not authorized to sign other certificates';
  if (constraints?.ca === true && constraints.pathLength !== undefined && chain.length - 1 > constraints.pathLength)
    return 'x509: too many intermediates for path length constraint';
  return undefined;
}

/** RFC 3339 in UTC, seconds, as Go prints times that have no fraction. */
function time(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Each certificate of a chain that names usages must name this one, or any (`checkChainForKeyUsage`). */
function allowsClients(chain: readonly Certificate[]): boolean {
  return chain.every(
    ({ extendedKeyUsage }) =>
      extendedKeyUsage.length === 0 || extendedKeyUsage.includes(clientAuth) || extendedKeyUsage.includes(anyUsage),
  );
}
