/** A file that the sandbox's API server reads; the path is the sandbox's own. */
export interface SandboxFile {
  readonly path: string;
  readonly text: string;
}

/** What of the collected configuration is not as it is on the host, and so not proved. */
export interface RebaseNote {
  /** Without dashes. */
  readonly flag: string;
  readonly note: string;
}

/** An API server's configuration, fit to start on loopback. */
export interface RebasedServer {
  readonly words: readonly string[];
  readonly files: readonly SandboxFile[];
  readonly notes: readonly RebaseNote[];
}

/** What the sandbox gives to the API servers that it starts. */
export interface Loopback {
  /** Folder below which the paths of the host are laid out: `/etc/x` becomes `<root>/etc/x`. */
  readonly root: string;
  /** Minor of the server that is started. */
  readonly minor: number;
  readonly port: number;
  readonly etcdUrl: string;
  readonly etcdTlsUrl: string;
  /** Keeps two worlds apart in one etcd. */
  readonly etcdPrefix: string;
  /** PEM texts. */
  readonly authority: string;
  readonly frontAuthority: string;
  readonly certificate: string;
  readonly key: string;
  readonly signingKey: string;
  readonly publicKey: string;
  /** 32 random bytes as Base64, in place of KMS plug-ins. */
  readonly encryptionKey: string;
}

/** Where nobody listens: what must not be reached is sent there. */
export const deadAddress = '127.0.0.1:1';
