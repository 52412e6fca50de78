import type { ClusterObject } from '../../../cluster/objects.ts';
import { objectName, placeIn } from '../../../cluster/objects.ts';
import { formatFieldPath, listAt, objectAt } from '../../../cluster/json.ts';
import type { Evidence } from '../../../results/finding.ts';
import type { Context, Draft } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { JudgedNamespace } from '../../namespaces.ts';
import { judgedNamespaces } from '../../namespaces.ts';
import { unreadableQuotaField } from '../quota-shape.ts';

/** Names that set the same limit under another name. */
const aliases: Readonly<Record<string, string>> = { cpu: 'requests.cpu', memory: 'requests.memory' };

/** A quota with scopes counts some pods only. */
function isScoped(quota: ClusterObject): boolean {
  const spec = objectAt(quota.manifest['spec']);
  const selector = objectAt(spec['scopeSelector']);
  return listAt(spec['scopes']).length > 0 || listAt(selector['matchExpressions']).length > 0;
}

/** The names that a quota bounds. */
function hardNames(quota: ClusterObject): readonly string[] {
  return Object.keys(objectAt(objectAt(quota.manifest['spec'])['hard'])).map((name) => aliases[name] ?? name);
}

function evidenceOf(quota: ClusterObject, required: readonly string[]): Evidence {
  const names = hardNames(quota).join(', ');
  const seen = `${objectName(quota)}: ${names === '' ? 'nothing' : names}${isScoped(quota) ? ' (scoped)' : ''}`;
  return { ...placeIn(quota, ['spec', 'hard']), seen, wanted: required.join(', ') };
}

function judge(
  context: Context<{ readonly required: readonly string[]; readonly exempt: readonly string[] }>,
  namespace: JudgedNamespace,
): Draft {
  const { subject } = namespace;
  const { required } = context.parameters;
  const own = context.cluster.objects.ofKind('ResourceQuota').filter((quota) => quota.namespace === namespace.name);
  const readable = own.filter((quota) => unreadableQuotaField(quota.manifest) === undefined);
  const set = new Set(readable.filter((quota) => !isScoped(quota)).flatMap(hardNames));
  const missing = required.map((name) => aliases[name] ?? name).filter((name) => !set.has(name));
  const none = { ...namespace.place, seen: 'no ResourceQuota', wanted: required.join(', ') };
  const evidence = own.length === 0 ? [none] : own.map((quota) => evidenceOf(quota, required));
  if (missing.length === 0) return { verdict: 'pass', subject, message: `its quotas bound ${required.join(', ')}`, evidence };
  const broken = own.find((quota) => !readable.includes(quota));
  if (broken !== undefined) {
    const field = formatFieldPath(unreadableQuotaField(broken.manifest) ?? []);
    const message = `${objectName(broken)} cannot be read: no server accepts its ${field}`;
    return { verdict: 'unknown', subject, message, evidence };
  }
  if (!context.isListed('ResourceQuota'))
    return { verdict: 'unknown', subject, message: context.whyNotListed('ResourceQuota'), evidence };
  const message = own.length === 0 ? 'there is no ResourceQuota' : `no ResourceQuota without scopes sets ${missing.join(', ')}`;
  return { verdict: 'fail', subject, message, evidence };
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
        for (const namespace of judgedNamespaces(context))
          if (!context.parameters.exempt.includes(namespace.name)) yield judge(context, namespace);
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
