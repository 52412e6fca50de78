/** Cipher suites of TLS 1.2 that keep past traffic secret and are authenticated: ECDHE with AES-GCM or ChaCha20. Source: CIS 1.2.29. */
export const modernSuites: readonly string[] = [
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
];

/** Names that the flag takes as well: older names of two suites, and those of TLS 1.3, which cannot be chosen. */
const alsoTaken: ReadonlySet<string> = new Set([
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305',
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
]);

const tls13: ReadonlySet<string> = new Set(['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']);

/** Reports whether a suite is a modern one of TLS 1.2, or one of TLS 1.3. */
export function isModernSuite(name: string): boolean {
  return modernSuites.includes(name) || alsoTaken.has(name);
}

/** Reports whether a list of suites leaves TLS 1.2 at least one. */
export function hasSuiteOfTls12(names: readonly string[]): boolean {
  return names.some((name) => !tls13.has(name));
}

/**
 * Reports whether a pattern of `--cors-allowed-origins` fits whole host names alone: anchored at both ends, as the flag's help asks,
 * and without a part that fits anything.
 */
export function isExactOrigin(pattern: string): boolean {
  const starts = pattern.startsWith('^') || pattern.startsWith('//');
  const ends = /(?:\$|:)\)?$/.test(pattern) && !pattern.endsWith('\\$');
  return starts && ends && !/(?:^|[^\\])\.[*+]/.test(pattern) && !pattern.includes('.{');
}
