import type { RequestLine } from '../../../audit/requests.ts';
import { bundledRequestLines, coverage } from '../../../audit/requests.ts';
import { placeOf } from '../../../cluster/document.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';
import { auditPolicyOf, backendFlags, isAuditOn } from '../audit-policy-of.ts';

function* judge(view: ComponentView, topics: readonly string[]): Iterable<ComponentDraft> {
  if (!isAuditOn(view)) {
    yield {
      verdict: 'fail',
      message: 'audit is off: nothing is recorded',
      evidence: [view.flagEvidence('audit-policy-file', 'a policy and a backend')],
    };
    return;
  }
  const read = auditPolicyOf(view);
  if (read.kind === 'refused') {
    yield startFailure('kube-apiserver', { message: read.message, place: read.place });
    return;
  }
  if (read.kind === 'unseen' || view.minor === undefined) {
    yield { verdict: 'unknown', message: read.kind === 'unseen' ? read.why : 'the version is not known', evidence: [] };
    return;
  }
  const lines = bundledRequestLines().filter((line) => topics.includes('all') || topics.includes(line.topic));
  const results = coverage(read.policy, view.minor, lines);
  const bad = results.filter((result) => !result.ok);
  const failing = bad.filter((result) => result.line.required);
  const advice = bad
    .filter((result) => !result.line.required)
    .map((result) => `advice: ${result.line.id} would be recorded at ${result.level}, good practice is ${result.line.atLeast}`);
  view.fact('required audit lines that fail', failing.map((result) => result.line.id).join(','));
  for (const { line, level, rule, tooLow } of failing) {
    const place = placeOf(read.document, rule === undefined ? ['rules'] : ['rules', rule]);
    const by = rule === undefined ? 'no rule matches' : `rule ${rule} matches first`;
    yield {
      verdict: 'fail',
      message: `${line.id}: ${tooLow ? `recorded at ${level}, too little` : `written with its content at ${level}`} (${by})`,
      evidence: [{ ...place, seen: level, wanted: wanted(line) }],
    };
  }
  if (failing.length > 0) return;
  const required = lines.filter((line) => line.required).length;
  yield {
    verdict: 'pass',
    message: `the policy records all ${required} required kinds of request`,
    evidence: [{ ...placeOf(read.document, ['rules']), seen: `${read.policy.rules.length} rules` }],
    notes: advice,
  };
}

function wanted(line: RequestLine): string {
  return line.notAbove === undefined ? `at least ${line.atLeast}` : `${line.atLeast} to ${line.notAbove}`;
}

export const control = defineControl({
  id: 'audit-policy-coverage',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }, { kind: 'flag-file', flag: 'audit-policy-file' }, { kind: 'version' }],
  absence: 'not-applicable',
  parameters: { topics: ['all'] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perComponent(
          context,
          { component: 'kube-apiserver', flags: ['audit-policy-file', ...backendFlags], files: ['audit-policy-file'] },
          (view) => judge(view, context.parameters.topics),
        ),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'The smallest policy that covers the list: Secrets and tokens at Metadata first, then what is noisy at None, then bodies where they are wanted, a last rule `level: Metadata`, and `omitStages: [RequestReceived]`. Rules of yours stay where they pass.',
  },
  tradeOffs: [
    'The log grows.',
    'A None rule for a system user that is too wide hides what a thief of its credential does.',
    'Before 1.36 `group: "*"` stops the server.',
  ],
});
