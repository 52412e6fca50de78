import type { CommandLine } from './command-line.ts';
import type { Document } from './document.ts';
import type { Place } from './place.ts';

/** The components whose configuration the controls read. */
export type ComponentName = 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'etcd' | 'kubelet' | 'kube-proxy';

/**
 * How a component's configuration was seen, best first: `process` and `mirror-pod` are what runs; `static-pod` and `unit` are
 * what starts it; `kubeadm` (ClusterConfiguration) and `distribution` (k3s, RKE2, MicroK8s files) are what writes those:
 * there an absent flag is not at upstream's default.
 */
export type SeenAs = 'process' | 'mirror-pod' | 'static-pod' | 'unit' | 'kubeadm' | 'distribution';

/** A file that a flag names, as far as it could be read. */
export type HostFile =
  | {
      readonly kind: 'seen';
      /** Path on the host. */
      readonly path: string;
      /** The text with secrets blanked out, length kept (see collect/redact.ts); `undefined` for a private key or a token file. */
      readonly text: string | undefined;
      /** Where a person opens it: the path under the folder that was given. */
      readonly source: string;
      /** Permission bits, as 0o600, and owner ids, where the source shows them. */
      readonly mode?: number;
      readonly uid?: number;
      readonly gid?: number;
      /**
       * Of a secret file: what may be said of it (`lines`: number of lines, `groups`: users' groups in a token file, `sha256` and
       * `guessableKeys` of an EncryptionConfiguration).
       */
      readonly facts?: Readonly<Record<string, string | number | readonly string[]>>;
    }
  /** Known not to be there: no such file in a host tree that holds its folder, or no mount of the static pod makes it visible. */
  | { readonly kind: 'missing'; readonly path: string; readonly reason: string }
  /** Not known: nobody collected it. */
  | { readonly kind: 'not-collected'; readonly path: string; readonly reason: string };

/** One running (or to be started) component on one host. */
export interface Component {
  readonly name: ComponentName;
  /** Node or host name; where none is known, the folder or context it was read from. */
  readonly host: string;
  readonly seenAs: SeenAs;
  readonly commandLine: CommandLine;
  /** The manifest, unit or configuration that the command line was read from. */
  readonly document: Document;
  /** `v1.31.4` from the image tag, the binary or kubeadm's kubernetesVersion. */
  readonly version?: { readonly text: string; readonly place: Place };
  /** Files by the path that the command line gives (the path inside the container). */
  readonly files: ReadonlyMap<string, HostFile>;
  /** Environment variables that configure the component (etcd's `ETCD_*`). */
  readonly environment: ReadonlyMap<string, { readonly value: string; readonly place: Place }>;
  /** True for a mirror pod that is Ready, or a running process: it starts with the configuration shown. */
  readonly running: boolean;
  /** The text of the manifest or unit that `document` was parsed from, with secrets blanked out, length kept; where it was read from a file. */
  readonly text?: string;
  /** Where that file lies on its host: `/etc/kubernetes/manifests/kube-apiserver.yaml`; absent where only a loose copy was seen. */
  readonly hostPath?: string;
  /** Permission bits of that file, where the source shows them. */
  readonly mode?: number;
  /** Kubelet only: the effective configuration that `/configz` showed. */
  readonly configz?: Document;
}
