import type { Change, ObjectReference, Remedy } from '../../../cluster/change.ts';
import { listAt, objectAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { mendingOf, notSeen } from '../../mending.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';
import { mendChain } from '../mend-chain.ts';

/** /1 the chain of an API server; /2 a binding that gives the group of all nodes the role of one. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  if (finding.subject.kind === 'ClusterRoleBinding') {
    const binding = context.cluster.objects.get('ClusterRoleBinding.rbac.authorization.k8s.io', undefined, finding.subject.name);
    return binding === undefined ? notSeen(finding) : mendBinding(binding, context);
  }
  const at = mendingOf(finding, context);
  return at === undefined ? notSeen(finding) : mendChain(at);
};

function mendBinding(binding: ClusterObject, context: RemedyContext): Remedy {
  const subjects = listAt(binding.manifest['subjects']).filter((subject) => {
    const { kind, name } = objectAt(subject);
    return !(kind === 'Group' && name === 'system:nodes');
  });
  const object: ObjectReference = { apiVersion: binding.apiVersion, kind: binding.kind, name: binding.name };
  // The API server keeps its own binding without subjects; any other one without subjects is of no use.
  const isKept = subjects.length > 0 || binding.name === 'system:node';
  const change: Change = isKept ? { kind: 'patch-object', object, patch: { subjects } } : { kind: 'delete-object', object };
  // Kubelets live on the binding as long as the Node authorizer is not in the chain.
  const results = context.results.find(({ id }) => id === 'authz-node-rbac-enabled')?.findings ?? [];
  const isFirst = results.every(({ subject, verdict }) => subject.kind === 'ClusterRoleBinding' || verdict === 'pass');
  return {
    kind: 'changes',
    by: 'native',
    stage: isFirst ? 'objects' : 'lock-out',
    changes: [change],
    why: 'through the binding every kubelet reads every Secret of the cluster, whatever the Node authorizer says',
    sideEffects: [
      'agents that use a kubelet’s credential lose what the Node authorizer does not grant',
      ...(isFirst ? [] : ['kubelets need the Node authorizer first: this comes after the API servers run with it']),
    ],
  };
}
