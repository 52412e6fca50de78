import type { Remedy } from '../../../cluster/change.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { kubeletRemedy } from '../kubelet-remedy.ts';

const why = 'the read-only port shows pods, their environment and metrics to whoever reaches the node';

/** The setting where it stands: flag, drop-in or file. */
export const remedy: RemedyFunction = (finding, context): Remedy =>
  kubeletRemedy(finding, context, [['readOnlyPort', 0]], why, ['old agents that read port 10255 without credentials stop']);
