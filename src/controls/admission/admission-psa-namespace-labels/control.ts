import { effectivePlugins } from '../../../admission/plugins.ts';
import { evaluatePod } from '../../../admission/pod-security/evaluate.ts';
import type { Level } from '../../../admission/pod-security/policy.ts';
import { compareLevels, parseLevel } from '../../../admission/pod-security/policy.ts';
import { distributionOf } from '../../../cluster/component-version.ts';
import { labelsOf, placeIn } from '../../../cluster/objects.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { JudgedNamespace } from '../../namespaces.ts';
import { judgedNamespaces } from '../../namespaces.ts';
import { perComponent } from '../../per-component.ts';
import { policyMinor, workloadsOf } from '../../workload/per-workload.ts';
import { podSecurityOf } from '../pod-security-of.ts';

const enforceLabel = 'pod-security.kubernetes.io/enforce';

type Asked = Parameters & { readonly level: string; readonly exempt: readonly string[] };

/** What the API servers that were seen say about namespaces in general. */
interface ClusterDefault {
  /** `undefined`: the cluster default was not seen. */
  readonly level: Level | undefined;
  readonly source: string;
  readonly exemptNamespaces: ReadonlySet<string>;
  /** A server that was seen runs without the plug-in. */
  readonly pluginOff: boolean;
}

/** Of several API servers the laxest default counts; one that was not seen leaves the default unknown. */
function clusterDefault(context: Context<Asked>): ClusterDefault {
  let level: Level | undefined = 'restricted';
  let seen = 0;
  let source = '';
  let pluginOff = false;
  const exempt = new Set<string>();
  const flags = ['admission-control-config-file', 'disable-admission-plugins', 'admission-control'];
  const drafts = perComponent(context, { component: 'kube-apiserver', flags }, (view) => {
    seen += 1;
    if (view.minor !== undefined && !effectivePlugins(view.flags, view.minor).plugins.includes('PodSecurity')) pluginOff = true;
    const read = podSecurityOf(view);
    const own =
      read.kind === 'none'
        ? 'privileged'
        : read.kind === 'read'
          ? (parseLevel(read.configuration.defaults.enforce) ?? 'privileged')
          : undefined;
    if (read.kind === 'read') for (const name of read.configuration.exemptions.namespaces) exempt.add(name);
    if (own === undefined) level = undefined;
    else if (level !== undefined && compareLevels(own, level) < 0) level = own;
    source = view.component.document.source;
    return { verdict: 'pass', message: '', evidence: [] };
  });
  const count = [...drafts].length;
  const provider = distributionOf(context.cluster);
  if (seen === 0 && (provider === 'eks' || provider === 'gke' || provider === 'aks'))
    return { level: 'privileged', source: provider, exemptNamespaces: exempt, pluginOff };
  return { level: seen === 0 || seen < count ? undefined : level, source, exemptNamespaces: exempt, pluginOff };
}

/** The strictest level that every workload of the namespace passes today. */
function passedLevel(context: Context<Asked>, namespace: string): Level {
  const own = workloadsOf(context).filter((workload) => workload.namespace === namespace);
  const passes = (level: Level): boolean =>
    own.every(({ template }) => template !== undefined && evaluatePod(level, policyMinor(context), template).length === 0);
  return passes('restricted') ? 'restricted' : passes('baseline') ? 'baseline' : 'privileged';
}

function judge(context: Context<Asked>, namespace: JudgedNamespace, defaults: ClusterDefault): Omit<Draft, 'subject'> {
  const wanted = parseLevel(context.parameters.level) ?? 'baseline';
  const label = namespace.object === undefined ? undefined : labelsOf(namespace.object)[enforceLabel];
  const place =
    namespace.object === undefined ? namespace.place : placeIn(namespace.object, ['metadata', 'labels', enforceLabel]);
  const evidence = [
    { ...place, seen: label === undefined ? 'no enforce label' : `enforce: ${label}`, wanted: `enforce: ${wanted} or stricter` },
  ];
  const today = `today’s workloads pass ${passedLevel(context, namespace.name)}`;
  if (defaults.pluginOff)
    return { verdict: 'fail', message: 'PodSecurity is off in an API server: labels have no effect', evidence };
  if (defaults.exemptNamespaces.has(namespace.name))
    return { verdict: 'fail', message: `the namespace is exempt in the PodSecurityConfiguration; ${today}`, evidence };
  // The server reads an invalid value as restricted.
  const own = label === undefined ? undefined : (parseLevel(label) ?? 'restricted');
  const recorded =
    own === undefined
      ? parseLevel((context.cluster.auditDigest?.enforcePolicies[namespace.name] ?? '').split(':')[0] ?? '')
      : undefined;
  const level = own ?? recorded ?? defaults.level;
  if (level === undefined)
    return {
      verdict: 'unknown',
      message: `no enforce label, and the cluster default was not seen: collect --admission-control-config-file of the API server; ${today}`,
      evidence,
    };
  const from =
    own !== undefined ? 'its label' : recorded !== undefined ? 'the audit log of a pod’s creation' : 'the cluster default';
  if (compareLevels(level, wanted) < 0) return { verdict: 'fail', message: `enforces ${level} by ${from}; ${today}`, evidence };
  return { verdict: 'pass', message: `enforces ${level} by ${from}; ${today}`, evidence };
}

export const control = defineControl({
  id: 'admission-psa-namespace-labels',
  needs: [{ kind: 'listed', kinds: ['Namespace'] }],
  absence: 'not-applicable',
  parameters: { level: 'baseline', exempt: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        const defaults = clusterDefault(context);
        for (const namespace of judgedNamespaces(context)) {
          if (!context.parameters.exempt.includes(namespace.name))
            yield { ...judge(context, namespace, defaults), subject: namespace.subject };
        }
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Label the namespace with the strictest `enforce` level that its workloads pass today, `audit` and `warn` restricted. Where not even baseline passes, audit and warn alone, with the list of what stands in the way.',
  },
  tradeOffs: ['Controllers are only warned; their pods are refused later. `kubectl label --dry-run=server` shows the warnings.'],
});
