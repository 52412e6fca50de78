import { distributionOf, versionOf } from '../../cluster/component-version.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { ComponentName } from '../../cluster/component.ts';
import type { ComponentOnHost } from '../../cluster/components.ts';
import { componentsOf } from '../../cluster/components.ts';
import { listAt, objectAt, stringAt, valueAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { placeIn } from '../../cluster/objects.ts';
import { placeOf } from '../../cluster/document.ts';
import type { Place } from '../../cluster/place.ts';
import type { KubernetesVersion } from '../../cluster/version.ts';
import { formatMinor, parseVersion } from '../../cluster/version.ts';
import type { Subject } from '../../results/finding.ts';
import { componentSubject } from '../per-component.ts';
import { isVendorBuild } from './releases.ts';

/** A component on a host and the version that was seen of it. */
export interface Versioned {
  readonly name: ComponentName;
  readonly subject: Subject;
  readonly version: KubernetesVersion | undefined;
  /** The version as it was written; empty where none was seen. */
  readonly text: string;
  readonly place: Place;
}

interface SeenVersion {
  readonly text: string;
  readonly place: Place;
}

/** The versions of one component on every host where it is seen or must run. */
export function versionsOf(cluster: Cluster, name: ComponentName): readonly Versioned[] {
  const all = componentsOf(cluster, name);
  return all.flatMap((on): readonly Versioned[] => {
    const subject = componentSubject(name, on.host);
    const seen = seenVersion(cluster, on, all.length);
    if (seen !== undefined) return [{ name, subject, version: parseVersion(seen.text), ...seen }];
    const derived = on.component === undefined || name !== 'kube-apiserver' ? undefined : versionOf(cluster, on.component);
    if (on.component !== undefined && derived !== undefined)
      return [{ name, subject, version: derived, text: print(derived), place: placeOf(on.component.document, []) }];
    const mustBeSeen = name === 'kube-apiserver' || (name === 'kubelet' && on.host !== '');
    return mustBeSeen ? [{ name, subject, version: undefined, text: '', place: placeOfHost(cluster, on) }] : [];
  });
}

/** `/version` speaks of the one server that answered: of several, each has its image tag. */
function seenVersion(cluster: Cluster, { name, host, component }: ComponentOnHost, servers: number): SeenVersion | undefined {
  const own = readable(component?.version);
  const answered = readable(cluster.gitVersion);
  if (name === 'kube-apiserver') return servers === 1 ? (answered ?? own) : (own ?? answered);
  if (own !== undefined) return own;
  const node = cluster.objects.get('Node', undefined, host);
  const field = name === 'kubelet' ? 'kubeletVersion' : name === 'kube-proxy' ? 'kubeProxyVersion' : undefined;
  const path = ['status', 'nodeInfo', field ?? ''];
  const text = node === undefined || field === undefined ? undefined : stringAt(valueAt(node.manifest, path));
  if (node !== undefined && text !== undefined && text !== '') return { text, place: placeIn(node, path) };
  return name === 'kube-proxy' ? proxyImage(cluster) : undefined;
}

function readable(seen: SeenVersion | undefined): SeenVersion | undefined {
  return seen === undefined || parseVersion(seen.text) === undefined ? undefined : seen;
}

/** Nodes no longer name the version of kube-proxy from 1.33 on: its DaemonSet's image does. */
function proxyImage(cluster: Cluster): SeenVersion | undefined {
  const set = cluster.objects.get('DaemonSet.apps', 'kube-system', 'kube-proxy');
  const base = ['spec', 'template', 'spec', 'containers'];
  const containers = set === undefined ? [] : listAt(valueAt(set.manifest, base));
  for (const [index, container] of containers.entries()) {
    const text = /kube-proxy(?:-[a-z0-9]+)?:(v[^@]+)/.exec(stringAt(objectAt(container)['image']) ?? '')?.[1];
    if (set !== undefined && text !== undefined) return { text, place: placeIn(set, [...base, index, 'image']) };
  }
  return undefined;
}

function placeOfHost(cluster: Cluster, { host, component }: ComponentOnHost): Place {
  if (component !== undefined) return placeOf(component.document, []);
  const node: ClusterObject | undefined = cluster.objects.get('Node', undefined, host);
  return node === undefined ? { source: host === '' ? cluster.sources.join(', ') : host } : placeIn(node, ['status', 'nodeInfo']);
}

/** Reports whether a version has patches and an end of life of a vendor's own. */
export function isVendors(cluster: Cluster, version: KubernetesVersion): boolean {
  return isVendorBuild(version) || distributionOf(cluster) === 'openshift';
}

/** Prints `v1.31.4`. */
export function print(version: KubernetesVersion): string {
  return `v${formatMinor(version)}${version.patch === undefined ? '' : `.${version.patch}`}${version.suffix}`;
}
