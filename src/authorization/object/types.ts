import type { StructType } from '../../cluster/decode/schema.ts';
import { goString, kindStruct, mapOf, namedString, objectMeta, pointerTo, sliceOf, struct } from '../../cluster/decode/schema.ts';

const policyRule = struct('v1.PolicyRule', {
  verbs: sliceOf(goString),
  apiGroups: sliceOf(goString),
  resources: sliceOf(goString),
  resourceNames: sliceOf(goString),
  nonResourceURLs: sliceOf(goString),
});
const subject = struct('v1.Subject', { kind: goString, apiGroup: goString, name: goString, namespace: goString });
const roleRef = struct('v1.RoleRef', { apiGroup: goString, kind: goString, name: goString });
const requirement = struct('v1.LabelSelectorRequirement', {
  key: goString,
  operator: namedString('v1.LabelSelectorOperator'),
  values: sliceOf(goString),
});
const labelSelector = struct('v1.LabelSelector', { matchLabels: mapOf(goString), matchExpressions: sliceOf(requirement) });
const aggregationRule = struct('v1.AggregationRule', { clusterRoleSelectors: sliceOf(labelSelector) });

/** The Go types of the four kinds (k8s.io/api/rbac/v1), as far as decoding shows them. */
export const rbacKinds: Readonly<Record<string, StructType>> = {
  Role: kindStruct('v1.Role', { metadata: objectMeta, rules: sliceOf(policyRule) }),
  ClusterRole: kindStruct('v1.ClusterRole', {
    metadata: objectMeta,
    rules: sliceOf(policyRule),
    aggregationRule: pointerTo(aggregationRule),
  }),
  RoleBinding: kindStruct('v1.RoleBinding', { metadata: objectMeta, subjects: sliceOf(subject), roleRef }),
  ClusterRoleBinding: kindStruct('v1.ClusterRoleBinding', { metadata: objectMeta, subjects: sliceOf(subject), roleRef }),
};
