import { effectivePlugins } from '../../../admission/plugins.ts';
import { compareLevels, parseLevel } from '../../../admission/pod-security/policy.ts';
import { placeOf } from '../../../cluster/document.ts';
import { newestMinor, oldestMinor } from '../../../cluster/version.ts';
import type { Evidence } from '../../../results/finding.ts';
import { defineControl } from '../../control.ts';
import { judgeByVersion } from '../../every-minor.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';
import type { Settings } from '../../settings.ts';
import { isSystemNamespace } from '../../settings.ts';
import { pluginFlags } from '../plugin-flags.ts';
import { unknownLevel } from '../pod-security-default.ts';
import { podSecurityOf } from '../pod-security-of.ts';

interface Asked {
  readonly level: string;
  readonly exemptNamespaces: readonly string[];
  readonly exemptUsernames: readonly string[];
  readonly exemptRuntimeClasses: readonly string[];
}

function judge(view: ComponentView, minor: number, asked: Asked, settings: Settings): ComponentDraft {
  const level = parseLevel(asked.level);
  if (level === undefined) return { verdict: 'unknown', message: unknownLevel(asked.level), evidence: [] };
  const wanted = `defaults.enforce at least ${level}`;
  const { plugins, errors } = effectivePlugins(view.flags, minor);
  // Names that other versions know are in no table.
  const [error] = minor < oldestMinor || minor > newestMinor ? [] : errors;
  if (error !== undefined) return startFailure('kube-apiserver', error);
  if (!plugins.includes('PodSecurity')) {
    const flag = view.flag('admission-control').given ? 'admission-control' : 'disable-admission-plugins';
    return {
      verdict: 'fail',
      message: 'PodSecurity is not in the effective set of admission plug-ins: no level is enforced anywhere',
      evidence: [view.flagEvidence(flag, 'PodSecurity on')],
    };
  }
  const read = podSecurityOf(view, minor);
  if (read.kind === 'refused') return startFailure('kube-apiserver', { message: read.message, place: read.place });
  if (read.kind === 'unseen') return { verdict: 'unknown', message: read.why, evidence: [] };
  const evidence = (path: readonly (string | number)[], seen: string): Evidence =>
    read.document === undefined
      ? { ...view.place('admission-control-config-file'), seen, wanted }
      : { ...placeOf(read.document, path), seen, wanted };
  if (read.kind === 'none') {
    return {
      verdict: 'fail',
      message: `${read.why}: namespaces without a label are privileged`,
      evidence: [evidence([], read.why)],
    };
  }
  const { defaults, exemptions } = read.configuration;
  const enforce = parseLevel(defaults.enforce) ?? 'privileged';
  view.fact('the default Pod Security level', enforce);
  if (compareLevels(enforce, level) < 0) {
    return {
      verdict: 'fail',
      message: `the cluster default enforces ${enforce}, below ${level}`,
      evidence: [evidence([...read.base, 'defaults', 'enforce'], enforce)],
    };
  }
  const others = [
    ...exemptions.namespaces
      .filter((name) => !isSystemNamespace(settings, name) && !asked.exemptNamespaces.includes(name))
      .map((name) => ({ kind: 'namespaces', name })),
    ...exemptions.usernames.filter((name) => !asked.exemptUsernames.includes(name)).map((name) => ({ kind: 'usernames', name })),
    ...exemptions.runtimeClasses
      .filter((name) => !asked.exemptRuntimeClasses.includes(name))
      .map((name) => ({ kind: 'runtimeClasses', name })),
  ];
  const [other] = others;
  if (other !== undefined) {
    const list = others.map(({ kind, name }) => `${kind} ${name}`).join(', ');
    const seen = { ...evidence([...read.base, 'exemptions', other.kind], other.name), wanted: 'system namespaces alone' };
    return { verdict: 'fail', message: `exempt beside the system namespaces: ${list}`, evidence: [seen] };
  }
  return {
    verdict: 'pass',
    message: `namespaces without a label enforce ${enforce}`,
    evidence: [evidence([...read.base, 'defaults', 'enforce'], enforce)],
  };
}

export const control = defineControl({
  id: 'admission-psa-cluster-defaults',
  needs: [
    { kind: 'flags', component: 'kube-apiserver' },
    { kind: 'version' },
    { kind: 'flag-file', flag: 'admission-control-config-file' },
  ],
  absence: 'not-applicable',
  parameters: { level: 'baseline', exemptNamespaces: [], exemptUsernames: [], exemptRuntimeClasses: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => {
        const asks = {
          component: 'kube-apiserver',
          flags: ['admission-control-config-file', ...pluginFlags],
          files: ['admission-control-config-file'],
          needsVersion: true,
        } as const;
        return perComponent(context, asks, (view) =>
          judgeByVersion(view, (minor) => judge(view, minor, context.parameters, context.settings)),
        );
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'An AdmissionConfiguration whose PodSecurity entry enforces `baseline`, audits and warns `restricted`, versions `latest`, and exempts the system namespaces; entries of other plug-ins stay; mounted, and named by `--admission-control-config-file`.',
  },
  tradeOffs: [
    'Pods that run go on, but in namespaces without a label they are refused at their next start: label the namespaces that need `privileged` first.',
  ],
});
