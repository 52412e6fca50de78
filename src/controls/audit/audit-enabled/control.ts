import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';
import { auditPolicyOf, backendFlags } from '../audit-policy-of.ts';

function judge(view: ComponentView): ComponentDraft {
  const policy = view.flag('audit-policy-file');
  const backend = backendFlags.find((flag) => view.flag(flag).value !== '');
  if (policy.value === '') {
    const why = backend === undefined ? 'no audit policy and no backend' : 'a backend without a policy records nothing';
    return {
      verdict: 'fail',
      message: `audit is off: ${why}`,
      evidence: [view.flagEvidence('audit-policy-file', 'a policy file')],
    };
  }
  if (backend === undefined) {
    const evidence = [view.flagEvidence('audit-log-path', 'a path, `-`, or a webhook')];
    return { verdict: 'fail', message: 'audit is off: a policy without a backend records nothing', evidence };
  }
  const read = auditPolicyOf(view);
  if (read.kind === 'refused') return startFailure('kube-apiserver', { message: read.message, place: read.place });
  const evidence = [view.flagEvidence('audit-policy-file', 'a policy file'), view.flagEvidence(backend, 'a backend')];
  if (read.kind === 'unseen') {
    // A server that runs has accepted its policy: it does not start with a bad one.
    if (view.component.running)
      return {
        verdict: 'pass',
        message: 'audit is on: the running server has accepted its policy, which was not seen',
        evidence,
      };
    return { verdict: 'unknown', message: read.why, evidence };
  }
  const message = `audit is on: a policy of ${read.policy.rules.length} rule${read.policy.rules.length === 1 ? '' : 's'} and a backend`;
  return { verdict: 'pass', message, evidence, notes: read.warnings };
}

export const control = defineControl({
  id: 'audit-enabled',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perComponent(context, { component: 'kube-apiserver', flags: ['audit-policy-file', ...backendFlags] }, judge),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Write a policy that covers what the next two controls ask, set `--audit-policy-file`, `--audit-log-path` and the rotation flags `--audit-log-maxage`, `--audit-log-maxbackup`, `--audit-log-maxsize`, and mount policy (`File`) and log folder (`DirectoryOrCreate`).',
  },
  tradeOffs: ['The log takes disk and some CPU.', 'A missing mount stops the start; k3s and RKE2 need the folder first.'],
});
