import type { Cluster } from '../../../cluster/cluster.ts';
import type { ComponentName } from '../../../cluster/component.ts';
import type { KubernetesVersion } from '../../../cluster/version.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import { durationMs } from '../../settings.ts';
import type { Versioned } from '../component-versions.ts';
import { isVendors, print, versionsOf } from '../component-versions.ts';
import { advisoriesFor, judgeRelease } from '../releases.ts';

type Asked = Parameters & { readonly maxPatchesBehind: number; readonly maxTableAge: string };

/** How many minors a component may be older than the oldest API server; none may be newer. */
const maxOlder: Readonly<Partial<Record<ComponentName, number>>> = {
  kubelet: 3,
  'kube-proxy': 3,
  'kube-controller-manager': 1,
  'kube-scheduler': 1,
};

/** What of the supported skew a version breaks; `undefined`: nothing. */
function skewOf(name: ComponentName, version: KubernetesVersion, servers: readonly KubernetesVersion[]): string | undefined {
  const minors = servers.map((server) => server.minor);
  const oldest = Math.min(...minors);
  if (name === 'kube-apiserver') {
    const apart = Math.max(...minors) - oldest;
    return apart > 1 ? `the API servers are ${apart} minors apart, at most one is supported` : undefined;
  }
  if (version.minor > oldest) return `1.${version.minor} is newer than the oldest API server (1.${oldest})`;
  const older = oldest - version.minor;
  const allowed = maxOlder[name] ?? 0;
  return older > allowed
    ? `1.${version.minor} is ${older} minors older than the oldest API server (1.${oldest}), at most ${allowed} are supported`
    : undefined;
}

/** Names of advisories, which never decide: the first few in the message, all as a note. */
function advisories(
  cluster: Cluster,
  name: ComponentName,
  version: KubernetesVersion,
): { clause: string; notes: readonly string[] } {
  const found = isVendors(cluster, version) ? [] : advisoriesFor(name, version);
  if (found.length === 0) return { clause: '', notes: [] };
  const more = found.length > 3 ? ` and ${found.length - 3} more` : '';
  return {
    clause: `; advisories name this version: ${found.slice(0, 3).join(', ')}${more}`,
    notes: found.length > 3 ? [`advisories that name this version: ${found.join(', ')}`] : [],
  };
}

/** Support, patch and skew of one component. `known`: the versions of the API servers; none leaves the skew open. */
function judgeOne(context: Context<Asked>, component: Versioned, known: readonly KubernetesVersion[]): Draft {
  const { subject, version, place, name, text } = component;
  if (version === undefined) return unseen(component);
  const { cluster, now, parameters } = context;
  const release = judgeRelease(version, {
    now,
    maxPatchesBehind: parameters.maxPatchesBehind,
    maxTableAgeMs: durationMs(parameters.maxTableAge),
    isVendors: isVendors(cluster, version),
  });
  const skew = known.length === 0 ? undefined : skewOf(name, version, known);
  const { clause, notes } = advisories(cluster, name, version);
  const open = known.length === 0 ? ['the skew is open, no version of an API server was seen'] : [];
  const message = `${[...(skew === undefined ? [] : [skew]), release.message, ...open].join('; ')}${clause}`;
  const evidence = [{ ...place, seen: text, wanted: wantedOf(name, release.wanted, known) }];
  const settled = release.verdict === 'pass' && known.length === 0 ? 'unknown' : release.verdict;
  const verdict = skew === undefined ? settled : 'fail';
  return { verdict, subject, message, evidence, ...(notes.length === 0 ? {} : { notes }) };
}

function unseen({ name, subject, place, text }: Versioned): Draft {
  const message =
    name === 'kube-apiserver'
      ? "the version of the API server was not seen: /version, an image tag or kubeadm's kubernetesVersion shows it"
      : `the version of ${name} was not seen: its Node or an image tag shows it`;
  return {
    verdict: 'unknown',
    subject,
    message,
    evidence: [{ ...place, seen: text || 'no version', wanted: 'a version as v1.37.2' }],
  };
}

function wantedOf(name: ComponentName, release: string, known: readonly KubernetesVersion[]): string {
  if (name === 'kube-apiserver' || known.length === 0) return release;
  return `${release}, that API server ${[...new Set(known.map(print))].join(', ')} supports`;
}

const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'] as const;

function* judge(context: Context<Asked>): Iterable<Draft> {
  const known = versionsOf(context.cluster, 'kube-apiserver').flatMap(({ version }) => version ?? []);
  for (const name of components)
    for (const component of versionsOf(context.cluster, name)) yield judgeOne(context, component, known);
}

export const control = defineControl({
  id: 'apiserver-version-supported',
  needs: [{ kind: 'version' }, { kind: 'listed', kinds: ['Node'] }],
  absence: 'not-applicable',
  parameters: { maxPatchesBehind: 2, maxTableAge: '90d' },
  revisions: [{ since: '1.28', evaluate: (context) => judge(context) }],
  remedy: {
    kind: 'none',
    text: 'An upgrade, one minor at a time, with the distribution’s own tool: API servers first, then controller manager and scheduler, then kubelets. Bulwark does not upgrade.',
  },
  tradeOffs: ['A newer minor removes APIs: look for the annotation `k8s.io/removed-release` in the audit log first.'],
});
