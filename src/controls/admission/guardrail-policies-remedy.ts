import type { JsonObject } from '../../cluster/json.ts';
import { ownLabels } from '../object-remedy.ts';

/** A policy of Bulwark's own set. */
export interface Guardrail {
  readonly name: string;
  readonly resources: {
    readonly apiGroups: readonly string[];
    readonly apiVersions: readonly string[];
    readonly operations: readonly string[];
    readonly resources: readonly string[];
  };
  readonly expression: string;
  readonly message: string;
  readonly matchCondition?: { readonly name: string; readonly expression: string };
  /** What it may stop, for the person who reviews the plan. */
  readonly effect: string;
}

/** Folders and sockets through which a pod steers the container runtime, and folders above them. */
const runtimePaths = String.raw`^/*(var|(var/+)?run(/+(containerd|crio|cri-dockerd|docker|k3s(/+containerd)?))?)?/*$`;
const runtimeSockets = String.raw`/(containerd|crio|docker|cri-dockerd)[.]sock/*$`;

/** The same as the policy's expression, for paths that were seen. */
export function isRuntimePath(path: string): boolean {
  return new RegExp(runtimePaths).test(path) || new RegExp(runtimeSockets).test(path);
}

/**
 * A small set of guardrails that Pod Security and RBAC do not hold. CEL of admissionregistration.k8s.io/v1 as 1.30 has it; what an
 * object had before may stay, so that no controller is stopped at its next update.
 */
export const guardrails: readonly Guardrail[] = [
  {
    name: 'bulwark-anonymous-bindings',
    resources: {
      apiGroups: ['rbac.authorization.k8s.io'],
      apiVersions: ['v1'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['clusterrolebindings', 'rolebindings'],
    },
    // The API server binds this role to everybody itself.
    matchCondition: { name: 'not-public-info', expression: "object.roleRef.name != 'system:public-info-viewer'" },
    expression:
      "!has(object.subjects) || object.subjects.all(s, !(s.name in ['system:anonymous', 'system:unauthenticated']) || (oldObject != null && has(oldObject.subjects) && oldObject.subjects.exists(o, o.name == s.name)))",
    message: 'a binding must not give rights to everybody without credentials (system:anonymous, system:unauthenticated)',
    effect: 'New bindings to system:anonymous or system:unauthenticated are refused.',
  },
  {
    name: 'bulwark-external-ips',
    resources: { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['services'] },
    expression:
      '!has(object.spec.externalIPs) || object.spec.externalIPs.all(ip, oldObject != null && has(oldObject.spec.externalIPs) && ip in oldObject.spec.externalIPs)',
    message:
      'spec.externalIPs takes over traffic to an address of somebody else (CVE-2020-8554): use a load balancer or an Ingress',
    effect: 'New external IPs of Services are refused; those that are there stay.',
  },
  {
    name: 'bulwark-runtime-sockets',
    resources: { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
    expression: `!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.hostPath) || !(v.hostPath.path.matches('${runtimePaths}') || v.hostPath.path.matches('${runtimeSockets}')))`,
    message: "a pod must not mount the container runtime's socket, or a folder above it: whoever has it is root on the node",
    effect: 'Pods that mount the socket of the container runtime, or a folder above it, are refused outside system namespaces.',
  },
  {
    name: 'bulwark-token-secrets',
    resources: { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] },
    expression: "!has(object.type) || object.type != 'kubernetes.io/service-account-token'",
    message: 'a token in a Secret never expires: request one (kubectl create token) or mount a projected volume',
    effect: 'New Secrets of type kubernetes.io/service-account-token are refused.',
  },
];

const nameLabel = 'kubernetes.io/metadata.name';

function outside(namespaces: readonly string[]): JsonObject {
  return { matchExpressions: [{ key: nameLabel, operator: 'NotIn', values: [...namespaces].sort() }] };
}

/** The policy as an object; system namespaces are left out by their name. Cluster-wide objects are never left out by namespaces. */
export function policyObject(guardrail: Guardrail, systemNamespaces: readonly string[]): JsonObject {
  const { name, resources, expression, message, matchCondition } = guardrail;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name, labels: ownLabels },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { namespaceSelector: outside(systemNamespaces), resourceRules: [resources] },
      ...(matchCondition === undefined ? {} : { matchConditions: [matchCondition] }),
      validations: [{ expression, message, reason: 'Forbidden' }],
    },
  };
}

/** The binding of a policy; `exempt` are namespaces whose objects would be refused today. */
export function bindingObject(name: string, validationActions: readonly string[], exempt: readonly string[] = []): JsonObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name, labels: ownLabels },
    spec: {
      policyName: name,
      validationActions,
      ...(exempt.length === 0 ? {} : { matchResources: { namespaceSelector: outside(exempt) } }),
    },
  };
}
