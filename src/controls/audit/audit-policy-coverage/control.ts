import type { LineCoverage, RequestLine } from '../../../audit/requests.ts';
import { coverage } from '../../../audit/requests.ts';
import type { Document } from '../../../cluster/document.ts';
import { placeOf } from '../../../cluster/document.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';
import { auditFlags, auditPolicyOf, auditState } from '../audit-policy-of.ts';
import { describeRequest, judgeLinesByVersion, lineSubject, requestLinesOf } from '../request-lines.ts';

function judge(view: ComponentView, lines: readonly RequestLine[]): readonly ComponentDraft[] {
  const state = auditState(view);
  if (state.kind === 'hidden') return [state.draft];
  if (state.kind === 'off')
    return [{ verdict: 'fail', message: `audit is off, nothing is recorded: ${state.why}`, evidence: [state.evidence] }];
  if (!lines.some((line) => line.required))
    return [{ verdict: 'unknown', message: 'no required request belongs to the topics of the settings', evidence: [] }];
  return judgeLinesByVersion(view, (minor) => judgePolicy(view, minor, lines));
}

function judgePolicy(view: ComponentView, minor: number, lines: readonly RequestLine[]): readonly ComponentDraft[] {
  const read = auditPolicyOf(view, minor);
  if (read.kind === 'refused') return [startFailure('kube-apiserver', { message: read.message, place: read.place })];
  if (read.kind === 'unseen')
    return [{ verdict: 'unknown', message: read.why, evidence: [view.flagEvidence('audit-policy-file', 'its text')] }];
  const bad = coverage(read.policy, minor, lines).filter((result) => !result.ok);
  const failing = bad.filter((result) => result.line.required);
  view.fact('required audit lines that fail', failing.map((result) => result.line.id).join(','));
  if (failing.length > 0) return failing.map((result) => failed(view, read.document, result));
  const required = lines.filter((line) => line.required).length;
  const notes = bad.map(({ line, level }) => `advice: ${line.id} is recorded at ${level}, good practice is ${line.atLeast}`);
  return [
    {
      verdict: 'pass',
      message: `the policy records every required kind of request (${required})`,
      evidence: [{ ...placeOf(read.document, ['rules']), seen: `${read.policy.rules.length} rules` }],
      ...(notes.length === 0 ? {} : { notes }),
    },
  ];
}

function failed(view: ComponentView, document: Document, { line, level, rule, leaks, omitted }: LineCoverage): ComponentDraft {
  const place = placeOf(document, rule === undefined ? ['rules'] : ['rules', rule]);
  const by = rule === undefined ? 'no rule matches it' : `rules[${rule}] matches first`;
  const what = leaks
    ? `is written with its secret content at ${level}`
    : omitted && line.stage !== undefined
      ? `is not recorded: its stage ${line.stage} is omitted`
      : level === 'None'
        ? 'is not recorded'
        : `is recorded at ${level} only`;
  const wanted = line.notAbove === undefined ? `at least ${line.atLeast}` : `${line.atLeast} to ${line.notAbove}`;
  return {
    verdict: 'fail',
    subject: lineSubject(view, line),
    message: `${describeRequest(line)} ${what} (${by})`,
    evidence: [{ ...place, seen: level, wanted }],
  };
}

export const control = defineControl({
  id: 'audit-policy-coverage',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }, { kind: 'flag-file', flag: 'audit-policy-file' }, { kind: 'version' }],
  absence: 'not-applicable',
  parameters: { topics: ['all'], file: 'bundled' },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => {
        const { topics, file } = context.parameters;
        const asks = {
          component: 'kube-apiserver',
          flags: auditFlags,
          files: ['audit-policy-file'],
          needsVersion: true,
        } as const;
        const all = requestLinesOf(context.settings, file);
        for (const topic of topics)
          if (topic !== 'all' && !all.some((line) => line.topic === topic)) context.remark(`no request has the topic ${topic}`);
        const lines = all.filter((line) => topics.includes('all') || topics.includes(line.topic));
        return perComponent(context, asks, (view) => judge(view, lines));
      },
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
