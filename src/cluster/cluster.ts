import type { Component } from './component.ts';
import type { Document } from './document.ts';
import type { Gap } from './gap.ts';
import type { Json } from './json.ts';
import type { KindKey, ObjectIndex } from './objects.ts';
import type { Place } from './place.ts';
import type { StoredInventory } from './stored-inventory.ts';

/** How a kind was listed whole, or why absence of its objects means nothing. */
export interface Listing {
  readonly kind: KindKey;
  /** `api`: listed by a server; `archive`; `list`: a typed list in a file without `continue`. */
  readonly by: 'api' | 'archive' | 'list';
  readonly source: string;
}

/** A kubeconfig that was found on a host or is in use: who it is, never its credentials. */
export interface Kubeconfig {
  readonly source: string;
  readonly host?: string;
  readonly inUse: boolean;
  /** `server` of each cluster entry. */
  readonly servers: readonly string[];
  readonly users: readonly {
    readonly name: string;
    readonly credential: 'client-certificate' | 'token' | 'exec' | 'auth-provider' | 'basic' | 'none';
    /** Subject of the client certificate, where it could be read. */
    readonly commonName?: string;
    readonly organizations?: readonly string[];
    /** RFC 3339. */
    readonly notAfter?: string;
    readonly place: Place;
  }[];
}

/** What a stretch of audit log shows that controls ask for (audit/digest.ts makes it; never a body). */
export interface AuditDigest {
  readonly sources: readonly string[];
  readonly events: number;
  /** RFC 3339 times of the first and last event. */
  readonly first: string;
  readonly last: string;
  /** Users seen with group system:masters, own or impersonated. */
  readonly masters: readonly { readonly user: string; readonly count: number; readonly last: string; readonly place: Place }[];
  /** `system:serviceaccount:NS:NAME` users that made requests. */
  readonly serviceAccounts: readonly string[];
  /** Events that carry a Secret's or a token's content. */
  readonly secretBodies: readonly {
    readonly resource: string;
    readonly verb: string;
    readonly what: string;
    readonly count: number;
    readonly place: Place;
  }[];
  /** Namespace → value of `pod-security.kubernetes.io/enforce-policy` on a pod's creation. */
  readonly enforcePolicies: Readonly<Record<string, string>>;
  /** Lines that were not events: count and the first place. */
  readonly unreadable: number;
  /** False where no event says in which groups its user is: nobody can be found by a group. */
  readonly namesGroups?: false;
}

/** A directory entry of a host that a control asks for though no flag names it (`/etc/cni/net.d`, kubelet drop-ins). */
export interface HostDirectory {
  readonly host: string;
  readonly path: string;
  /** `mode` (permission bits) and owner ids where the source shows them. */
  readonly entries: readonly {
    readonly name: string;
    readonly document?: Document;
    readonly mode?: number;
    readonly uid?: number;
    readonly gid?: number;
  }[];
}

/** Everything that was collected about one cluster. Plain data, but for the index of objects. */
export interface Cluster {
  /** What was read, as the user named it. */
  readonly sources: readonly string[];
  /** `gitVersion` of `/version` (`v1.31.4`, `v1.30.8-eks-2d5f260`). */
  readonly gitVersion?: { readonly text: string; readonly place: Place };
  readonly objects: ObjectIndex;
  readonly listings: readonly Listing[];
  readonly components: readonly Component[];
  /** Configuration documents that no flag led to: kubeadm ClusterConfiguration, k3s config, kubelet configuration in a ConfigMap. */
  readonly configurations: readonly Document[];
  readonly directories: readonly HostDirectory[];
  readonly kubeconfigs: readonly Kubeconfig[];
  /** Answer of SelfSubjectReview for the credential in use. */
  readonly self?: { readonly username: string; readonly groups: readonly string[]; readonly source: string };
  readonly auditDigest?: AuditDigest;
  /** How snapshots of etcd and databases of its members keep what is stored: counts, never a value. */
  readonly storedInventories?: readonly StoredInventory[];
  readonly gaps: readonly Gap[];
  /** Numbers for the report's head: files and bytes read, seconds are the caller's. */
  readonly counts: Readonly<Record<string, number>>;
  /** Free facts of the collectors for later steps, by name. */
  readonly extra?: Readonly<Record<string, Json>>;
}
