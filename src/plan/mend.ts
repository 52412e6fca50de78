import { assess } from '../assess/assess.ts';
import type { Change, Remedy, Stage } from '../cluster/change.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Control } from '../controls/control.ts';
import type { RemedyContext, RemedyFunction } from '../controls/remedy.ts';
import type { Settings } from '../controls/settings.ts';
import type { Finding } from '../results/finding.ts';
import { formatSubject } from '../results/finding.ts';
import type { ControlResult } from '../results/report.ts';
import type { Severity } from '../results/verdict.ts';
import { severities } from '../results/verdict.ts';
import { changeKey } from './merge.ts';
import type { KeptFinding } from './plan.ts';
import { plannedCluster } from './planned-cluster.ts';
import { remedies as allRemedies } from './remedies.ts';

/** Stages in the order in which their changes are made. */
export const stages: readonly Stage[] = ['prepare', 'objects', 'kubelet', 'api-server', 'after-restart', 'lock-out'];

type Changes = Extract<Remedy, { kind: 'changes' }>;

/** One remedy of one finding, or one of its steps: what it changes, for whom, and its place among the remedy's own steps. */
export interface Step extends Changes {
  readonly control: Control;
  readonly subject: string;
  /** Numbers the remedies of a plan; the steps of one remedy share it and come in order. */
  readonly chain: number;
}

export interface MendOptions {
  readonly controls: readonly Control[];
  readonly settings: Settings;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  /** Controls of this severity and above. */
  readonly severity: Severity;
  /** RFC 3339. */
  readonly now: string;
  /** Fresh random bytes. */
  readonly random: (bytes: number) => Uint8Array;
  /** Remedies by control; those of this build unless given. */
  readonly remedies?: ReadonlyMap<string, RemedyFunction>;
}

/** What mends a cluster: steps in the order in which they were thought of, findings that stay, the cluster after all steps. */
export interface Mended {
  readonly steps: readonly Step[];
  readonly kept: readonly KeptFinding[];
  readonly after: Cluster;
}

// A mended control may bring another to light (an audit log, now on, lacks a policy); more rounds than this show a remedy that fails itself.
const maxPasses = 4;

/**
 * Asks the remedies of all failing findings, control by control in the order of their stages, each on the cluster that the former ones
 * leave behind: so two remedies of one flag or one object add up. Deterministic apart from `random`.
 */
export function mend(cluster: Cluster, results: readonly ControlResult[], options: MendOptions): Mended {
  const mender = new Mender(cluster, options);
  let current = results;
  for (let pass = 0; pass < maxPasses; pass++) {
    if (!mender.pass(current)) break;
    // Controls of workloads see workloads alone, which only their own remedies change, and none of these fails another (the remedy law).
    current = assess(mender.world, {
      controls: options.controls.filter((control) => isChosen(control, options) && control.area !== 'workload'),
      settings: options.settings,
      now: options.now,
    });
  }
  return { steps: mender.steps, kept: mender.kept, after: mender.world };
}

function isChosen({ id, severity }: Pick<Control, 'id' | 'severity'>, { only, skip, severity: least }: MendOptions): boolean {
  if (skip.includes(id)) return false;
  if (only.length > 0) return only.includes(id);
  return severities.indexOf(severity) <= severities.indexOf(least);
}

class Mender {
  world: Cluster;
  readonly steps: Step[] = [];
  readonly kept: KeptFinding[] = [];
  readonly #options: MendOptions;
  readonly #remedies: ReadonlyMap<string, RemedyFunction>;
  readonly #handled = new Set<string>();
  readonly #random = new Map<string, Uint8Array>();
  #results: readonly ControlResult[] = [];
  #memo = new Map<string, unknown>();
  #chain = 0;

  constructor(cluster: Cluster, options: MendOptions) {
    this.world = cluster;
    this.#options = options;
    this.#remedies = options.remedies ?? allRemedies;
  }

