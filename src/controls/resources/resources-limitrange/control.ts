import { objectName, placeIn } from '../../../cluster/objects.ts';
import type { Context, Draft } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { JudgedNamespace } from '../../namespaces.ts';
import { judgedNamespaces } from '../../namespaces.ts';
import type { RangeView } from '../limit-range-items.ts';
import { viewRange } from '../limit-range-items.ts';

interface Asked {
  readonly resources: readonly string[];
  readonly exempt: readonly string[];
  readonly [name: string]: readonly string[];
}

function judge(context: Context<Asked>, namespace: JudgedNamespace): Draft {
  const { subject } = namespace;
  const ranges = context.cluster.objects
    .ofKind('LimitRange')
    .filter((range) => range.namespace === namespace.name)
    .map(viewRange);
  const giving = ranges.filter(({ defaults, requests }) => defaults.size + requests.size > 0);
  if (giving.length > 1) {
    const names = giving.map(({ object }) => object.name).join(', ');
    return {
      verdict: 'fail',
      subject,
      message: `${giving.length} LimitRanges set defaults (${names}): which of them counts is not fixed`,
      evidence: giving.map(({ object }) => ({
        ...placeIn(object, ['spec', 'limits']),
        seen: `${objectName(object)} sets defaults`,
        wanted: 'one LimitRange that sets defaults',
      })),
    };
  }
  const missing = missingOf(ranges, context.parameters.resources);
  if (missing.length === 0)
    return {
      verdict: 'pass',
      subject,
      message: 'containers get requests and limits, and neither they nor claims grow without a bound',
      evidence: ranges.map(({ object }) => ({ ...placeIn(object, ['spec', 'limits']), seen: objectName(object) })),
    };
  const wanted = 'default, defaultRequest and max for containers, max for claims';
  const seen = ranges.length === 0 ? 'no LimitRange' : `without ${missing.join(', ')}`;
  const evidence =
    ranges.length === 0
      ? [{ ...namespace.place, seen, wanted }]
      : ranges.map(({ object }) => ({ ...placeIn(object, ['spec', 'limits']), seen, wanted }));
  if (!context.isListed('LimitRange'))
    return { verdict: 'unknown', subject, message: context.whyNotListed('LimitRange'), evidence };
  const message = ranges.length === 0 ? 'there is no LimitRange' : `no LimitRange sets ${missing.join(', ')}`;
  return { verdict: 'fail', subject, message, evidence };
}

function missingOf(ranges: readonly RangeView[], resources: readonly string[]): readonly string[] {
  const lacks = (member: 'defaults' | 'requests' | 'max', name: string): readonly string[] =>
    resources.filter((resource) => !ranges.some((range) => range[member].has(resource))).map((resource) => `${name} ${resource}`);
  return [
    ...lacks('defaults', 'default'),
    ...lacks('requests', 'defaultRequest'),
    ...lacks('max', 'max'),
    ...(ranges.some(({ boundsClaims }) => boundsClaims) ? [] : ['max storage of claims']),
  ];
}

export const control = defineControl({
  id: 'resources-limitrange',
  needs: [{ kind: 'listed', kinds: ['Namespace', 'LimitRange'] }],
  absence: 'not-applicable',
  parameters: { resources: ['cpu', 'memory', 'ephemeral-storage'], exempt: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context): Iterable<Draft> {
        const { resources, exempt } = context.parameters;
        for (const namespace of judgedNamespaces(context))
          if (!exempt.includes(namespace.name)) yield judge({ ...context, parameters: { resources, exempt } }, namespace);
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'One LimitRange with `default`, `defaultRequest` and `max` of cpu, memory and ephemeral-storage for type Container, taken from what the workloads ask for, and `max` of storage for type PersistentVolumeClaim.',
  },
  tradeOffs: [
    'A limit of CPU throttles; a container above its limit of memory is killed, a pod above its ephemeral storage evicted.',
    'Pods that exist keep their values until they are made anew.',
    'A claim above the bound is refused.',
  ],
});
