import { effectivePlugins } from '../../../admission/plugins.ts';
import { newestMinor, oldestMinor } from '../../../cluster/version.ts';
import { defineControl } from '../../control.ts';
import { hiddenFlag, judgeByVersion } from '../../every-minor.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';
import { pluginFlags } from '../plugin-flags.ts';

function judge(view: ComponentView, minor: number): ComponentDraft {
  const { plugins, errors } = effectivePlugins(view.flags, minor);
  // Names that other versions know are in no table.
  const [error] = minor < oldestMinor || minor > newestMinor ? [] : errors;
  if (error !== undefined) return startFailure('kube-apiserver', error);
  const isOn = plugins.includes('NodeRestriction');
  const flag = view.flag('admission-control').given ? 'admission-control' : 'enable-admission-plugins';
  const evidence = [view.flagEvidence(flag, 'a list with NodeRestriction')];
  view.fact('NodeRestriction', isOn ? 'on' : 'off');
  if (isOn) return { verdict: 'pass', message: 'NodeRestriction is in the effective set', evidence };
  // With --admission-control the list is exact; else the distribution may add what its file does not show.
  const hidden = view.flag('admission-control').given ? undefined : hiddenFlag(view, pluginFlags);
  return (
    hidden ?? {
      verdict: 'fail',
      message: 'NodeRestriction is not in the effective set: a stolen kubelet credential may change other nodes and their pods',
      evidence,
    }
  );
}

export const control = defineControl({
  id: 'admission-noderestriction',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }, { kind: 'version' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perComponent(context, { component: 'kube-apiserver', flags: pluginFlags, needsVersion: true }, (view) =>
          judgeByVersion(view, (minor) => judge(view, minor)),
        ),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Add `NodeRestriction` to `--enable-admission-plugins` and leave the rest of the list as it is.',
  },
  tradeOffs: ["Agents that label or edit other nodes with a kubelet's credential are refused."],
});
