import type { User } from '../authentication/user.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { clusterVersion } from '../cluster/component-version.ts';
import { seenComponents } from '../cluster/components.ts';
import { readFlags } from '../cluster/flags.ts';
import type { JsonObject } from '../cluster/json.ts';
import { listingOf } from '../cluster/listing.ts';
import { newestMinor } from '../cluster/version.ts';
import type { Attributes } from './attributes.ts';
import { loadAuthorizationConfiguration } from './configuration.ts';
import { rbacKinds } from './grants.ts';
import { nodeGraph } from './node/graph.ts';
import type { NodeAuthorizer } from './node/node-authorizer.ts';
import { nodeAuthorizer } from './node/node-authorizer.ts';
import { isPrivileged } from './privileged-group.ts';
import type { GrantSource } from './rbac/decision.ts';
import type { RbacObjects } from './rbac/objects.ts';
import { readRbacObjects } from './rbac/objects.ts';
import type { CompiledRbac } from './rbac/rbac.ts';
import { authorize, compileRbac } from './rbac/rbac.ts';
import { toldReason } from './told-reason.ts';
import type { WebhookConditions } from './webhook-conditions.ts';
import { matchWebhook, toldWebhook } from './webhook-conditions.ts';

/** The answer of a chain of authorizers. */
export type Decision =
  | { readonly kind: 'allow'; readonly reason: string; readonly authorizer: string; readonly source?: GrantSource }
  | { readonly kind: 'noOpinion'; readonly reason: string }
  /** Somebody else decides: a webhook, a policy file, what was not collected. */
  | { readonly kind: 'unknown'; readonly why: string; readonly authorizer: string };

/** How one API server authorizes. */
export interface AuthorizationWorld {
  /** Types in their order, with the name of a webhook. */
  readonly authorizers: readonly { readonly type: string; readonly name: string; readonly webhook?: WebhookConditions }[];
  /** What was taken for granted where it was not seen. */
  readonly assumptions: readonly string[];
  readonly rbac: RbacObjects;
  readonly node: NodeAuthorizer;
  readonly minor: number;
}

/** The roles and bindings of a cluster. */
export function rbacManifests(cluster: Cluster): readonly JsonObject[] {
  const { role, clusterRole, roleBinding, clusterRoleBinding } = rbacKinds;
  return [role, clusterRole, roleBinding, clusterRoleBinding].flatMap((kind) =>
    cluster.objects.ofKind(kind).map(({ manifest }) => manifest),
  );
}

/** The chain of a cluster's first API server, and the objects that it decides by. Where no server's flags were seen, what kubeadm gives: Node, RBAC. */
export function authorizationWorldOf(cluster: Cluster): AuthorizationWorld {
  const minor = clusterVersion(cluster)?.minor ?? newestMinor;
  const { authorizers, assumptions } = chainOf(cluster, minor);
  const manifests = (kind: string) => cluster.objects.ofKind(kind).map(({ manifest }) => manifest);
  const podsSeen = listingOf(cluster, 'Pod', []).listed;
  const graph = podsSeen
    ? nodeGraph({
        pods: manifests('Pod'),
        persistentVolumes: manifests('PersistentVolume'),
        volumeAttachments: manifests('VolumeAttachment.storage.k8s.io'),
        resourceSlices: manifests('ResourceSlice.resource.k8s.io'),
        podCertificateRequests: listingOf(cluster, podCertificates, []).listed ? manifests(podCertificates) : undefined,
      })
    : undefined;
  return {
    authorizers,
    assumptions,
    rbac: readRbacObjects(rbacManifests(cluster)),
    node: nodeAuthorizer(graph, minor),
    minor,
  };
}

const podCertificates = 'PodCertificateRequest.certificates.k8s.io';

