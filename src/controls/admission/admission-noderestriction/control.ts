import { effectivePlugins } from '../../../admission/plugins.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';

const flags = ['enable-admission-plugins', 'disable-admission-plugins', 'admission-control'];

function judge(view: ComponentView): ComponentDraft {
  // NodeRestriction is never a default, so the flags alone decide; names unknown to a version need the version.
  const { plugins, errors } = effectivePlugins(view.flags, view.minor ?? 37);
  const [error] = view.minor === undefined ? [] : errors;
  if (error !== undefined) return startFailure('kube-apiserver', error);
  const flag = view.flag('admission-control').given ? 'admission-control' : 'enable-admission-plugins';
  const evidence = [view.flagEvidence(flag, 'a list with NodeRestriction')];
  view.fact('NodeRestriction', plugins.includes('NodeRestriction') ? 'on' : 'off');
  return plugins.includes('NodeRestriction')
    ? { verdict: 'pass', message: 'NodeRestriction is in the effective set', evidence }
    : {
        verdict: 'fail',
        message: 'NodeRestriction is not in the effective set: a kubelet may change other nodes and their pods',
        evidence,
      };
}

export const control = defineControl({
  id: 'admission-noderestriction',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }, { kind: 'version' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => perComponent(context, { component: 'kube-apiserver', flags, needsVersion: true }, judge),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Add `NodeRestriction` to `--enable-admission-plugins` and leave the rest of the list as it is.',
  },
  tradeOffs: ["Agents that label or edit other nodes with a kubelet's credential are refused."],
});
