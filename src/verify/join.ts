import type { Finding, Subject } from '../results/finding.ts';
import { formatSubject } from '../results/finding.ts';
import { fingerprintOf } from '../results/fingerprint.ts';
import type { ControlResult } from '../results/report.ts';
import { worstVerdict } from '../results/verdict.ts';
import type { Contradiction, Outcome } from './probe.ts';

/**
 * Joins what a probe found out with what a control read: a `pass` that was proved is shown as proved; where a probe contradicts, the
 * probe wins and the finding is `fail`, with a note of what was read (essential.md 0.3). A probe that proves the effect settles
 * `unknown` only where it shows all that the control asks for; it never turns `fail` into `pass`: what was read comes into force at the
 * next start. Pure.
 */
export function joinOutcome(result: ControlResult, outcome: Outcome): ControlResult {
  if (result.verdict === 'not-applicable') return result;
  if (outcome.outcome === 'not-possible') return { ...result, reason: `${result.reason}; not probed: ${outcome.reason}` };
  if (outcome.outcome === 'contradicted') return contradict(result, outcome.contradictions);
  if (result.verdict === 'pass') return { ...result, proof: 'proved', reason: `${result.reason}; probe: ${outcome.reason}` };
  if (result.verdict === 'unknown' && outcome.settles === true) return settle(result, outcome);
  const but = result.verdict === 'fail' ? 'the running server shows no fault' : 'a probe shows part of it';
  return { ...result, reason: `${result.reason}; ${but}: ${outcome.reason}` };
}

function settle(result: ControlResult, outcome: Extract<Outcome, { outcome: 'proved' }>): ControlResult {
  const findings = result.findings.map((finding): Finding =>
    finding.verdict === 'unknown'
      ? { ...finding, verdict: 'pass', message: outcome.reason, evidence: outcome.evidence }
      : finding,
  );
  return { ...result, verdict: 'pass', proof: 'proved', reason: outcome.reason, findings };
}

function contradict(result: ControlResult, contradictions: readonly Contradiction[]): ControlResult {
  const findings = [...result.findings];
  for (const contradiction of contradictions) {
    const subject = contradiction.subject ?? serverOf(result);
    const index = findings.findIndex((finding) => formatSubject(finding.subject) === formatSubject(subject));
    const former = index < 0 ? undefined : findings[index];
    if (former === undefined) findings.push(failing(result.id, { ...contradiction, subject }));
    else findings[index] = overruled(former, contradiction);
  }
  const [first] = contradictions;
  const rank = { fail: 0, unknown: 1, pass: 2, 'not-applicable': 3 };
  const reason =
    result.verdict === 'fail'
      ? `${result.reason}; probe: ${first?.message ?? ''}`
      : `a probe contradicts: ${first?.message ?? ''}`;
  return {
    ...result,
    verdict: worstVerdict(findings.map(({ verdict }) => verdict)) ?? 'fail',
    proof: 'proved',
    reason,
    findings: findings.toSorted((a, b) => rank[a.verdict] - rank[b.verdict]),
  };
}

/** The one API server of the findings, else an API server without a name: the probe went wherever the kubeconfig leads. */
function serverOf(result: ControlResult): Subject {
  const [first, ...others] = result.findings.map(({ subject }) => subject).filter(({ kind }) => kind === 'API server');
  if (first !== undefined && others.length === 0) return first;
  const hosts = new Set(result.findings.flatMap(({ subject }) => subject.host ?? []));
  const [host] = hosts;
  return { kind: 'API server', name: '', ...(hosts.size === 1 && host !== undefined ? { host } : {}) };
}

function failing(control: string, { subject, message, evidence }: Contradiction & { readonly subject: Subject }): Finding {
  const finding: Finding = { verdict: 'fail', subject, message, evidence };
  return { ...finding, fingerprint: fingerprintOf(control, finding) };
}

function overruled(former: Finding, { message, evidence }: Contradiction): Finding {
  const all = [...evidence, ...former.evidence.filter((item) => !evidence.includes(item))];
  if (former.verdict === 'fail') return { ...former, evidence: all };
  const note = `read as ${former.verdict}: ${former.message}; the probe wins: what was read may not be in force yet`;
  return { ...former, verdict: 'fail', message, evidence: all, notes: [...(former.notes ?? []), note] };
}
