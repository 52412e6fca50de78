import { effectivePlugins } from '../../../admission/plugins.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';
import { defineControl } from '../../control.ts';

const flags = ['enable-admission-plugins', 'disable-admission-plugins', 'admission-control'];

/** MutatingAdmissionPolicy is compiled in, and on, from 1.32. */
function requiredIn(minor: number, required: readonly string[]): readonly string[] {
  return required.filter((name) => name !== 'MutatingAdmissionPolicy' || minor >= 32);
}

function judge(view: ComponentView, required: readonly string[]): ComponentDraft {
  const evidence = flags
    .filter((flag) => view.flag(flag).given)
    .map((flag) => view.flagEvidence(flag, 'a list that leaves the protective defaults on'));
  if (view.flag('admission-control').given) {
    return {
      verdict: 'fail',
      message: '--admission-control replaces the defaults by exactly its list',
      evidence: [view.flagEvidence('admission-control', 'not set')],
    };
  }
  if (view.minor === undefined) return { verdict: 'pass', message: '', evidence };
  const { plugins, errors } = effectivePlugins(view.flags, view.minor);
  const [error] = errors;
  if (error !== undefined) return startFailure('kube-apiserver', error);
  const missing = requiredIn(view.minor, required).filter((name) => !plugins.includes(name));
  view.fact('the effective set of admission plug-ins', plugins.join(','));
  if (missing.length > 0) {
    const off = missing.filter((name) => view.flag('disable-admission-plugins').values.includes(name));
    const why = off.length === missing.length ? 'switched off by --disable-admission-plugins' : 'not in the effective set';
    return {
      verdict: 'fail',
      message: `${missing.join(', ')}: ${why}`,
      evidence: [
        { ...view.place('disable-admission-plugins'), seen: `effective: ${plugins.join(', ')}`, wanted: missing.join(', ') },
      ],
    };
  }
  const message = `the effective set of 1.${view.minor} holds ${plugins.length} plug-ins, all required ones among them`;
  return {
    verdict: 'pass',
    message,
    evidence: [{ ...view.place('enable-admission-plugins'), seen: `effective: ${plugins.join(', ')}` }],
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
        perComponent(context, { component: 'kube-apiserver', flags, needsVersion: true }, (view) =>
          judge(view, context.parameters.required),
        ),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Take the names out of `--disable-admission-plugins`, drop `--admission-control` and unknown names, and add to `--enable-admission-plugins` only what is not on by default: the flag adds to the defaults, it does not replace them.',
  },
  tradeOffs: ['A plug-in that was off refuses new objects that it would have refused before: quota, limits, Pod Security.'],
});
