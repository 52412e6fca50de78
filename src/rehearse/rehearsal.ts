import type { LogCoverage } from '../audit/store/types.ts';

/** Version of the rehearsal's JSON. */
export const rehearsalFormatVersion = 1;

/** Who makes a request. */
export interface Who {
  readonly user: string;
  readonly groups: readonly string[];
  /** The user that it was made as. */
  readonly as?: string;
  readonly kind: 'system component' | 'node' | 'service account' | 'person' | 'nobody' | 'workload';
  /** The pod, where the token named it. */
  readonly pod?: string;
}

/** Requests whose recorded decision today's world does not give. */
export interface Disagreement {
  readonly cause: 'state newer than the log' | 'object deleted since' | 'a webhook decided' | 'version' | 'not explained';
  readonly requests: number;
  readonly accesses: number;
  /** Up to three of them. */
  readonly samples: readonly {
    readonly who: Who;
    readonly what: string;
    readonly recorded: string;
    readonly today: string;
    readonly auditID: string;
  }[];
}

/** Whether today's world answers as the log says that the server did. */
export interface Calibration {
  /** Requests of which the log shows the decision, and that can be decided here. */
  readonly requests: number;
  readonly reproduced: number;
  /** Requests that only a webhook or what was not collected could decide. */
  readonly undecidable: number;
  /** Writes of RBAC in the log that were followed in time; 0: the final state alone was asked. */
  readonly followed: number;
  readonly disagreements: readonly Disagreement[];
}

/** A change that brings about a difference. */
export interface Cause {
  /** `g2.c1` in the plan. */
  readonly change: string;
  readonly text: string;
  readonly controls: readonly string[];
}

/** Real requests, or a real object, whose outcome the plan changes. */
export interface Difference {
  /** Eight hexadecimal digits, the same in every run: `--keep` takes it. */
  readonly id: string;
  /** `refused`: no longer allowed; `turned away`: no longer let in; `opened`: allowed where it was refused; `object`: a pod that would not start again. */
  readonly kind: 'refused' | 'turned away' | 'opened' | 'object';
  readonly who: Who;
  /** `list secrets in web`, `get /livez`, `Deployment web/front`. */
  readonly what: string;
  readonly requests: number;
  /** RFC 3339; empty for objects. */
  readonly first: string;
  readonly last: string;
  readonly userAgents: readonly string[];
  /** In the server's words where they are known. */
  readonly today: string;
  readonly planned: string;
  readonly causes: readonly Cause[];
  /** The narrowest way to keep it working. */
  readonly exception: string;
  /** Of up to three requests. */
  readonly auditIDs: readonly string[];
}

/** Something that a log cannot prove either way, said by name. */
export interface SideEffect {
  readonly name: string;
  readonly text: string;
  /** What in the log speaks for it. */
  readonly seen: readonly string[];
}

/** What the rehearsal rests on. */
export interface Coverage extends LogCoverage {
  readonly sources: readonly {
    readonly source: string;
    readonly events: number;
    readonly unreadable: number;
    readonly lacks: readonly string[];
  }[];
  /** Requests that the audit policy in force does not write. */
  readonly blind: readonly string[];
  /** What no audit log shows. */
  readonly never: readonly string[];
}

/** What the plan would break: plain data, the JSON report. */
export interface Rehearsal {
  readonly formatVersion: number;
  readonly tool: { readonly name: 'bulwark'; readonly version: string };
  readonly plan: { readonly groups: number; readonly changes: number; readonly version: string | null };
  readonly coverage: Coverage;
  readonly calibration: Calibration;
  /** Distinct accesses that went through both worlds. */
  readonly accesses: number;
  readonly differences: readonly Difference[];
  /** Accesses whose outcome nobody here can tell, by reason. */
  readonly unsettled: readonly {
    readonly why: string;
    readonly requests: number;
    readonly accesses: number;
    readonly sample: string;
  }[];
  readonly sideEffects: readonly SideEffect[];
  readonly assumptions: readonly string[];
}
