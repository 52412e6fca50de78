import * as v from 'valibot';
import type { Report } from '../results/report.ts';
import { areas, severities } from '../results/verdict.ts';

// The report as it stands in JSON. The order of members here is the order in the file (json.ts); additional members of a
// later version are let through, so that an older Bulwark reads a report of the same format version.

const text = v.string();
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const line = v.pipe(v.number(), v.integer(), v.minValue(1));
const share = v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1)));
const described = <const S extends v.GenericSchema>(schema: S, description: string) => v.pipe(schema, v.description(description));

const verdict = v.picklist(['pass', 'fail', 'not-applicable', 'unknown']);
const severity = v.picklist([...severities]);
const area = v.picklist([...areas]);
const byVerdict = v.object({ fail: count, unknown: count, pass: count, 'not-applicable': count });

const evidence = v.object({
  source: described(text, 'File as given, API path or etcd key.'),
  line: v.exactOptional(line),
  column: v.exactOptional(line),
  path: v.exactOptional(described(text, 'Field or flag inside the source.')),
  seen: text,
  wanted: v.exactOptional(text),
});

const subject = v.object({
  kind: text,
  name: text,
  namespace: v.exactOptional(text),
  host: v.exactOptional(text),
});

const finding = v.object({
  verdict,
  message: text,
  subject,
  assertion: v.exactOptional(described(count, 'Number of the assertion inside the control.')),
  evidence: v.array(evidence),
  notes: v.exactOptional(v.array(text)),
  remedy: v.exactOptional(text),
  waiver: v.exactOptional(v.object({ reason: text, owner: text, expires: described(text, 'YYYY-MM-DD') })),
  isNew: v.exactOptional(described(v.boolean(), 'Not in the baseline report that was given.')),
  fingerprint: v.exactOptional(described(text, 'Stable over runs and machines: control, assertion, subject.')),
});

const control = v.object({
  id: text,
  title: text,
  area,
  severity,
  base: described(v.number(), 'Base of the score, 0 to 10.'),
  essential: v.boolean(),
  verdict,
  proof: described(v.picklist(['read', 'proved']), 'proved: a probe showed the effect.'),
  reason: text,
  waived: described(v.boolean(), 'Every failing finding is waived.'),
  findings: v.array(finding),
  parameters: v.record(text, v.unknown()),
  remedyKind: v.picklist(['native', 'owner', 'none']),
  remedy: text,
  tradeOffs: v.array(text),
  references: v.record(text, text),
  next: v.exactOptional(described(text, 'The command to type next.')),
});

const grade = v.picklist(['A', 'B', 'C', 'D', 'E']);
const bound = v.nullable(v.object({ value: v.pipe(v.number(), v.minValue(0), v.maxValue(100)), grade }));

const score = v.object({
  coverage: described(share, 'Decided / applicable controls, 0 to 1 (M1).'),
  proofRate: described(share, 'Proved passes / passes (M2).'),
  compliance: described(share, 'pass / (pass + fail) (M3).'),
  complianceEssential: share,
  lower: described(bound, 'Every unknown counted as fail.'),
  upper: described(bound, 'Every unknown counted as pass.'),
  score: described(bound, 'Over decided controls; only where coverage is at least 0.9.'),
  coverageByArea: v.record(text, share),
  complianceByArea: v.record(text, share),
  complianceBySeverity: v.record(text, share),
  terms: v.array(
    v.object({
      id: text,
      weight: v.number(),
      verdict,
      failing: count,
      judged: count,
      share,
      exposure: share,
      low: v.number(),
      high: v.number(),
    }),
  ),
  caps: v.array(v.object({ id: text, grade: v.picklist(['B', 'D']), applies: v.picklist(['always', 'lower']) })),
});

const gap = v.object({
  source: text,
  reason: text,
  hint: v.exactOptional(text),
  line: v.exactOptional(line),
  column: v.exactOptional(line),
});

const waiver = v.object({
  state: v.picklist(['applied', 'unused', 'expired', 'malformed']),
  control: text,
  subject: text,
  message: text,
  owner: v.exactOptional(text),
  expires: v.exactOptional(text),
  source: text,
  line: v.exactOptional(line),
  matched: v.exactOptional(count),
});

/** The JSON report; schemas/report.schema.json is made from it (scripts/make-schemas.mjs). */
export const reportSchema = v.object({
  formatVersion: described(count, 'Version of this format; a newer one is refused.'),
  tool: v.object({ name: v.literal('bulwark'), version: text }),
  now: described(text, 'RFC 3339: the time the scan was made for.'),
  cluster: v.object({
    sources: v.array(text),
    version: v.nullable(text),
    distribution: v.nullable(text),
    controlPlaneHosts: count,
    nodes: count,
    objects: count,
    counts: described(v.record(text, count), 'Objects by kind.'),
  }),
  summary: v.object({
    controls: byVerdict,
    essential: byVerdict,
    findings: byVerdict,
    waived: described(count, 'Findings that a waiver covers.'),
    failBySeverity: v.object({ critical: count, high: count, medium: count, low: count }),
  }),
  score,
  controls: v.array(control),
  gaps: v.array(gap),
  waivers: v.array(waiver),
  baseline: v.exactOptional(v.object({ source: text, newFindings: count, goneFindings: count })),
});

// A report that the schema lets through is a report: the compiler compares the two.
type ReadReport = v.InferOutput<typeof reportSchema>;

/** What was read, as the report it is. */
export function asReport(read: ReadReport): Report {
  return read;
}
