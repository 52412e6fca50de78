import type { User } from '../../authentication/user.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { Attributes, ResourceAttributes } from '../attributes.ts';
import { parseFieldSelector } from '../field-selector.ts';
import { bootstrapObjects } from '../rbac/bootstrap.ts';
import type { PolicyRule } from '../rbac/rule.ts';
import { readRules, ruleAllows } from '../rbac/rule.ts';
import type { NodeGraph, ReachedKind } from './graph.ts';

/** What the Node authorizer says: it allows without a reason, or has no opinion, often with one. */
export type NodeDecision =
  | { readonly kind: 'allow' }
  | { readonly kind: 'noOpinion'; readonly reason: string }
  /** What ties nodes to objects was not collected. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface NodeAuthorizer {
  decide(user: User, attributes: Attributes): NodeDecision;
}

const userPrefix = 'system:node:';
const allow: NodeDecision = { kind: 'allow' };
const noOpinion = (reason: string): NodeDecision => ({ kind: 'noOpinion', reason });

/** Minors from which on a rule is there, or the gate before it is on by default. */
const since = { resourceSlices: 30, selectors: 32, serviceAccounts: 34, podCertificates: 37, csiNodeStatus: 37 } as const;

/**
 * The Node authorizer: a node reads what its pods refer to, its own Node, Lease and CSINode, and what the rules of every node allow.
 *
 * @param graph `undefined`: pods were not collected; what depends on them is unknown
 * Rule source: K:plugin/pkg/auth/authorizer/node/node_authorizer.go, K:pkg/auth/nodeidentifier; gates at their defaults.
 */
export function nodeAuthorizer(graph: NodeGraph | undefined, minor: number): NodeAuthorizer {
  const rules = nodeRules(minor);
  return {
    decide(user, attributes) {
      const node = nodeOf(user);
      if (node === undefined) return noOpinion('');
      if (node === '') return noOpinion(`unknown node for user ${goQuote(user.username)}`);
      if (attributes.kind === 'resource') {
        const special = decideResource(node, attributes, graph, minor);
        if (special !== undefined) return special;
      }
      return rules.some((rule) => ruleAllows(rule, attributes)) ? allow : noOpinion('');
    },
  };
}

/** The node that a user is: named so, and in the group of nodes. */
function nodeOf({ username, groups }: User): string | undefined {
  return username.startsWith(userPrefix) && groups.includes('system:nodes') ? username.slice(userPrefix.length) : undefined;
}

/** The rules of every node stand in the cluster role `system:node`. */
function nodeRules(minor: number): readonly PolicyRule[] {
  const role = bootstrapObjects(minor).find(({ kind, metadata }) => {
    const name = typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata['name'] : undefined;
    return kind === 'ClusterRole' && name === 'system:node';
  });
  return readRules(role?.['rules']);
}

function decideResource(
  node: string,
  attributes: ResourceAttributes,
  graph: NodeGraph | undefined,
  minor: number,
): NodeDecision | undefined {
  const { verb, subresource, namespace, name } = attributes;
  const reach = (kind: ReachedKind): NodeDecision => {
    if (name === '') return noOpinion('No Object name found');
    if (graph === undefined)
      return { kind: 'unknown', why: `pods were not collected: whether node ${node} uses this object is not known` };
    if (!graph.knows(kind))
      return { kind: 'unknown', why: `${kind} were not collected: whether node ${node} uses this object is not known` };
    // The namespace of the request counts, also where the kind has none.
    if (graph.reaches(node, kind, namespace, name)) return allow;
    return noOpinion(`no relationship found between node '${node}' and this object`);
  };
  const get = (kind: ReachedKind): NodeDecision => {
    if (verb !== 'get') return noOpinion('can only get individual resources of this type');
    return subresource === '' ? reach(kind) : noOpinion('cannot get subresource');
  };
  const read = (kind: ReachedKind): NodeDecision => {
    if (!['get', 'list', 'watch'].includes(verb)) return noOpinion('can only read resources of this type');
    if (subresource !== '') return noOpinion('cannot read subresource');
    return namespace === '' ? noOpinion('can only read namespaced object of this type') : reach(kind);
  };
  switch (`${attributes.apiGroup}/${attributes.resource}`) {
    case '/secrets':
      return read('secrets');
    case '/configmaps':
      return read('configmaps');
    case '/persistentvolumeclaims':
      if (subresource !== 'status') return get('persistentvolumeclaims');
      return verb === 'update' || verb === 'patch'
        ? reach('persistentvolumeclaims')
        : noOpinion('can only get/update/patch this type');
    case '/persistentvolumes':
      return get('persistentvolumes');
    case 'resource.k8s.io/resourceclaims':
      return get('resourceclaims');
    case 'storage.k8s.io/volumeattachments':
      return get('volumeattachments');
    case '/serviceaccounts':
      if (verb === 'get' && subresource === '' && minor >= since.serviceAccounts) return read('serviceaccounts');
      if (verb !== 'create' || name === '') return noOpinion('can only create tokens for individual service accounts');
      return subresource === 'token'
        ? reach('serviceaccounts')
        : noOpinion('can only create token subresource of serviceaccount');
    case 'coordination.k8s.io/leases':
      if (!ownVerbs.includes(verb)) return noOpinion('can only get, create, update, patch, or delete a node lease');
      if (namespace !== 'kube-node-lease') return noOpinion('can only access leases in the "kube-node-lease" system namespace');
      return verb === 'create' || name === node
        ? allow
        : noOpinion('can only access node lease with the same name as the requesting node');
    case 'storage.k8s.io/csinodes':
      if (subresource === 'status' && minor >= since.csiNodeStatus)
        return noOpinion('CSINode status access requires CSIVolumeHealth feature');
      if (subresource !== '' && (minor >= since.csiNodeStatus || ownVerbs.includes(verb)))
        return noOpinion('cannot authorize CSINode subresources');
      if (!ownVerbs.includes(verb)) return noOpinion('can only get, create, update, patch, or delete a CSINode');
      return verb === 'create' || name === node
        ? allow
        : noOpinion('can only access CSINode with the same name as the requesting node');
    case 'resource.k8s.io/resourceslices':
      return minor >= since.resourceSlices ? decideSlice(node, attributes, reach, minor) : undefined;
    case '/nodes':
      return minor >= since.selectors ? decideNode(node, attributes) : undefined;
    case '/pods':
      return minor >= since.selectors ? decidePod(node, attributes, get, reach) : undefined;
    case 'certificates.k8s.io/podcertificaterequests':
      return minor >= since.podCertificates ? decidePodCertificate(node, attributes, reach) : noOpinion('');
    default:
      return undefined;
  }
}

