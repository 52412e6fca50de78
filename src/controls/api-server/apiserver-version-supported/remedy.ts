import type { Remedy } from '../../../cluster/change.ts';
import type { RemedyFunction } from '../../remedy.ts';

/** An upgrade is the distribution's, one minor after the other. */
export const remedy: RemedyFunction = (finding): Remedy => ({
  kind: 'none',
  why: `${finding.message}; an upgrade is no change of configuration: use the distribution's own tool, one minor at a time, after a backup of etcd, in this order: API servers, then controller manager and scheduler, then kubelets and kube-proxy of one node after the other`,
});
