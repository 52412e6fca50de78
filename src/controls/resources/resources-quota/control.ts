import type { ClusterObject } from '../../../cluster/objects.ts';
import { objectName, placeIn } from '../../../cluster/objects.ts';
import { listAt, objectAt } from '../../../cluster/json.ts';
import type { Draft } from '../../control.ts';
import { defineControl } from '../../control.ts';
import { judgedNamespaces } from '../../namespaces.ts';

/** Names that set the same limit under another name. */
const aliases: Readonly<Record<string, string>> = { cpu: 'requests.cpu', memory: 'requests.memory' };

/** A quota with scopes counts some pods only. */
function isScoped(quota: ClusterObject): boolean {
  const spec = objectAt(quota.manifest['spec']);
  const selector = objectAt(spec['scopeSelector']);
  return listAt(spec['scopes']).length > 0 || listAt(selector['matchExpressions']).length > 0;
}

function hardNames(quota: ClusterObject): readonly string[] {
  return Object.keys(objectAt(objectAt(quota.manifest['spec'])['hard'])).map((name) => aliases[name] ?? name);
}

export const control = defineControl({
  id: 'resources-quota',
  needs: [{ kind: 'listed', kinds: ['Namespace', 'ResourceQuota'] }],
  absence: 'not-applicable',
  parameters: { required: ['requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'], exempt: [] },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context): Iterable<Draft> {
        const quotas = context.cluster.objects.ofKind('ResourceQuota');
        for (const namespace of judgedNamespaces(context)) {
          if (context.parameters.exempt.includes(namespace.name)) continue;
          const own = quotas.filter((quota) => quota.namespace === namespace.name);
          const counting = own.filter((quota) => !isScoped(quota));
          const set = new Set(counting.flatMap(hardNames));
          const missing = context.parameters.required.map((name) => aliases[name] ?? name).filter((name) => !set.has(name));
          const evidence = own.map((quota) => ({
            ...placeIn(quota, ['spec', 'hard']),
            seen: `${objectName(quota)}: ${hardNames(quota).join(', ') || 'nothing'}${isScoped(quota) ? ' (scoped)' : ''}`,
            wanted: context.parameters.required.join(', '),
          }));
          if (missing.length === 0) {
            yield {
              verdict: 'pass',
              subject: namespace.subject,
              message: 'its quotas bound requests and limits of cpu and memory',
              evidence,
            };
          } else if (context.isListed('ResourceQuota')) {
            const message =
              own.length === 0 ? 'there is no ResourceQuota' : `no ResourceQuota without scopes sets ${missing.join(', ')}`;
            const none = { ...namespace.place, seen: 'no ResourceQuota', wanted: context.parameters.required.join(', ') };
            yield { verdict: 'fail', subject: namespace.subject, message, evidence: own.length === 0 ? [none] : evidence };
          } else {
            yield { verdict: 'unknown', subject: namespace.subject, message: context.whyNotListed('ResourceQuota'), evidence };
          }
        }
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'A ResourceQuota `compute` with what the workloads request at full replicas (surge included) times 1.5, rounded up; before it a LimitRange with defaults, so that pods without requests or limits are not refused.',
  },
  tradeOffs: [
    'Pods without these fields are refused: `failed quota: compute: must specify limits.cpu for: c`.',
    'Rollouts that surge above the quota stall.',
  ],
});
