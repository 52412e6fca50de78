import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';

function describe(view: ComponentView): string {
  const file = view.file('token-auth-file');
  if (file.kind !== 'seen') return '';
  const lines = file.facts?.['lines'];
  const groups = file.facts?.['groups'];
  const masters = Array.isArray(groups) && groups.includes('system:masters') ? ', one of which gives system:masters' : '';
  return lines === undefined ? '' : ` with ${String(lines)} line${lines === 1 ? '' : 's'}${masters}`;
}

function judge(view: ComponentView): ComponentDraft {
  // No supported version knows --basic-auth-file: that it stops the server is a start error, which the runner reports.
  const token = view.flag('token-auth-file');
  const evidence = [view.flagEvidence('token-auth-file', 'not set')];
  if (token.value === '') return { verdict: 'pass', message: 'no static token file is used', evidence };
  return {
    verdict: 'fail',
    message: `static tokens from ${token.value}${describe(view)} never expire and cannot be revoked without a restart`,
    evidence,
  };
}

export const control = defineControl({
  id: 'authn-static-token-file-absent',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perComponent(
          context,
          { component: 'kube-apiserver', flags: ['token-auth-file', 'basic-auth-file'], optional: ['basic-auth-file'] },
          judge,
        ),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Give every user of the file another credential, then remove `--token-auth-file`, its mount and the file. Where the users are not known, their owner decides.',
  },
  tradeOffs: ['Whoever still uses a token of the file is locked out at once: look for its user name in the audit log first.'],
});
