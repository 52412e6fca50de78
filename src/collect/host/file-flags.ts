/** What a file that a flag names is, and so what may be kept of it. */
export type FileRole =
  /** A configuration: the text, secrets blanked out. */
  | 'configuration'
  /** A kubeconfig (also of a webhook): the text, credentials blanked out. */
  | 'kubeconfig'
  /** Certificates and public keys: the PEM text, private keys in it blanked out. */
  | 'certificate'
  /** A private key or another file of credentials: that it is there, mode and owner. */
  | 'private-key'
  /** CSV of static tokens or passwords: number of lines and the users' groups. */
  | 'token-file'
  /** A folder: mode and owner. */
  | 'directory';

const byName = {
  configuration:
    'encryption-provider-config audit-policy-file authentication-config authorization-config admission-control-config-file authorization-policy-file egress-selector-config-file tracing-config-file config config-file image-credential-provider-config leader-migration-config',
  kubeconfig:
    'kubeconfig bootstrap-kubeconfig authentication-kubeconfig authorization-kubeconfig authentication-token-webhook-config-file authorization-webhook-config-file audit-webhook-config-file',
  certificate:
    'client-ca-file tls-cert-file etcd-cafile etcd-certfile kubelet-client-certificate kubelet-certificate-authority requestheader-client-ca-file peer-ca-file proxy-client-cert-file root-ca-file oidc-ca-file service-account-key-file cert-file trusted-ca-file peer-cert-file peer-trusted-ca-file client-cert-file client-crl-file peer-crl-file peer-client-cert-file',
  'private-key':
    'tls-private-key-file etcd-keyfile kubelet-client-key service-account-signing-key-file service-account-private-key-file proxy-client-key-file key-file peer-key-file client-key-file peer-client-key-file cloud-config',
  'token-file': 'token-auth-file basic-auth-file',
  directory: 'config-dir cert-dir data-dir wal-dir pod-manifest-path root-dir',
} as const satisfies Record<FileRole, string>;

const roles: ReadonlyMap<string, FileRole> = new Map(
  (Object.entries(byName) as [FileRole, string][]).flatMap(([role, names]) =>
    names.split(' ').map((name) => [name, role] as const),
  ),
);

/**
 * The role of the file that a flag names (without dashes; `_` stands for `-`), `undefined` where the flag names none. The names are
 * upstream's, of the Kubernetes components 1.28–1.37 and of etcd 3.4–3.7.
 */
export function fileRoleOf(flag: string): FileRole | undefined {
  const name = flag.replaceAll('_', '-');
  if (/^cluster-signing(-.+)?-cert-file$/.test(name)) return 'certificate';
  if (/^cluster-signing(-.+)?-key-file$/.test(name)) return 'private-key';
  return roles.get(name);
}
