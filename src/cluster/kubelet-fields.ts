/** What is known of a field of KubeletConfiguration: its flag, its type, and its default with and without `--config`. */
export interface FieldDefinition {
  readonly flag: string;
  readonly type: 'boolean' | 'number' | 'string';
  readonly secure: boolean | number | string;
  readonly legacy: boolean | number | string;
}

const field = (flag: string, secure: boolean | number | string, legacy: boolean | number | string = secure): FieldDefinition => ({
  flag,
  type: typeof secure as FieldDefinition['type'],
  secure,
  legacy,
});

/**
 * Fields that have a flag. Only four differ without `--config` (applyLegacyDefaults).
 * Source: K:pkg/kubelet/apis/config/v1beta1/defaults.go and cmd/kubelet/app/options/options.go, alike in 1.28.15, 1.31.14 and 1.37.2.
 */
export const kubeletFields = {
  'authentication.anonymous.enabled': field('anonymous-auth', false, true),
  'authentication.webhook.enabled': field('authentication-token-webhook', true, false),
  'authentication.x509.clientCAFile': field('client-ca-file', ''),
  'authorization.mode': field('authorization-mode', 'Webhook', 'AlwaysAllow'),
  readOnlyPort: field('read-only-port', 0, 10_255),
  seccompDefault: field('seccomp-default', false),
  rotateCertificates: field('rotate-certificates', false),
  serverTLSBootstrap: field('rotate-server-certificates', false),
  protectKernelDefaults: field('protect-kernel-defaults', false),
  makeIPTablesUtilChains: field('make-iptables-util-chains', true),
  enableDebuggingHandlers: field('enable-debugging-handlers', true),
  eventRecordQPS: field('event-qps', 50),
  podPidsLimit: field('pod-max-pids', -1),
  tlsCertFile: field('tls-cert-file', ''),
  tlsPrivateKeyFile: field('tls-private-key-file', ''),
  tlsMinVersion: field('tls-min-version', ''),
  staticPodPath: field('pod-manifest-path', ''),
} as const satisfies Record<string, FieldDefinition>;

/** A field that `kubeletSetting` reads, by its path in KubeletConfiguration. */
export type KubeletField = keyof typeof kubeletFields;
