import type { Cluster } from '../cluster/cluster.ts';
import type { ComponentName } from '../cluster/component.ts';
import type { Json } from '../cluster/json.ts';
import type { KindKey } from '../cluster/objects.ts';
import type { Evidence, Subject } from '../results/finding.ts';
import type { Area, Severity, Verdict } from '../results/verdict.ts';
import catalogueData from './catalogue.data.json' with { type: 'json' };
import type { Settings } from './settings.ts';

/**
 * Evidence that must be seen before a control can pass. The runner, not the control, answers `unknown` when it is absent:
 * `listed` kinds turn every pass into unknown; `flags` and `flag-file` are asked host by host (controls/per-component.ts).
 */
export type Need =
  | { readonly kind: 'listed'; readonly kinds: readonly KindKey[] }
  | { readonly kind: 'flags'; readonly component: ComponentName }
  /** The file that this flag names, where the flag is set. */
  | { readonly kind: 'flag-file'; readonly flag: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'audit-log' }
  | { readonly kind: 'etcd-data' };

/** What a control says of one subject, before the runner has asked for the evidence that it needs. */
export interface Draft {
  readonly verdict: Verdict;
  readonly subject: Subject;
  readonly message: string;
  readonly evidence: readonly Evidence[];
  readonly assertion?: number;
  readonly notes?: readonly string[];
  readonly remedy?: string;
}

export type Parameters = Readonly<Record<string, Json>>;

/** What a control sees. */
export interface Context<P extends Parameters = Parameters> {
  readonly cluster: Cluster;
  readonly settings: Settings;
  /** The control's parameters: its defaults, changed by the settings file. */
  readonly parameters: P;
  /** RFC 3339; the only clock there is. */
  readonly now: string;
  /** Whether absence of objects of a kind may be believed. */
  isListed(kind: KindKey): boolean;
  /** What would settle it where a kind is not listed; empty where it is. */
  whyNotListed(kind: KindKey): string;
  /** Computes a value once a scan, shared by all controls: the key names it. */
  once<T>(key: string, make: () => T): T;
  /** Adds a sentence to the control's reason, for instance that two hosts differ. */
  remark(text: string): void;
}

export interface References {
  readonly cis: string;
  readonly nsa: string;
  readonly owasp: string;
  readonly mitre: string;
  readonly pss: string;
  readonly doc: string;
}

/** One control of the catalogue. */
export interface Control<P extends Parameters = Parameters> {
  readonly id: string;
  readonly title: string;
  readonly area: Area;
  readonly severity: Severity;
  readonly essential: boolean;
  /** Base of the risk-weighted score, 0 to 10. */
  readonly base: number;
  readonly references: References;
  readonly needs: readonly Need[];
  /** Verdict where there is no subject and the kinds are listed: `pass` where the subject is the forbidden thing itself. */
  readonly absence: 'pass' | 'not-applicable';
  /** Kinds that must be listed before "there is no subject" is believed, beyond those in `needs`. */
  readonly subjectKinds?: readonly KindKey[];
  readonly parameters: P;
  /** Oldest first; the last one whose `since` is not after the cluster's minor counts (the newest where it is not known). */
  readonly revisions: readonly [Revision<P>, ...Revision<P>[]];
  /** `native`: Bulwark can change it; `owner`: it proposes, a person decides; `none`: with the reason in the text. */
  readonly remedy: { readonly kind: 'native' | 'owner' | 'none'; readonly text: string };
  /** What the remedy may break; one sentence each. */
  readonly tradeOffs: readonly string[];
}

export interface Revision<P extends Parameters = Parameters> {
  readonly since: `1.${number}`;
  readonly evaluate: (context: Context<P>) => Iterable<Draft>;
}

interface CatalogueRow {
  readonly title: string;
  readonly area: Area;
  readonly severity: Severity;
  readonly essential: boolean;
  readonly base: number;
  readonly references: References;
}

const rows = catalogueData as unknown as Readonly<Record<string, CatalogueRow>>;

/** What a control's author writes; title, area, severity and references come from catalogue.data.json by id. */
export type ControlDefinition<P extends Parameters> = Omit<Control<P>, keyof CatalogueRow>;

/**
 * Builds a control of the catalogue.
 *
 * Errors: throws at construction for an id that catalogue.data.json does not hold, or revisions that are not strictly increasing.
 */
export function defineControl<const P extends Parameters>(definition: ControlDefinition<Widen<P>>): Control {
  const row = rows[definition.id];
  if (row === undefined) throw new Error(`catalogue.data.json has no control ${definition.id}`);
  const minors = definition.revisions.map((revision) => Number(revision.since.slice(2)));
  if (minors.some((minor, index) => index > 0 && minor <= (minors[index - 1] ?? 0)))
    throw new Error(`${definition.id}: revisions are not in order`);
  // The runner passes each control its own parameters, whose types settings.ts has checked against the defaults.
  return { ...row, ...definition } as unknown as Control;
}

/** A literal default stands for its type: `5` for number, `['a']` for a list of strings. */
export type Widen<P> = {
  readonly [K in keyof P]: P[K] extends readonly unknown[]
    ? readonly string[]
    : P[K] extends number
      ? number
      : P[K] extends boolean
        ? boolean
        : P[K] extends string
          ? string
          : P[K];
};
