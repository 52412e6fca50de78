import { defineControl } from '../../control.ts';
import { judgeByVersion } from '../../every-minor.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';
import { auditFlags, auditPolicyOf, auditState } from '../audit-policy-of.ts';

function judge(view: ComponentView): ComponentDraft {
  const state = auditState(view);
  if (state.kind === 'hidden') return state.draft;
  if (state.kind === 'off') return { verdict: 'fail', message: `audit is off: ${state.why}`, evidence: [state.evidence] };
  const webhook = view.file('audit-webhook-config-file');
  // A copied tree may lack the webhook's kubeconfig on purpose; without a mount the server does not start for certain.
  if (webhook.kind === 'missing' && webhook.reason.includes('mount'))
    return startFailure('kube-apiserver', {
      message: `${webhook.path}: ${webhook.reason}`,
      place: view.place('audit-webhook-config-file'),
    });
  return judgeByVersion(view, (minor) => judgePolicy(view, minor, state.backend));
}

function judgePolicy(view: ComponentView, minor: number, backend: string): ComponentDraft {
  const read = auditPolicyOf(view, minor);
  if (read.kind === 'refused') return startFailure('kube-apiserver', { message: read.message, place: read.place });
  const evidence = [view.flagEvidence('audit-policy-file', 'a policy file'), view.flagEvidence(backend, 'a backend')];
  if (read.kind === 'read') {
    const count = read.policy.rules.length;
    const message = `audit is on: a policy of ${count} rule${count === 1 ? '' : 's'} and a backend`;
    return { verdict: 'pass', message, evidence, ...(read.warnings.length === 0 ? {} : { notes: read.warnings }) };
  }
  // A server that runs has accepted its policy: it does not start with a bad one.
  if (view.component.running)
    return { verdict: 'pass', message: 'audit is on: the running server has accepted its policy, which was not seen', evidence };
  return { verdict: 'unknown', message: read.why, evidence };
}

export const control = defineControl({
  id: 'audit-enabled',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => perComponent(context, { component: 'kube-apiserver', flags: auditFlags }, judge),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Write a policy that covers what the next two controls ask, set `--audit-policy-file`, `--audit-log-path` and the rotation flags `--audit-log-maxage`, `--audit-log-maxbackup`, `--audit-log-maxsize`, and mount policy (`File`) and log folder (`DirectoryOrCreate`).',
  },
  tradeOffs: ['The log takes disk and some CPU.', 'A missing mount stops the start; k3s and RKE2 need the folder first.'],
});