const ownVerbs: readonly string[] = ['get', 'create', 'update', 'patch', 'delete'];

function selects({ fieldSelector }: ResourceAttributes, field: string, value: string): boolean {
  const requirements = parseFieldSelector(fieldSelector ?? '');
  return (
    typeof requirements !== 'string' &&
    requirements.some((one) => one.field === field && one.operator !== '!=' && one.value === value)
  );
}

type Reach = (kind: ReachedKind) => NodeDecision;

function decideSlice(node: string, attributes: ResourceAttributes, reach: Reach, minor: number): NodeDecision {
  const { verb, subresource } = attributes;
  if (subresource !== '') return noOpinion('cannot authorize ResourceSlice subresources');
  if (verb === 'create') return allow;
  if (['get', 'update', 'patch', 'delete'].includes(verb)) return reach('resourceslices');
  if (!['watch', 'list', 'deletecollection'].includes(verb))
    return noOpinion(
      'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
    );
  // Before selectors were looked at, admission alone kept nodes from deleting what is another's.
  return minor < since.selectors || selects(attributes, 'spec.nodeName', node)
    ? allow
    : noOpinion('can only list/watch/deletecollection resourceslices with nodeName field selector');
}

function decidePodCertificate(node: string, attributes: ResourceAttributes, reach: Reach): NodeDecision {
  const { verb, subresource } = attributes;
  if (subresource !== '') return noOpinion('nodes may not access the status subresource of PodCertificateRequests');
  if (verb === 'create') return allow;
  if (verb === 'get') return reach('podcertificaterequests');
  if (verb !== 'list' && verb !== 'watch') return noOpinion(`nodes may not ${verb} podcertificaterequests`);
  return selects(attributes, 'spec.nodeName', node)
    ? allow
    : noOpinion('can only list/watch podcertificaterequests with nodeName field selector');
}

function decideNode(node: string, { verb, subresource, name }: ResourceAttributes): NodeDecision {
  if (subresource === 'status' && (verb === 'update' || verb === 'patch')) return allow;
  if (subresource !== '') return noOpinion('');
  if (['create', 'update', 'patch'].includes(verb)) return allow;
  if (!['get', 'list', 'watch'].includes(verb)) return noOpinion('');
  if (name === node) return allow;
  return noOpinion(
    name === ''
      ? `node '${node}' cannot read all nodes, only its own Node object`
      : `node '${node}' cannot read '${name}', only its own Node object`,
  );
}

function decidePod(node: string, attributes: ResourceAttributes, get: Reach, reach: Reach): NodeDecision {
  const { verb, subresource, name } = attributes;
  if (subresource === 'status' && (verb === 'update' || verb === 'patch')) return allow;
  if (subresource === 'eviction' && verb === 'create') return allow;
  if (subresource !== '') return noOpinion('');
  if (verb === 'get') return get('pods');
  if (verb === 'create' || verb === 'delete') return allow;
  if (verb !== 'list' && verb !== 'watch') return noOpinion('');
  if (selects(attributes, 'spec.nodeName', node)) return allow;
  return name === '' ? noOpinion('can only list/watch pods with spec.nodeName field selector') : reach('pods');
}
