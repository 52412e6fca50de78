import { componentsOf } from '../../../cluster/components.ts';
import { versionOf } from '../../../cluster/component-version.ts';
import type { ComponentName } from '../../../cluster/component.ts';
import type { JsonObject } from '../../../cluster/json.ts';
import { objectAt, stringAt } from '../../../cluster/json.ts';
import { placeIn } from '../../../cluster/objects.ts';
import type { Place } from '../../../cluster/place.ts';
import { placeOf } from '../../../cluster/document.ts';
import type { KubernetesVersion } from '../../../cluster/version.ts';
import { formatMinor, parseVersion } from '../../../cluster/version.ts';
import type { Subject } from '../../../results/finding.ts';
import type { Context, Draft, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import { componentSubject } from '../../per-component.ts';
import { durationMs } from '../../settings.ts';
import { advisoriesFor, isVendorBuild, judgeRelease } from '../releases.ts';

type Asked = Parameters & { readonly maxPatchesBehind: number; readonly maxTableAge: string };

interface Versioned {
  readonly name: ComponentName;
  readonly subject: Subject;
  readonly version: KubernetesVersion | undefined;
  readonly text: string;
  readonly place: Place;
}

function componentsWithVersion(context: Context<Asked>, name: ComponentName): readonly Versioned[] {
  return componentsOf(context.cluster, name).flatMap(({ component, host }): readonly Versioned[] => {
    const node = context.cluster.objects.get('Node', undefined, host);
    const version = component === undefined ? undefined : versionOf(context.cluster, component);
    const subject = componentSubject(name, host);
    if (component !== undefined && version !== undefined)
      return [
        { name, subject, version, text: print(version), place: component.version?.place ?? placeOf(component.document, []) },
      ];
    const reported = nodeVersion(name, node?.manifest);
    if (node !== undefined && reported !== undefined)
      return [
        {
          name,
          subject,
          version: parseVersion(reported),
          text: reported,
          place: placeIn(node, ['status', 'nodeInfo', `${name}Version`.replace('kube-proxy', 'kubeProxy')]),
        },
      ];
    if (name === 'kube-apiserver' && context.cluster.gitVersion !== undefined) {
      const { text, place } = context.cluster.gitVersion;
      return [{ name, subject, version: parseVersion(text), text, place }];
    }
    return name === 'kube-apiserver' ? [{ name, subject, version: undefined, text: '', place: { source: host } }] : [];
  });
}

/** What a Node says of its own components. */
function nodeVersion(name: ComponentName, node: JsonObject | undefined): string | undefined {
  const info = objectAt(objectAt(objectAt(node)['status'])['nodeInfo']);
  if (name === 'kubelet') return stringAt(info['kubeletVersion']);
  return name === 'kube-proxy' ? stringAt(info['kubeProxyVersion']) : undefined;
}

function print(version: KubernetesVersion): string {
  return `v${formatMinor(version)}${version.patch === undefined ? '' : `.${version.patch}`}${version.suffix}`;
}

/** How many minors a component may be older than the oldest API server; none may be newer. */
const maxOlder: Readonly<Partial<Record<ComponentName, number>>> = {
  kubelet: 3,
  'kube-proxy': 3,
  'kube-controller-manager': 1,
  'kube-scheduler': 1,
};

function judgeSkew(component: Versioned, servers: readonly KubernetesVersion[]): string | undefined {
  const minors = servers.map((server) => server.minor);
  const oldest = Math.min(...minors);
  const own = component.version?.minor;
  if (own === undefined || minors.length === 0) return undefined;
  if (component.name === 'kube-apiserver')
    return Math.max(...minors) - oldest > 1
      ? `API servers are ${Math.max(...minors) - oldest} minors apart, at most one is supported`
      : undefined;
  if (own > oldest) return `newer than the oldest API server (1.${oldest})`;
  const allowed = maxOlder[component.name] ?? 0;
  return oldest - own > allowed
    ? `${oldest - own} minors older than the oldest API server (1.${oldest}), at most ${allowed} are supported`
    : undefined;
}

function* judge(context: Context<Asked>): Iterable<Draft> {
  const servers = componentsWithVersion(context, 'kube-apiserver');
  const known = servers.flatMap(({ version }) => version ?? []);
  for (const server of servers) {
    const { subject } = server;
    if (server.version === undefined) {
      yield {
        verdict: 'unknown',
        subject,
        message: 'the version of the API server was not seen: /version, an image tag or kubeadm’s kubernetesVersion shows it',
        evidence: [],
      };
      continue;
    }
    const skew = judgeSkew(server, known);
    const release = judgeRelease(server.version, {
      now: context.now,
      maxPatchesBehind: context.parameters.maxPatchesBehind,
      maxTableAgeMs: durationMs(context.parameters.maxTableAge),
    });
    const advisories = isVendorBuild(server.version) ? [] : advisoriesFor('kube-apiserver', server.version);
    const notes = advisories.length === 0 ? [] : [`advisories that name this version: ${advisories.join(', ')}`];
    const evidence = [{ ...server.place, seen: server.text, wanted: release.wanted }];
    if (skew !== undefined) yield { verdict: 'fail', subject, message: skew, evidence, notes };
    else yield { verdict: release.verdict, subject, message: release.message, evidence, notes };
  }
  for (const name of ['kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'] as const) {
    for (const component of componentsWithVersion(context, name)) {
      const skew = judgeSkew(component, known);
      const evidence = [
        { ...component.place, seen: component.text, wanted: `a version that API server ${known.map(print).join(', ')} supports` },
      ];
      if (known.length === 0) continue;
      if (skew === undefined)
        yield { verdict: 'pass', subject: component.subject, message: 'within the supported skew', evidence };
      else yield { verdict: 'fail', subject: component.subject, message: skew, evidence };
    }
  }
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