function chainOf(cluster: Cluster, minor: number): Pick<AuthorizationWorld, 'authorizers' | 'assumptions'> {
  const servers = seenComponents(cluster, 'kube-apiserver');
  const [component] = servers;
  const named = (types: readonly string[]) => types.map((type) => ({ type, name: type }));
  if (component === undefined)
    return { authorizers: named(['Node', 'RBAC']), assumptions: ['no API server was seen: Node, RBAC is assumed'] };
  const flags = readFlags(component, minor);
  const others = servers.length > 1 ? [`the API server on ${component.host} stands for all ${servers.length}`] : [];
  const path = flags.get('authorization-config').value;
  if (path === '') {
    const mode = flags.get('authorization-mode');
    if (!mode.known)
      return {
        authorizers: named(['Node', 'RBAC']),
        assumptions: [...others, '--authorization-mode is not known: Node, RBAC is assumed'],
      };
    return { authorizers: named(mode.values.flatMap((value) => value.split(','))), assumptions: others };
  }
  const file = component.files.get(path);
  const loaded =
    file?.kind === 'seen' && file.text !== undefined ? loadAuthorizationConfiguration(file.text, { path, minor }) : undefined;
  if (loaded?.kind !== 'accepted') {
    const why = loaded === undefined ? 'was not collected' : 'is refused by the server';
    return {
      authorizers: [{ type: 'Webhook', name: path }],
      assumptions: [...others, `${path} ${why}: who authorizes is not known`],
    };
  }
  return {
    authorizers: loaded.configuration.authorizers.map(({ type, name, webhook }) => ({
      type,
      name: name === '' ? type : name,
      ...(webhook === null ? {} : { webhook }),
    })),
    assumptions: others,
  };
}

/** A chain made ready for many decisions. */
export interface CompiledAuthorization {
  readonly world: AuthorizationWorld;
  readonly rbac: CompiledRbac;
}

export function compileAuthorization(world: AuthorizationWorld): CompiledAuthorization {
  return { world, rbac: compileRbac(world.rbac) };
}

/** The same chain over other RBAC objects: what they were at another time. */
export function withRbac(former: CompiledAuthorization, rbac: RbacObjects): CompiledAuthorization {
  return { world: { ...former.world, rbac }, rbac: compileRbac(rbac, former.rbac) };
}

/**
 * Decides as a server does: members of system:masters first, then one authorizer after the other until one allows. Where one cannot be
 * known, what comes after it does not make the answer sure.
 *
 * Rule source: k8s.io/apiserver pkg/authorization/union, authorizerfactory; K:pkg/kubeapiserver/authorizer.
 */
export function decide({ world, rbac }: CompiledAuthorization, user: User, attributes: Attributes): Decision {
  if (isPrivileged(user)) return { kind: 'allow', reason: '', authorizer: 'system:masters' };
  const reasons: string[] = [];
  for (const authorizer of world.authorizers) {
    const { type, name } = authorizer;
    const hasNone = (reason: string) => {
      if (reason !== '') reasons.push(toldReason(authorizer, reason, world.minor));
    };
    if (type === 'AlwaysAllow') return { kind: 'allow', reason: '', authorizer: type };
    if (type === 'AlwaysDeny') hasNone('Everything is forbidden.');
    else if (type === 'RBAC') {
      const decision = authorize(rbac, user, attributes);
      if (decision.kind === 'allow') return { ...decision, authorizer: type };
      hasNone(decision.reason);
    } else if (type === 'Node') {
      const decision = world.node.decide(user, attributes);
      if (decision.kind === 'allow') return { kind: 'allow', reason: '', authorizer: type };
      if (decision.kind === 'unknown') return { kind: 'unknown', why: decision.why, authorizer: type };
      hasNone(decision.reason);
    } else if (type === 'ABAC') return { kind: 'unknown', why: 'the policy file of ABAC is not read', authorizer: name };
    else {
      const { webhook } = authorizer;
      const match = webhook === undefined ? ({ kind: 'asked' } as const) : matchWebhook(webhook, user, attributes);
      if (match.kind === 'skipped') continue;
      const told = toldWebhook(name, webhook);
      return { kind: 'unknown', why: match.kind === 'unsure' ? `${told}; ${match.why}` : told, authorizer: name };
    }
  }
  return { kind: 'noOpinion', reason: reasons.join('\n') };
}
