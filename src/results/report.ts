import type { Finding } from './finding.ts';
import type { Area, Severity, Verdict } from './verdict.ts';

/** Version of the JSON report's format; a newer one is refused. */
export const reportFormatVersion = 1;

/** One control with its verdict. */
export interface ControlResult {
  readonly id: string;
  readonly title: string;
  readonly area: Area;
  readonly severity: Severity;
  /** Base of the score and SARIF's `security-severity`: 9.5, 8.0, 5.5 or 2.0 (column `base` of the catalogue). */
  readonly base: number;
  readonly essential: boolean;
  readonly verdict: Verdict;
  /** `proved`: a probe showed the effect; `read`: configuration says so. */
  readonly proof: 'read' | 'proved';
  /** One sentence: why this verdict; names missing evidence and what would settle it. */
  readonly reason: string;
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** Parameters that were used, as printed with the verdict. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What to change, as text. */
  readonly remedy: string;
  /** `native`: Bulwark can change it; `owner`: a person decides; `none`: no native change exists, the remedy says why. */
  readonly remedyKind: 'native' | 'owner' | 'none';
  /** What the remedy may break. */
  readonly tradeOffs: readonly string[];
  readonly references: Readonly<Record<string, string>>;
  /** The command to type next; `bulwark explain ID` where it is absent. */
  readonly next?: string;
  /** Page shown by `bulwark explain`, as Markdown; left out of JSON. */
  readonly page?: string;
  /** Set when every failing finding is waived. */
  readonly waived: boolean;
}

/** One bound of the score with its grade. */
export interface Bound {
  readonly value: number;
  readonly grade: 'A' | 'B' | 'C' | 'D' | 'E';
}

/** Evidence coverage, compliance and the risk-weighted score (docs/score.md). Shares are 0 to 1, scores 0 to 100, unrounded. */
export interface Score {
  readonly coverage: number | null;
  readonly proofRate: number | null;
  readonly compliance: number | null;
  readonly complianceEssential: number | null;
  readonly lower: Bound | null;
  readonly upper: Bound | null;
  /** Only where coverage ≥ 0.9. */
  readonly score: Bound | null;
  readonly coverageByArea: Readonly<Record<string, number | null>>;
  readonly complianceByArea: Readonly<Record<string, number | null>>;
  readonly complianceBySeverity: Readonly<Record<string, number | null>>;
  /** The arithmetic, one row a control, for --explain-score. */
  readonly terms: readonly {
    readonly id: string;
    readonly weight: number;
    readonly verdict: Verdict;
    readonly failing: number;
    readonly judged: number;
    readonly share: number | null;
    readonly exposure: number | null;
    readonly low: number;
    readonly high: number;
  }[];
  /** Which failed (or, in the lower bound, unknown) controls cap the grade. */
  readonly caps: readonly { readonly id: string; readonly grade: 'B' | 'D'; readonly applies: 'always' | 'lower' }[];
}

/** A waiver or an entry of the waivers file that does not do what its author hoped. */
export interface WaiverNotice {
  readonly state: 'applied' | 'unused' | 'expired' | 'malformed';
  readonly control: string;
  readonly subject: string;
  readonly message: string;
  readonly owner?: string;
  readonly expires?: string;
  readonly source: string;
  readonly line?: number;
  readonly matched?: number;
}

/** The result of a scan: all formats show these numbers. */
export interface Report {
  readonly formatVersion: number;
  readonly tool: { readonly name: 'bulwark'; readonly version: string };
  /** RFC 3339; only where a time was asked for (`--now`) or the run has one. */
  readonly now: string;
  readonly cluster: {
    readonly sources: readonly string[];
    readonly version: string | null;
    readonly distribution: string | null;
    readonly controlPlaneHosts: number;
    readonly nodes: number;
    readonly objects: number;
    readonly counts: Readonly<Record<string, number>>;
  };
  readonly summary: {
    readonly controls: Readonly<Record<Verdict, number>>;
    readonly essential: Readonly<Record<Verdict, number>>;
    readonly findings: Readonly<Record<Verdict, number>>;
    readonly waived: number;
    readonly failBySeverity: Readonly<Record<Severity, number>>;
  };
  readonly score: Score;
  readonly controls: readonly ControlResult[];
  readonly gaps: readonly {
    readonly source: string;
    readonly reason: string;
    readonly hint?: string;
    readonly line?: number;
    readonly column?: number;
  }[];
  readonly waivers: readonly WaiverNotice[];
  readonly baseline?: { readonly source: string; readonly newFindings: number; readonly goneFindings: number };
}
