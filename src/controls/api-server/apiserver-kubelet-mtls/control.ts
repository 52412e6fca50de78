import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';

const flags = ['kubelet-certificate-authority', 'kubelet-client-certificate', 'kubelet-client-key'];

function judge(view: ComponentView): ComponentDraft {
  const missing = flags.filter((flag) => view.flag(flag).known && view.flag(flag).value === '');
  const evidence = (missing.length === 0 ? flags : missing).map((flag) => view.flagEvidence(flag, 'a file'));
  if (missing.length > 0) {
    const why = missing.includes('kubelet-certificate-authority')
      ? "without a CA the API server does not verify the kubelet's certificate"
      : 'the API server cannot show a certificate to kubelets';
    return { verdict: 'fail', message: `${missing.map((flag) => `--${flag}`).join(', ')} not set: ${why}`, evidence };
  }
  const message = 'the API server shows a certificate to kubelets and verifies theirs';
  // The files themselves are not asked for; one that the container cannot see is worth a word.
  const notes = flags.flatMap((flag) => {
    const file = view.file(flag);
    return file.kind === 'missing' ? [`${view.flag(flag).value} of --${flag}: ${file.reason}`] : [];
  });
  return { verdict: 'pass', message, evidence, ...(notes.length === 0 ? {} : { notes }) };
}

export const control = defineControl({
  id: 'apiserver-kubelet-mtls',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [{ since: '1.28', evaluate: (context) => perComponent(context, { component: 'kube-apiserver', flags }, judge) }],
  remedy: {
    kind: 'native',
    text: 'First `serverTLSBootstrap: true` on every kubelet, with its `kubernetes.io/kubelet-serving` requests approved after a look at their names; only when every node serves such a certificate, `--kubelet-certificate-authority`.',
  },
  tradeOffs: [
    'Until every node has a certificate of that CA, logs, exec, port-forward and metrics-server fail for the nodes that lag.',
    'Nothing approves these requests by itself, at each renewal again.',
  ],
});
