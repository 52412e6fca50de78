/** etcd could not be asked. The message says why and what to do; never a value or key. */
export class EtcdFault extends Error {
  /** What kind of failure it was. */
  readonly failure: 'certificate' | 'refused' | 'unknown-host' | 'authentication' | 'timeout' | 'compacted' | 'answer';
  /** What to do about it. */
  readonly hint: string;

  constructor(failure: EtcdFault['failure'], message: string, hint: string) {
    super(message);
    this.name = 'EtcdFault';
    this.failure = failure;
    this.hint = hint;
  }
}

const untrusted = /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA/;

/** gRPC codes (google.golang.org/grpc/codes). */
const code = { deadlineExceeded: 4, permissionDenied: 7, outOfRange: 11 } as const;

/**
 * Says why etcd gave no answer. Codes are Node's and OpenSSL's, found along the chain of causes, and gRPC's; messages of libraries are
 * not passed on, but for etcd's own short `etcdserver: …`.
 */
export function etcdFault(error: unknown, endpoint: string): EtcdFault {
  if (error instanceof EtcdFault) return error;
  const codes = codesOf(error);
  const is = (pattern: RegExp): boolean => codes.some((text) => pattern.test(text));
  if (is(/^ECONNREFUSED$/))
    return new EtcdFault('refused', `${endpoint}: the connection was refused`, 'check that etcd runs there and listens on it');
  if (is(/^(?:ENOTFOUND|EAI_AGAIN)$/))
    return new EtcdFault('unknown-host', `${endpoint}: the host is not known`, 'check --etcd-servers and the name');
  if (is(/ALTNAME/))
    return new EtcdFault('certificate', `${endpoint}: etcd's certificate is for other names`, 'use a name in its certificate');
  if (is(/^CERT_HAS_EXPIRED$/)) return new EtcdFault('certificate', `${endpoint}: etcd's certificate has expired`, 'renew it');
  if (is(untrusted))
    return new EtcdFault(
      'certificate',
      `${endpoint}: etcd's certificate is signed by an authority that is not trusted`,
      'check --etcd-cafile',
    );
  if (is(/ALERT|HANDSHAKE_FAILURE|CERTIFICATE_REQUIRED|BAD_CERTIFICATE/))
    return new EtcdFault('certificate', `${endpoint}: etcd refused the client certificate, or there is none`, certificates);
  if (is(/^(?:EPROTO|ERR_SSL|ERR_TLS|ERR_HTTP2_ERROR|HPE_)/))
    return new EtcdFault(
      'certificate',
      `${endpoint}: it does not speak TLS or HTTP/2 as expected`,
      'check the scheme of the URL',
    );
  if (is(/^(?:ETIMEDOUT|grpc-4)$/))
    return new EtcdFault('timeout', `${endpoint}: no answer in time`, 'check the network, and that etcd has a leader');
  if (is(/^grpc-(?:7|16)$/))
    return new EtcdFault(
      'authentication',
      `${endpoint}: etcd does not let this client read`,
      'check the role of its user in etcd',
    );
  if (is(/^grpc-11$/))
    return new EtcdFault('compacted', `${endpoint}: the revision was compacted while it was read`, 'try again');
  return new EtcdFault('answer', `${endpoint}: ${ownWords(error) ?? 'the connection broke'}`, certificates);
}

const certificates = 'check --etcd-certfile and --etcd-keyfile, and the log of etcd';

function codesOf(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let here: unknown = error, depth = 0; here instanceof Error && depth < 6; here = here.cause, depth++) {
    if ('code' in here && typeof here.code === 'string') codes.push(here.code);
    if ('code' in here && typeof here.code === 'number') codes.push(`grpc-${here.code}`);
    // http2 wraps what OpenSSL said into a message without a code.
    const alert = /(?:alert [a-z ]+|ECONNREFUSED|ENOTFOUND)/i.exec(here.message)?.[0];
    if (alert !== undefined) codes.push(alert.toUpperCase());
    if (/invalid auth token|user name is empty|permission denied/.test(here.message)) codes.push(`grpc-${code.permissionDenied}`);
    if (/required revision has been compacted/.test(here.message)) codes.push(`grpc-${code.outOfRange}`);
    if (/deadline|timed? ?out/i.test(here.message)) codes.push(`grpc-${code.deadlineExceeded}`);
  }
  return codes;
}

function ownWords(error: unknown): string | undefined {
  const text = error instanceof Error ? /etcdserver: [\w ,.:-]{1,120}/.exec(error.message)?.[0] : undefined;
  return text?.trim();
}
