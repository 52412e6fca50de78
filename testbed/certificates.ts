export { CertificateAuthority as TestAuthority, serviceAccountKeys } from '../src/sandbox/server/certificates.ts';
export type { Credential } from '../src/sandbox/server/certificates.ts';
