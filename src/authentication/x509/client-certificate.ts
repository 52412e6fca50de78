import type { Authentication } from '../outcome.ts';
import { nothingShown, refused } from '../outcome.ts';
import type { User } from '../user.ts';
import type { Certificate } from './certificate.ts';
import { allOf, commonNameOid, credentialIdOf, identifierOf, lastOf, organizationOid, uidOid } from './certificate.ts';
import type { Verification } from './verify.ts';
import { verifyClient } from './verify.ts';

/** The first minor that writes the certificate's id into the user's extra. */
const credentialIdSince = 32;
/** The first minor that reads a uid out of a subject (gate AllowParsingUserUIDFromCertAuth, on by default). */
const uidSince = 33;

/** Verifies what a client sent, leaf first, against a bundle. `undefined`: it sent nothing. */
export function verifySent(sent: readonly Certificate[], roots: readonly Certificate[], now: Date): Verification | undefined {
  const [leaf, ...intermediates] = sent;
  return leaf === undefined ? undefined : verifyClient(leaf, { roots, intermediates, now });
}

/** The refusal of a certificate as the server logs it. */
export function verificationError(leaf: Certificate, message: string): string {
  return `verifying certificate ${identifierOf(leaf)} failed: ${message}`;
}

/**
 * Who a client certificate says it is: common name → user, organizations → groups in order, and the certificate's id. One without a common
 * name names nobody and is no error. Rule source: k8s.io/apiserver pkg/authentication/request/x509/x509.go.
 */
export function clientCertificate(
  sent: readonly Certificate[],
  roots: readonly Certificate[],
  now: Date,
  minor: number,
): Authentication {
  const [leaf] = sent;
  const verified = verifySent(sent, roots, now);
  if (leaf === undefined || verified === undefined || roots.length === 0) return nothingShown;
  if (verified.kind === 'unknown') return verified;
  if (verified.kind === 'error') return refused(verificationError(leaf, verified.message));
  const username = lastOf(leaf, commonNameOid);
  if (username === '') return nothingShown;
  const uids = minor >= uidSince ? allOf(leaf, uidOid) : [];
  if (uids.length > 1) return refused(`expected 1 UID, but found multiple: [${uids.join(' ')}]`);
  const [uid] = uids;
  const user: User = {
    username,
    groups: allOf(leaf, organizationOid),
    ...(uid === undefined ? {} : { uid }),
    ...(minor >= credentialIdSince ? { extra: { 'authentication.kubernetes.io/credential-id': [credentialIdOf(leaf)] } } : {}),
  };
  return { kind: 'user', user };
}
