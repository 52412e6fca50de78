import { effectivePlugins } from '../../../admission/plugins.ts';
import { newestMinor, oldestMinor } from '../../../cluster/version.ts';
import { defineControl } from '../../control.ts';
import { hiddenFlag, judgeByVersion } from '../../every-minor.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';
import { pluginFlags } from '../plugin-flags.ts';

const replacedMessage = '--admission-control replaces the defaults by exactly its list';

/** MutatingAdmissionPolicy is compiled in, and on, from 1.32. */
function requiredIn(minor: number, required: readonly string[]): readonly string[] {
  return required.filter((name) => name !== 'MutatingAdmissionPolicy' || minor >= 32);
}

/** What holds in a version whose plug-ins are in no table: what is taken away, not what is there. */
function judgeForeign(view: ComponentView, minor: number, required: readonly string[]): ComponentDraft {
  const replaced = view.flag('admission-control').given;
  const off = required.filter((name) => view.flag('disable-admission-plugins').values.includes(name));
  const evidence = [view.flagEvidence(replaced ? 'admission-control' : 'disable-admission-plugins', 'not set')];
  if (replaced) return { verdict: 'fail', message: replacedMessage, evidence };
  if (off.length > 0)
    return { verdict: 'fail', message: `${off.join(', ')}: switched off by --disable-admission-plugins`, evidence };
  const message = `which plug-ins 1.${minor} has on by default is not known: the tables hold 1.${oldestMinor} to 1.${newestMinor}`;
  return { verdict: 'unknown', message, evidence };
}

function judge(view: ComponentView, minor: number, required: readonly string[]): ComponentDraft {
  if (minor < oldestMinor || minor > newestMinor) return judgeForeign(view, minor, required);
  const { plugins, errors } = effectivePlugins(view.flags, minor);
  const [error] = errors;
  if (error !== undefined) return startFailure('kube-apiserver', error);
  const seen = `effective: ${plugins.join(', ') || 'none'}`;
  if (view.flag('admission-control').given)
    return {
      verdict: 'fail',
      message: replacedMessage,
      evidence: [view.flagEvidence('admission-control', 'not set')],
    };
  const missing = requiredIn(minor, required).filter((name) => !plugins.includes(name));
  const off = missing.filter((name) => view.flag('disable-admission-plugins').values.includes(name));
  // A plug-in that is off by default may be among those that the distribution adds.
  const hidden = off.length > 0 ? undefined : hiddenFlag(view, pluginFlags);
  if (hidden !== undefined) return hidden;
  if (view.minor !== undefined) view.fact('the effective set of admission plug-ins', plugins.join(','));
  if (missing.length > 0) {
    const flag = off.length > 0 ? 'disable-admission-plugins' : 'enable-admission-plugins';
    const why = off.length === missing.length ? 'switched off by --disable-admission-plugins' : 'not in the effective set';
    return {
      verdict: 'fail',
      message: `${missing.join(', ')}: ${why}`,
      evidence: [
        view.flagEvidence(flag, off.length > 0 ? `without ${off.join(', ')}` : `with ${missing.join(', ')}`),
        { ...view.place(flag), seen, wanted: `${missing.join(', ')} among them` },
      ],
    };
  }
  return {
    verdict: 'pass',
    message: `the effective set of 1.${minor} holds ${plugins.length} plug-ins, all required ones among them`,
    evidence: [{ ...view.place('enable-admission-plugins'), seen }],
  };
}

export const control = defineControl({
  id: 'admission-effective-set',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }, { kind: 'version' }],
  absence: 'not-applicable',
  parameters: {
    required: [
      'NamespaceLifecycle',
      'LimitRanger',
      'ServiceAccount',
      'PodSecurity',
      'ResourceQuota',
      'CertificateSubjectRestriction',
      'MutatingAdmissionWebhook',
      'ValidatingAdmissionWebhook',
      'ValidatingAdmissionPolicy',
      'MutatingAdmissionPolicy',
    ],
  },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perComponent(context, { component: 'kube-apiserver', flags: pluginFlags, needsVersion: true }, (view) =>
          judgeByVersion(view, (minor) => judge(view, minor, context.parameters.required)),
        ),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Take the names out of `--disable-admission-plugins`, drop `--admission-control` and unknown names, and add to `--enable-admission-plugins` only what is not on by default: the flag adds to the defaults, it does not replace them.',
  },
  tradeOffs: ['A plug-in that was off refuses new objects that it would have refused before: quota, limits, Pod Security.'],
});
