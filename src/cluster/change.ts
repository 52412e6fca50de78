import type { ComponentName } from './component.ts';
import type { FieldPath, Json, JsonObject } from './json.ts';

/** One edit of a YAML document; comments, order, quoting and indentation of everything else stay. */
export type FieldEdit =
  /** Sets a field, making the mappings on the way; the last step may be a list's index. */
  | { readonly op: 'set'; readonly path: FieldPath; readonly value: Json }
  | { readonly op: 'remove'; readonly path: FieldPath }
  /** Inserts an item into the list at `path` before `index`; an index at or beyond the end appends, an absent list is made. */
  | { readonly op: 'insert'; readonly path: FieldPath; readonly index: number; readonly value: Json };

/** An object by kind and name. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/**
 * One typed change of a cluster. `host` and `component` name a component on a host (cluster/components.ts); paths are the host's.
 * Flags are named without dashes. A change says what is wanted, not how the file looks: plan/ renders it into files.
 */
export type Change =
  /** `--flag=value` stands once on the command line; other occurrences go. */
  | {
      readonly kind: 'set-flag';
      readonly host: string;
      readonly component: ComponentName;
      readonly flag: string;
      readonly value: string;
    }
  | { readonly kind: 'remove-flag'; readonly host: string; readonly component: ComponentName; readonly flag: string }
  /** A file, and a read-only mount that makes it visible to the component where none does. `secret`: holds key material, 0600, kept apart. */
  | {
      readonly kind: 'write-file';
      readonly host: string;
      readonly component: ComponentName;
      readonly path: string;
      readonly text: string;
      readonly mode: number;
      readonly secret: boolean;
    }
  /** A writable folder of the host that the component must see (an audit log's); made where it is absent. */
  | { readonly kind: 'mount-directory'; readonly host: string; readonly component: ComponentName; readonly path: string }
  /** Edits an existing YAML file that the component reads (kubelet configuration, an EncryptionConfiguration, …). */
  | {
      readonly kind: 'edit-file';
      readonly host: string;
      readonly component: ComponentName;
      readonly path: string;
      readonly edits: readonly FieldEdit[];
      readonly secret: boolean;
    }
  /** Edits the component's static pod manifest beside its flags (probes). */
  | {
      readonly kind: 'edit-manifest';
      readonly host: string;
      readonly component: ComponentName;
      readonly edits: readonly FieldEdit[];
    }
  /** Server-side apply with field manager `bulwark`. */
  | { readonly kind: 'apply-object'; readonly object: JsonObject }
  /**
   * JSON merge patch of an existing object (null removes a member; lists are replaced whole). `strategic`: a strategic merge patch
   * instead, for pod templates: containers are merged by `name`, so that what was blanked when it was read (values of variables) is
   * not written back.
   */
  | { readonly kind: 'patch-object'; readonly object: ObjectReference; readonly patch: JsonObject; readonly strategic?: true }
  | { readonly kind: 'delete-object'; readonly object: ObjectReference }
  /** Every object of a resource is read and written back unchanged, so that it is stored anew (encryption). */
  | { readonly kind: 'rewrite-objects'; readonly resource: string; readonly apiGroup: string }
  /** What cannot be done by a change: exact commands for a person, and how to see that it is done. */
  | {
      readonly kind: 'manual';
      readonly host?: string;
      readonly title: string;
      readonly commands: readonly string[];
      readonly done: string;
    };

/**
 * When a change may be made, in this order: what only adds and cannot break; what proves that the caller is not locked out comes
 * before what could lock out. Changes of one stage on one component share one restart.
 */
export type Stage =
  /** Labels, audit-and-warn policies, quotas' LimitRanges, new accounts: nothing that runs is refused. */
  | 'prepare'
  /** Objects that refuse or take away: quotas, NetworkPolicies, RBAC, enforce labels, workload settings. */
  | 'objects'
  /** Kubelet configuration, one node at a time. */
  | 'kubelet'
  /** API server (and etcd with it): flags and files, one restart. */
  | 'api-server'
  /** After the API server runs with the new configuration: rewriting objects. */
  | 'after-restart'
  /** What can lock the caller out: authorization modes, client CA, anonymous access of joins. Last. */
  | 'lock-out';

/** How one finding is mended. */
export type Remedy =
  | {
      readonly kind: 'changes';
      /** `native`: planned by default; `owner`: proposed only where the control is named with --only. */
      readonly by: 'native' | 'owner';
      readonly stage: Stage;
      readonly changes: readonly Change[];
      /** Why, in one sentence, for the person who reviews the plan. */
      readonly why: string;
      /** What it may break, where to look before. */
      readonly sideEffects: readonly string[];
      /** Other ways to mend the same finding, as text. */
      readonly alternatives?: readonly string[];
      /** A part of the finding that stays, and why (`admission-psa-namespace-labels` below baseline). */
      readonly stays?: string;
    }
  /** A later group of the same remedy (two restarts, Warn before Deny). */
  | { readonly kind: 'steps'; readonly steps: readonly Extract<Remedy, { kind: 'changes' }>[] }
  /** No native change, or only the owner knows it: with the reason. */
  | { readonly kind: 'none'; readonly why: string };
