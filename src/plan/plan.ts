import type { Change, Stage } from '../cluster/change.ts';
import type { ComponentName } from '../cluster/component.ts';
import type { JsonObject } from '../cluster/json.ts';
import type { Severity } from '../results/verdict.ts';

/** Version of plan.json's format; a reader refuses a newer one. */
export const planFormatVersion = 1;

/** What the plan saw before a change; apply compares it with what it finds, and stops where they differ. */
export type Before =
  /** `sha256`: lower-case hex digest of the UTF-8 text with its secrets blanked (collect/redact.ts); `mode`: permission bits. */
  | { readonly kind: 'file'; readonly path: string; readonly sha256: string; readonly mode?: number }
  | { readonly kind: 'absent'; readonly path: string }
  /** Not collected, or only as a fact without its text. */
  | { readonly kind: 'unseen'; readonly path: string }
  /** The object without status and what the server keeps in its metadata (managedFields, resourceVersion, uid, generation, times). */
  | { readonly kind: 'object'; readonly object: JsonObject }
  | { readonly kind: 'no-object' }
  | { readonly kind: 'none' };

/** One change of a plan. */
export interface PlannedChange {
  /** `g1.c1`: group and number in it. */
  readonly id: string;
  readonly change: Change;
  /** Controls that ask for it. */
  readonly controls: readonly string[];
  readonly before: Before;
}

/**
 * A file of a host that a group changes: the state before this group (for a file that several groups change, what the former
 * group left) and after it.
 */
export interface PlannedFile {
  readonly host: string;
  readonly component: ComponentName;
  /** Absolute path on the host. */
  readonly path: string;
  /** `manifest`: the static pod's own; `file`: one that the component reads; `directory`: made where it is absent. */
  readonly role: 'manifest' | 'file' | 'directory';
  readonly before: Before;
  /** As in `Before`; absent for a folder. */
  readonly sha256?: string;
  readonly mode: number;
  readonly secret: boolean;
}

/** Changes that are made together, then checked together, and undone together. */
export interface PlanGroup {
  /** `g1`, `g2`, … in the order in which they are applied. */
  readonly id: string;
  readonly title: string;
  readonly stage: Stage;
  /** Set where the group changes files: one host a group. */
  readonly host?: string;
  /** Set where it changes one component alone. */
  readonly component?: ComponentName;
  readonly restarts: readonly { readonly host: string; readonly component: ComponentName }[];
  readonly changes: readonly PlannedChange[];
  readonly files: readonly PlannedFile[];
  readonly controls: readonly string[];
  readonly why: readonly string[];
  readonly sideEffects: readonly string[];
  readonly undo: readonly string[];
  /** Other ways to reach the same, for the person who decides. */
  readonly alternatives: readonly string[];
  /**
   * Set where the tool cannot make the group's changes of files itself: why, and the commands for a person. The changes say what is to
   * be the case afterwards.
   */
  readonly byHand?: { readonly why: string; readonly commands: readonly string[] };
}

/** A finding that the plan does not mend, or not wholly, and why. */
export interface KeptFinding {
  readonly control: string;
  /** As reports print it: `API server on cp-1`. */
  readonly subject: string;
  /**
   * `proposed`: an owner decides, name the control with --only; `none`: no native change; `stays`: a part that a remedy leaves;
   * `waived`: a waiver holds.
   */
  readonly kind: 'proposed' | 'none' | 'stays' | 'waived';
  readonly why: string;
}

/** The hardened configuration as an ordered set of changes. Plain data: plan.json holds it. */
export interface Plan {
  readonly formatVersion: number;
  readonly tool: { readonly name: 'bulwark'; readonly version: string };
  /** RFC 3339. */
  readonly now: string;
  readonly cluster: {
    readonly version: string | null;
    readonly distribution: string | null;
    readonly sources: readonly string[];
  };
  readonly options: { readonly only: readonly string[]; readonly skip: readonly string[]; readonly severity: Severity };
  readonly groups: readonly PlanGroup[];
  readonly kept: readonly KeptFinding[];
}