  /** Mends what fails in these results and was not handled yet; false where there was nothing. */
  pass(results: readonly ControlResult[]): boolean {
    this.#results = results;
    this.#memo = new Map();
    const judged = this.world;
    const open = this.#options.controls
      .filter((control) => isChosen(control, this.#options))
      .map((control) => ({
        control,
        findings: this.#openFindings(
          control,
          results.find(({ id }) => id === control.id),
        ),
      }))
      .filter(({ findings }) => findings.length > 0)
      .map((one) => ({ ...one, stage: this.#firstStage(one.control, one.findings) }))
      .sort((a, b) => a.stage - b.stage);
    for (const { control, findings } of open) this.#mendControl(control, findings, judged);
    return open.length > 0;
  }

  #openFindings(control: Control, result: ControlResult | undefined): readonly Finding[] {
    const findings: Finding[] = [];
    for (const finding of result?.findings ?? []) {
      if (finding.verdict !== 'fail' || this.#handled.has(keyOf(control, finding))) continue;
      if (finding.waiver === undefined) findings.push(finding);
      else
        this.#keep(
          control,
          finding,
          'waived',
          `waived until ${finding.waiver.expires} by ${finding.waiver.owner}: ${finding.waiver.reason}`,
        );
    }
    return findings;
  }

  #keep(control: Control, finding: Finding, kind: KeptFinding['kind'], why: string): void {
    this.#handled.add(keyOf(control, finding));
    this.kept.push({ control: control.id, subject: formatSubject(finding.subject), kind, why });
  }

  /** The stage of the first remedy that changes something: those of one control share it. */
  #firstStage(control: Control, findings: readonly Finding[]): number {
    const context = this.#context(control);
    const remedy = this.#remedies.get(control.id);
    for (const finding of findings) {
      const answer = remedy?.(finding, context);
      const first = answer?.kind === 'steps' ? answer.steps[0] : answer?.kind === 'changes' ? answer : undefined;
      if (first !== undefined) return stages.indexOf(first.stage);
    }
    return stages.length;
  }

  /** In rounds: a finding whose remedy meets what this round changed already is asked again on the cluster after it. */
  #mendControl(control: Control, findings: readonly Finding[], judged: Cluster): void {
    let open = findings;
    let seen = judged;
    while (open.length > 0) {
      // Controls of workloads look at different fields: what another of them mended leaves a finding as it was.
      const stands = control.area === 'workload' && open === findings;
      if (seen !== this.world && !stands) open = this.#stillFailing(control, open);
      seen = this.world;
      const context = this.#context(control);
      const touched = new Map<string, string>();
      const later: Finding[] = [];
      const changes: Change[] = [];
      for (const finding of open) {
        const steps = this.#stepsOf(control, finding, context);
        const own = steps.flatMap((step) => step.changes);
        if (own.some((change) => meets(touched, change))) {
          later.push(finding);
          continue;
        }
        for (const change of own) touched.set(changeKey(change), JSON.stringify(change));
        for (const step of steps) if (step.stays !== undefined) this.#note(control, finding, step.stays);
        this.#handled.add(keyOf(control, finding));
        changes.push(...own);
        this.steps.push(...steps);
      }
      if (changes.length > 0) this.#move(plannedCluster(this.world, changes));
      open = later;
    }
  }

  #note(control: Control, finding: Finding, why: string): void {
    this.kept.push({ control: control.id, subject: formatSubject(finding.subject), kind: 'stays', why });
  }

  #move(world: Cluster): void {
    this.world = world;
    this.#memo = new Map();
  }

  #stillFailing(control: Control, findings: readonly Finding[]): readonly Finding[] {
    const { settings, now } = this.#options;
    const [result] = assess(this.world, { controls: [control], settings, now });
    const wanted = new Set(findings.map((finding) => keyOf(control, finding)));
    this.#results = this.#results.map((former) => (former.id === control.id && result !== undefined ? result : former));
    return (result?.findings ?? []).filter((finding) => finding.verdict === 'fail' && wanted.has(keyOf(control, finding)));
  }

  #stepsOf(control: Control, finding: Finding, context: RemedyContext): readonly Step[] {
    const remedy = this.#remedies.get(control.id);
    if (remedy === undefined) {
      this.#keep(control, finding, 'none', control.remedy.text);
      return [];
    }
    const answer = remedy(finding, context);
    if (answer.kind === 'none') {
      this.#keep(control, finding, 'none', answer.why);
      return [];
    }
    const steps = answer.kind === 'steps' ? answer.steps : [answer];
    if (steps.some((step) => step.by === 'owner') && !this.#options.only.includes(control.id)) {
      this.#keep(control, finding, 'proposed', steps[0]?.why ?? control.remedy.text);
      return [];
    }
    const chain = this.#chain++;
    return steps.map((step) => ({ ...step, control, subject: formatSubject(finding.subject), chain }));
  }

  #context(control: Control): RemedyContext {
    const { settings, now, random } = this.#options;
    return {
      cluster: this.world,
      settings,
      now,
      results: this.#results,
      parameters: { ...control.parameters, ...settings.parameters[control.id] },
      random: (name, bytes) => {
        const known = this.#random.get(name) ?? random(bytes);
        this.#random.set(name, known);
        return known;
      },
      once: <T>(key: string, make: () => T): T => {
        if (!this.#memo.has(key)) this.#memo.set(key, make());
        return this.#memo.get(key) as T;
      },
    };
  }
}

function keyOf(control: Control, finding: Finding): string {
  return `${control.id} ${finding.fingerprint ?? formatSubject(finding.subject)}`;
}

function meets(touched: ReadonlyMap<string, string>, change: Change): boolean {
  const former = touched.get(changeKey(change));
  return former !== undefined && former !== JSON.stringify(change);
}
