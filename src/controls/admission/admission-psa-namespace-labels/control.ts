import { evaluatePod } from '../../../admission/pod-security/evaluate.ts';
import type { Level } from '../../../admission/pod-security/policy.ts';
import { compareLevels, parseLevel } from '../../../admission/pod-security/policy.ts';
import { labelsOf, placeIn } from '../../../cluster/objects.ts';
import type { Workload } from '../../../cluster/workloads.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { JudgedNamespace } from '../../namespaces.ts';
import { judgedNamespaces } from '../../namespaces.ts';
import { policyMinor, workloadsOf } from '../../workload/per-workload.ts';
import type { PodSecurityDefault } from '../pod-security-default.ts';
import { podSecurityDefault, unknownLevel } from '../pod-security-default.ts';

const enforceLabel = 'pod-security.kubernetes.io/enforce';

type Asked = Parameters & { readonly level: string; readonly exempt: readonly string[] };

/** What today's workloads of a namespace would pass, as a clause of the message. */
function today(context: Context<Asked>, namespace: string): string {
  const byNamespace = context.once('workloads by namespace', () => {
    const map = new Map<string, Workload[]>();
    for (const workload of workloadsOf(context)) map.set(workload.namespace, [...(map.get(workload.namespace) ?? []), workload]);
    return map;
  });
  const own = byNamespace.get(namespace) ?? [];
  const [first] = own;
  if (first === undefined) return 'no workload was seen in it';
  const passes = (level: Level): boolean => own.every((workload) => passesLevel(context, workload, level));
  const level = passes('restricted') ? 'restricted' : passes('baseline') ? 'baseline' : 'privileged';
  return `today's workloads pass ${level}`;
}

function passesLevel(context: Context<Asked>, { template }: Workload, level: Level): boolean {
  if (template === undefined || !Array.isArray(template.spec['containers'])) return false;
  return evaluatePod(level, policyMinor(context), template).length === 0;
}

/** The level that counts in a namespace, and whence it comes. */
function levelOf(
  context: Context<Asked>,
  namespace: JudgedNamespace,
  defaults: PodSecurityDefault,
): { readonly level: Level | undefined; readonly from: string } {
  const label = namespace.object === undefined ? undefined : labelsOf(namespace.object)[enforceLabel];
  // The server reads an invalid value as restricted.
  if (label !== undefined) return { level: parseLevel(label) ?? 'restricted', from: 'its label' };
  const policy = context.cluster.auditDigest?.enforcePolicies[namespace.name] ?? '';
  const recorded = parseLevel(policy.split(':')[0] ?? '');
  if (recorded !== undefined) return { level: recorded, from: "the audit log of a pod's creation" };
  return { level: defaults.level, from: 'the cluster default' };
}

function judge(context: Context<Asked>, namespace: JudgedNamespace, defaults: PodSecurityDefault): Omit<Draft, 'subject'> {
  const wanted = parseLevel(context.parameters.level);
  if (wanted === undefined) return { verdict: 'unknown', message: unknownLevel(context.parameters.level), evidence: [] };
  const { object, name } = namespace;
  const label = object === undefined ? undefined : labelsOf(object)[enforceLabel];
  const place = object === undefined ? namespace.place : placeIn(object, ['metadata', 'labels', enforceLabel]);
  const seen = object === undefined ? 'its Namespace object was not seen' : `enforce: ${label ?? 'no label'}`;
  const evidence = [{ ...place, seen, wanted: `enforce: ${wanted} or stricter` }];
  if (defaults.pluginOff !== undefined)
    return {
      verdict: 'fail',
      message: 'PodSecurity does not run in an API server: labels have no effect',
      evidence: [...evidence, defaults.pluginOff],
    };
  const exempt = defaults.exempt.get(name);
  const now = today(context, name);
  if (exempt !== undefined)
    return {
      verdict: 'fail',
      message: `the namespace is exempt in the PodSecurityConfiguration; ${now}`,
      evidence: [...evidence, exempt],
    };
  const { level, from } = levelOf(context, namespace, defaults);
  if (from === 'the cluster default' && object === undefined && !context.isListed('Namespace'))
    return { verdict: 'unknown', message: context.whyNotListed('Namespace'), evidence };
  if (level === undefined)
    return { verdict: 'unknown', message: `no enforce label, and ${defaults.whyUnknown}; ${now}`, evidence };
  const all = from === 'the cluster default' ? [...evidence, ...defaults.evidence] : evidence;
  const verdict = compareLevels(level, wanted) < 0 ? 'fail' : 'pass';
  return { verdict, message: `enforces ${level} by ${from}; ${now}`, evidence: all };
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
        const defaults = podSecurityDefault(context);
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
