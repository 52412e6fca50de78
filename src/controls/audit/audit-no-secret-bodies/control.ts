import { bundledRequestLines, coverage } from '../../../audit/requests.ts';
import { placeOf } from '../../../cluster/document.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';
import { auditPolicyOf, backendFlags, isAuditOn } from '../audit-policy-of.ts';

function* judgePolicy(view: ComponentView, logSeen: boolean): Iterable<ComponentDraft> {
  if (!isAuditOn(view)) {
    const message = logSeen
      ? 'audit is off: nothing is recorded any more; the log that was given is judged apart'
      : 'audit is off: nothing is recorded';
    yield { verdict: 'not-applicable', message, evidence: [view.flagEvidence('audit-policy-file', 'a policy and a backend')] };
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
  const lines = bundledRequestLines().filter((line) => line.required && line.notAbove !== undefined);
  const leaks = coverage(read.policy, view.minor, lines).filter((result) => result.leaks);
  view.fact('audit lines with secret bodies', leaks.map((result) => result.line.id).join(','));
  for (const { line, level, rule } of leaks) {
    const place = placeOf(read.document, rule === undefined ? ['rules'] : ['rules', rule, 'level']);
    yield {
      verdict: 'fail',
      message: `${line.id} would be written with its content (level ${level})`,
      evidence: [{ ...place, seen: level, wanted: `at most ${line.notAbove ?? ''}` }],
    };
  }
  if (leaks.length === 0)
    yield {
      verdict: 'pass',
      message: 'no rule writes the content of Secrets or tokens',
      evidence: [{ ...placeOf(read.document, ['rules']), seen: `${read.policy.rules.length} rules` }],
    };
}

/** Events that were seen to carry a Secret's or a token's content: what and how often, never a value. */
function* judgeLog<P extends Parameters>(context: Context<P>): Iterable<Draft> {
  for (const found of context.cluster.auditDigest?.secretBodies ?? []) {
    const times = `${found.count} event${found.count === 1 ? '' : 's'}`;
    yield {
      verdict: 'fail',
      subject: { kind: 'audit log', name: `${found.verb} ${found.resource}` },
      message: `${times} of ${found.verb} ${found.resource} hold ${found.what}: whoever reads the log reads the secret`,
      evidence: [{ ...found.place, seen: found.what, wanted: 'level Metadata' }],
    };
  }
}

export const control = defineControl({
  id: 'audit-no-secret-bodies',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }, { kind: 'flag-file', flag: 'audit-policy-file' }, { kind: 'version' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        const logSeen = context.cluster.auditDigest !== undefined;
        const asks = {
          component: 'kube-apiserver',
          flags: ['audit-policy-file', ...backendFlags],
          files: ['audit-policy-file'],
        } as const;
        yield* perComponent(context, asks, (view) => judgePolicy(view, logSeen));
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
