import type { Place } from '../cluster/place.ts';
import type { ChangedField } from './objects/changed-fields.ts';
import type { RebaseNote } from './rebase/rebased.ts';

/** Version of the result's JSON. */
export const sandboxFormatVersion = 1;

/** `today`: as it was collected; `planned`: after all changes of the plan. */
export type World = 'today' | 'planned';

/** Whether one API server starts. */
export interface StartResult {
  readonly world: World;
  /** Empty where no host is known. */
  readonly host: string;
  readonly starts: boolean;
  /** The server's own words, with the host's paths. */
  readonly message?: string;
  /** The configuration that they are about, where it is known. */
  readonly place?: Place;
  /** `server`: it was started and said so; `manifest`: its static pod would not run on the host (mounts, user, probes). */
  readonly seenBy?: 'server' | 'manifest';
  /** What is not as on the host, and so not proved. */
  readonly notes: readonly RebaseNote[];
}

/** An object that the server refuses, or cannot judge without asking somebody else. */
export interface RefusedObject {
  readonly object: string;
  readonly place?: Place;
  readonly message: string;
  /** What today's server says to it: `absent`: the plan makes the object; `not-asked`: there is no other server to compare with. */
  readonly today: 'accepted' | 'refused' | 'unknown' | 'absent' | 'not-asked';
}

/** An object that both servers accept and that is not the same afterwards. */
export interface ChangedObject {
  readonly object: string;
  readonly place?: Place;
  /** `plan`: the plan edits it; `admission`: the planned server's admission does. */
  readonly by: 'plan' | 'admission';
  readonly fields: readonly ChangedField[];
  /** Fields beyond those that are listed. */
  readonly more: number;
}

/** A question in both worlds. */
export interface QuestionResult {
  readonly question: string;
  readonly today?: { readonly allowed: boolean; readonly reason: string };
  readonly planned?: { readonly allowed: boolean; readonly reason: string };
  readonly changes: boolean;
}

/** What a sandbox found. Plain data: `-o json` prints it. */
export interface SandboxResult {
  readonly formatVersion: number;
  readonly tool: { readonly name: 'bulwark'; readonly version: string };
  /** Version of the kube-apiserver that was started. */
  readonly server: string;
  /** Minor of the cluster, as `1.31`; null where nothing tells. */
  readonly cluster: string | null;
  readonly warnings: readonly string[];
  readonly starts: readonly StartResult[];
  readonly objects: {
    /** Of the last world that was asked. */
    readonly asked: number;
    readonly accepted: number;
    readonly refused: readonly RefusedObject[];
    /** The server would have to ask somebody, or does not serve the kind. */
    readonly unknown: readonly RefusedObject[];
    /** Objects that today's server refuses and the planned one accepts. */
    readonly mended: readonly string[];
    readonly changed: readonly ChangedObject[];
    /** Warnings that today's server does not give. */
    readonly warned: readonly { readonly object: string; readonly warning: string }[];
    readonly skipped: readonly { readonly kind: string; readonly count: number; readonly why: string }[];
    /** Objects that were made because others name them and nobody collected them. */
    readonly standIns: readonly string[];
  };
  readonly questions: readonly QuestionResult[];
  readonly kept?: { readonly dir: string; readonly kubeconfig: string; readonly stop: string };
  /** The (planned) server starts, and refuses nothing that was accepted. */
  readonly holds: boolean;
}
