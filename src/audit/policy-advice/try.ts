import type { JsonObject } from '../../cluster/json.ts';
import { stringAt } from '../../cluster/json.ts';
import type { AuditLevel } from '../audit-policy.ts';
import { auditLevels } from '../audit-policy.ts';
import { attributesOfEvent, readEvent } from '../event.ts';
import type { CompiledPolicy } from '../policy.ts';
import { predictRequest } from '../predict.ts';

/** What one rule would have written. */
export interface RuleVolume {
  /** Index of the rule; `undefined`: what no rule matches. */
  readonly rule: number | undefined;
  readonly level: AuditLevel;
  readonly events: number;
  readonly bytes: number;
}

/** Accesses that the log shows and the policy would not, or with less. */
export interface LostAccess {
  readonly user: string;
  readonly verb: string;
  readonly what: string;
  readonly events: number;
  /** `dropped`: no event at all; `cut`: less of it. */
  readonly how: 'dropped' | 'cut';
}

export interface PolicyTrial {
  readonly events: number;
  readonly bytes: number;
  readonly written: number;
  readonly writtenBytes: number;
  /** Days between the first and the last event; 0 where that is not known. */
  readonly days: number;
  readonly rules: readonly RuleVolume[];
  readonly lost: readonly LostAccess[];
  readonly moreLost: number;
  /** Events of which the policy would write more than the log holds: their volume is a lower bound. */
  readonly poorer: number;
}

const mostLost = 10_000;

/** Puts a policy to the events of a log, one after the other; what it keeps grows with the number of distinct accesses that are lost. */
export class PolicyTrialRun {
  readonly #compiled: CompiledPolicy;
  readonly #rules = new Map<number | undefined, { level: AuditLevel; events: number; bytes: number }>();
  readonly #lost = new Map<string, { -readonly [Key in keyof LostAccess]: LostAccess[Key] }>();
  #events = 0;
  #bytes = 0;
  #written = 0;
  #writtenBytes = 0;
  #poorer = 0;
  #beyond = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  constructor(compiled: CompiledPolicy) {
    this.#compiled = compiled;
  }

  /** @param bytes of the event as the log holds it */
  add(event: JsonObject, bytes: number): void {
    const [predicted] = predictRequest(this.#compiled, [event]);
    if (predicted === undefined) return;
    this.#events++;
    this.#bytes += bytes;
    const time = Date.parse(stringAt(event['stageTimestamp']) ?? stringAt(event['requestReceivedTimestamp']) ?? '');
    if (!Number.isNaN(time)) {
      this.#first = Math.min(this.#first, time);
      this.#last = Math.max(this.#last, time);
    }
    const { decision, event: written } = predicted;
    const size =
      written === undefined
        ? 0
        : written['level'] === event['level'] && same(written, event)
          ? bytes
          : Buffer.byteLength(JSON.stringify(written)) + 1;
    const volume = this.#rules.get(decision.rule) ?? { level: decision.level, events: 0, bytes: 0 };
    this.#rules.set(decision.rule, volume);
    const own = auditLevels.indexOf((stringAt(event['level']) ?? 'RequestResponse') as AuditLevel);
    const asked = auditLevels.indexOf(decision.level);
    if (written !== undefined) {
      volume.events++;
      volume.bytes += size;
      this.#written++;
      this.#writtenBytes += size;
      if (asked > own) this.#poorer++;
      else if (asked < own) this.#lose(event, 'cut');
    } else if (stringAt(event['stage']) !== 'RequestReceived' || decision.level === 'None') this.#lose(event, 'dropped');
  }

  #lose(event: JsonObject, how: LostAccess['how']): void {
    const read = readEvent(event);
    if (read === undefined || read.stage === 'RequestReceived') return;
    const attributes = attributesOfEvent(read);
    const what =
      attributes.kind === 'nonResource'
        ? attributes.path
        : `${attributes.resource}${attributes.apiGroup === '' ? '' : `.${attributes.apiGroup}`}${attributes.subresource === '' ? '' : `/${attributes.subresource}`}`;
    const key = JSON.stringify([how, read.user.username, attributes.verb, what]);
    const former = this.#lost.get(key);
    if (former !== undefined) former.events++;
    else if (this.#lost.size >= mostLost) this.#beyond++;
    else this.#lost.set(key, { user: read.user.username, verb: attributes.verb, what, events: 1, how });
  }

  trial(): PolicyTrial {
    const span = this.#last - this.#first;
    return {
      events: this.#events,
      bytes: this.#bytes,
      written: this.#written,
      writtenBytes: this.#writtenBytes,
      days: Number.isFinite(span) ? span / 86_400_000 : 0,
      rules: [...this.#rules]
        .map(([rule, volume]) => ({ rule, ...volume }))
        .sort((a, b) => (a.rule ?? Infinity) - (b.rule ?? Infinity)),
      lost: [...this.#lost.values()].sort((a, b) => (a.how === b.how ? b.events - a.events : a.how === 'dropped' ? -1 : 1)),
      moreLost: this.#beyond,
      poorer: this.#poorer,
    };
  }
}

function same(a: JsonObject, b: JsonObject): boolean {
  return Object.keys(a).length === Object.keys(b).length;
}
