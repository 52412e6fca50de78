import type { Cluster } from '../../cluster/cluster.ts';
import { componentsOf } from '../../cluster/components.ts';
import { readFlags } from '../../cluster/flags.ts';
import { objectAt, stringAt } from '../../cluster/json.ts';
import type { Context, Parameters } from '../control.ts';

/** Parameters that say where there is a metadata service, and at which addresses. */
export type CloudParameters = Parameters & {
  readonly addresses: readonly string[];
  readonly noCloud: readonly string[];
  readonly blockedBy: string;
};

/** Further addresses of the metadata service, by the scheme of a node's providerID. */
const moreAddresses: Readonly<Record<string, string>> = {
  aws: 'fd00:ec2::254/128',
  alicloud: '100.100.100.200/32',
  alibabacloud: '100.100.100.200/32',
};

/** `aws:///eu-west-1a/i-0` → `aws`; Alibaba's own form has no scheme: `cn-hangzhou.i-0`. */
function schemeOf(providerId: string): string {
  return /^[a-z]+(?:-[a-z0-9]+)+\.i-/.test(providerId) ? 'alicloud' : (providerId.split(':')[0] ?? providerId);
}

function providerSchemes(cluster: Cluster): readonly (string | undefined)[] {
  return cluster.objects.ofKind('Node').map((node) => {
    const id = stringAt(objectAt(node.manifest['spec'])['providerID']) ?? '';
    return id === '' ? undefined : schemeOf(id);
  });
}

function cloudProviderFlag(cluster: Cluster): boolean {
  return (['kubelet', 'kube-controller-manager', 'kube-apiserver'] as const)
    .flatMap((name) => componentsOf(cluster, name))
    .some(({ component }) => component !== undefined && readFlags(component, undefined).get('cloud-provider').value !== '');
}

/**
 * Says why there is no metadata service to block; `undefined`: there may be one. What holds of every Node is believed only where
 * Nodes are listed. Source: essential.md 7.
 */
export function withoutCloud(context: Context<CloudParameters>): string | undefined {
  if (context.parameters.blockedBy === 'provider') return 'the settings say that the provider blocks the metadata service';
  if (!context.isListed('Node')) return undefined;
  const schemes = providerSchemes(context.cluster);
  if (schemes.length > 0 && schemes.every((scheme) => scheme !== undefined && context.parameters.noCloud.includes(scheme)))
    return `every node is of ${[...new Set(schemes)].join(', ')}, which has no metadata service`;
  if (schemes.every((scheme) => scheme === undefined) && !cloudProviderFlag(context.cluster))
    return 'no cloud provider is seen: no node has a providerID, and no component a --cloud-provider';
  return undefined;
}

/** The addresses of the metadata service, as CIDRs: the parameter's, and those of the providers whose nodes were seen. */
export function metadataAddresses(context: Context<CloudParameters>): readonly string[] {
  const more = providerSchemes(context.cluster).flatMap((scheme) => moreAddresses[scheme ?? ''] ?? []);
  return [...new Set([...context.parameters.addresses, ...more])];
}
