import type { Place } from '../cluster/place.ts';
import type { Verdict } from './verdict.ts';

/** What was seen and where; `seen` and `wanted` are short texts for a person, never a secret. */
export interface Evidence extends Place {
  readonly seen: string;
  readonly wanted?: string;
}

/** Who a finding speaks of. `namespace`, `kind`, `name` for objects, `host` for components. */
export interface Subject {
  /** `Deployment`, `ServiceAccount`, `API server`, `kubelet`, `namespace`, `cluster`. */
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** `Group`/`User` findings and components: the host the configuration was seen on. */
  readonly host?: string;
}

/** A waiver as it shows on a finding. */
export interface WaiverMark {
  readonly reason: string;
  readonly owner: string;
  /** `YYYY-MM-DD`. */
  readonly expires: string;
}

/** A control's verdict on one subject. */
export interface Finding {
  readonly verdict: Verdict;
  readonly subject: Subject;
  /** One sentence, no full stop: what is the case and why it matters for the verdict. */
  readonly message: string;
  /** Number of the assertion inside the control (`/2`), where it has several. */
  readonly assertion?: number;
  readonly evidence: readonly Evidence[];
  /** Caveats that do not decide. */
  readonly notes?: readonly string[];
  /** What to change for this subject, as text or as lines of YAML. */
  readonly remedy?: string;
  readonly waiver?: WaiverMark;
  /** Not in the baseline report that was given. */
  readonly isNew?: boolean;
  /** Stable over runs and machines: control, assertion, subject (no line, no time). */
  readonly fingerprint?: string;
}

/** Prints a subject: `Deployment web/front`, `API server on cp-1`. */
export function formatSubject(subject: Subject): string {
  const name = subject.namespace === undefined ? subject.name : `${subject.namespace}/${subject.name}`;
  const text = name === '' ? subject.kind : `${subject.kind} ${name}`;
  return subject.host === undefined ? text : `${text} on ${subject.host}`;
}
