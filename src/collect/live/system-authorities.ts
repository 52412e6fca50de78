import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { Environment } from './environment-proxy.ts';

// Where distributions keep the authorities they trust. Source: Go crypto/x509 root_linux.go.
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * The authorities that a server is held against where the kubeconfig names none: those that Node carries and the system's
 * (SSL_CERT_FILE, else the distribution's bundle), so that a company's own authority counts as it does for kubectl.
 */
export function systemAuthorities(environment: Environment): readonly string[] {
  const named = environment['SSL_CERT_FILE'] ?? '';
  for (const path of named === '' ? bundles : [named]) {
    try {
      return [...rootCertificates, readFileSync(path, 'latin1')];
    } catch {
      continue;
    }
  }
  return rootCertificates;
}
