import type { Gap } from '../../cluster/gap.ts';

/** The live cluster, or one answer of it, could not be read. Carries the gap that says where, why and what to do; never a secret. */
export class LiveFault extends Error {
  readonly gap: Gap;
  /** HTTP status, where the server answered. */
  readonly status: number | undefined;
  /** What kind of failure it was, where no answer came or it was no use. */
  readonly failure: 'status' | 'timeout' | 'connection' | 'tls' | 'answer' | 'credential' | 'kubeconfig';

  constructor(failure: LiveFault['failure'], gap: Gap, status?: number) {
    super(gap.reason);
    this.name = 'LiveFault';
    this.failure = failure;
    this.gap = gap;
    this.status = status;
  }
}
