import type { AccessRow } from '../audit/store/types.ts';
import type { CompiledAuthorization } from '../authorization/chain.ts';
import { withRbac } from '../authorization/chain.ts';
import { isBootstrapName } from '../authorization/rbac/bootstrap.ts';
import { namedGrant } from './named-grant.ts';
import type { RbacHistory } from './rbac-history.ts';
import type { Calibration, Disagreement } from './rehearsal.ts';
import { describeAccess, whoOf } from './who.ts';
import type { Outcome } from './world.ts';
import { authorizeAccess } from './world.ts';

/** What the log says that authorization decided; `undefined`: it does not say, or nobody authenticated. */
export function recordedDecision({ decision, code, refusal, user }: AccessRow): 'allowed' | 'refused' | undefined {
  if (user.username === '' || code === 401) return undefined;
  if (decision !== undefined) return decision === 'allow' ? 'allowed' : 'refused';
  if (code === 0 || code >= 500 || code === 429) return undefined;
  if (code !== 403) return 'allowed';
  // A refused impersonation is not the request's own decision; any other 403 without one may be admission's.
  if (/ cannot impersonate/.test(refusal)) return undefined;
  return /User ".*" cannot /.test(refusal) ? 'refused' : undefined;
}

/** Caches of an API server lag behind what it answered. */
const lagMs = 2000;
const shownSamples = 3;

/** Worlds over time, made when they are asked for. */
export class Timeline {
  readonly #base: CompiledAuthorization;
  readonly #history: RbacHistory;
  readonly #made = new Map<number, CompiledAuthorization>();

  constructor(base: CompiledAuthorization, history: RbacHistory) {
    this.#base = base;
    this.#history = history;
  }

  at(epoch: number): CompiledAuthorization {
    // Without a write in the log there is one world.
    if (this.#history.epochs.length === 0) return this.#base;
    const known = this.#made.get(epoch) ?? withRbac(this.#base, this.#history.at(epoch));
    this.#made.set(epoch, known);
    return known;
  }

  /** Whether the world of a row's stretch, or one that had just passed, gives an outcome. */
  gives(row: AccessRow, wanted: Outcome['kind']): boolean {
    const first = Date.parse(row.first);
    for (let epoch = row.epoch; epoch >= 0; epoch--) {
      if (authorizeAccess(this.at(epoch), row).kind === wanted) return true;
      const ended = Date.parse(this.#history.epochs[epoch - 1] ?? '');
      if (Number.isNaN(ended) || ended < first - lagMs) return false;
    }
    return false;
  }

  /** Whether the world of any stretch gives an outcome. */
  everGives(row: AccessRow, wanted: Outcome['kind']): boolean {
    for (let epoch = 0; epoch <= this.#history.epochs.length; epoch++)
      if (authorizeAccess(this.at(epoch), row).kind === wanted) return true;
    return false;
  }
}

/** Holds each recorded decision against the world that the server had, as far as it can be known. */
export class Calibrator {
  readonly #today: CompiledAuthorization;
  readonly #timeline: Timeline;
  readonly #history: RbacHistory;
  readonly #follow: boolean;
  readonly #disagreements = new Map<
    Disagreement['cause'],
    { requests: number; accesses: number; samples: Disagreement['samples'][number][] }
  >();
  #requests = 0;
  #reproduced = 0;
  #undecidable = 0;

  /** @param follow in time; else today's state alone is asked */
  constructor(today: CompiledAuthorization, history: RbacHistory, follow: boolean) {
    this.#today = today;
    this.#history = history;
    this.#timeline = new Timeline(today, history);
    this.#follow = follow;
  }

  add(row: AccessRow): void {
    const recorded = recordedDecision(row);
    if (recorded === undefined) return;
    const answer = authorizeAccess(this.#follow ? this.#timeline.at(row.epoch) : this.#today, row);
    if (answer.kind === 'unknown') {
      this.#undecidable += row.count;
      return;
    }
    this.#requests += row.count;
    if (answer.kind === recorded || (this.#follow && this.#timeline.gives(row, recorded))) {
      this.#reproduced += row.count;
      return;
    }
    const cause = this.#causeOf(row, recorded);
    const entry = this.#disagreements.get(cause) ?? { requests: 0, accesses: 0, samples: [] };
    this.#disagreements.set(cause, entry);
    entry.requests += row.count;
    entry.accesses++;
    if (entry.samples.length < shownSamples)
      entry.samples.push({
        who: whoOf(row),
        what: describeAccess(row.attributes),
        recorded,
        today: answer.kind,
        auditID: row.auditID,
      });
  }

  #causeOf(row: AccessRow, recorded: 'allowed' | 'refused'): Disagreement['cause'] {
    if (!this.#follow && this.#timeline.everGives(row, recorded)) return 'state newer than the log';
    const named = namedGrant(row.reason);
    if (recorded === 'allowed' && row.reason === '' && row.decision === 'allow') return 'a webhook decided';
    if (named !== undefined) {
      const { binding, role } = named;
      const { bindings } = this.#today.world.rbac;
      const stands = bindings.some(({ name, namespace }) => name === binding.name && namespace === binding.namespace);
      if (!stands) return 'object deleted since';
      return isBootstrapName(role.name) ? 'version' : 'state newer than the log';
    }
    return this.#history.uncertain ? 'state newer than the log' : 'not explained';
  }

  result(): Calibration {
    return {
      requests: this.#requests,
      reproduced: this.#reproduced,
      undecidable: this.#undecidable,
      followed: this.#follow ? this.#history.followed : 0,
      disagreements: [...this.#disagreements]
        .map(([cause, entry]) => ({ cause, ...entry }))
        .sort((a, b) => b.requests - a.requests),
    };
  }
}
