import type { RequestLine } from '../../../audit/requests.ts';
import { coverage } from '../../../audit/requests.ts';
import { placeOf } from '../../../cluster/document.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';
import { auditFlags, auditPolicyOf, auditState } from '../audit-policy-of.ts';
import { describeRequest, judgeLinesByVersion, lineSubject, requestLinesOf } from '../request-lines.ts';

function judge(view: ComponentView, lines: readonly RequestLine[], logSeen: boolean): readonly ComponentDraft[] {
  const state = auditState(view);
  if (state.kind === 'hidden') return [state.draft];
  if (state.kind === 'off') {
    const evidence = [state.evidence];
    return [
      logSeen
        ? {
            verdict: 'pass',
            message: `nothing is recorded any more, audit is off (${state.why}); the log is judged apart`,
            evidence,
          }
        : { verdict: 'not-applicable', message: `audit is off, nothing is recorded: ${state.why}`, evidence },
    ];
  }
  if (lines.length === 0)
    return [{ verdict: 'unknown', message: 'no required request of the list has an upper bound', evidence: [] }];
  return judgeLinesByVersion(view, (minor) => judgePolicy(view, minor, lines));
}

function judgePolicy(view: ComponentView, minor: number, lines: readonly RequestLine[]): readonly ComponentDraft[] {
  const read = auditPolicyOf(view, minor);
  if (read.kind === 'refused') return [startFailure('kube-apiserver', { message: read.message, place: read.place })];
  if (read.kind === 'unseen')
    return [{ verdict: 'unknown', message: read.why, evidence: [view.flagEvidence('audit-policy-file', 'its text')] }];
  const leaks = coverage(read.policy, minor, lines).filter((result) => result.leaks);
  view.fact('audit lines with secret bodies', leaks.map((result) => result.line.id).join(','));
  const evidence = [{ ...placeOf(read.document, ['rules']), seen: `${read.policy.rules.length} rules` }];
  if (leaks.length === 0) return [{ verdict: 'pass', message: 'no rule writes the content of Secrets or tokens', evidence }];
  return leaks.map(({ line, level, rule }) => ({
    verdict: 'fail',
    subject: lineSubject(view, line),
    message: `${describeRequest(line)} is written with its content: ${rule === undefined ? 'no rule' : `rules[${rule}]`} gives it level ${level}`,
    evidence: [
      {
        ...placeOf(read.document, rule === undefined ? ['rules'] : ['rules', rule, 'level']),
        seen: level,
        wanted: `at most ${line.notAbove ?? ''}`,
      },
    ],
  }));
}

/** Events that were seen to carry a Secret's or a token's content: what and how often, never a value. */
function* judgeLog<P extends Parameters>(context: Context<P>): Iterable<Draft> {
  for (const found of context.cluster.auditDigest?.secretBodies ?? []) {
    const times = `${found.count} event${found.count === 1 ? '' : 's'}`;
    yield {
      verdict: 'fail',
      subject: { kind: 'audit log', name: `${found.verb} ${found.resource}` },
      message: `${times} of ${found.verb} ${found.resource} with ${found.what} in the log: whoever reads the log reads the secret`,
      evidence: [{ ...found.place, seen: found.what, wanted: 'level Metadata' }],
    };
  }
}

export const control = defineControl({
  id: 'audit-no-secret-bodies',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }, { kind: 'flag-file', flag: 'audit-policy-file' }, { kind: 'version' }],
  absence: 'not-applicable',
  parameters: { file: 'bundled' },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        const logSeen = context.cluster.auditDigest !== undefined;
        const asks = {
          component: 'kube-apiserver',
          flags: auditFlags,
          files: ['audit-policy-file'],
          needsVersion: true,
        } as const;
        const lines = requestLinesOf(context.settings, context.parameters.file).filter(
          (line) => line.required && line.notAbove !== undefined,
        );
        yield* perComponent(context, asks, (view) => judge(view, lines, logSeen));
        yield* judgeLog(context);
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Make the first rule `level: Metadata` for core `secrets`, `serviceaccounts/token` and `tokenreviews` of authentication.k8s.io. Logs that are written already: tell whoever can read them, and renew what they hold.',
  },
  tradeOffs: ['The log no longer shows what was changed in a Secret.'],
});
