import type { Remedy } from '../../../cluster/change.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { kubeletRemedy } from '../kubelet-remedy.ts';

const why =
  'a kubelet that answers without credentials hands out pods, logs and, without an authorizer, commands in every container';

/** The setting where it stands: flag, drop-in or file. */
export const remedy: RemedyFunction = (finding, context): Remedy =>
  kubeletRemedy(finding, context, [['authentication.anonymous.enabled', false]], why, ['scrapers without credentials get 401']);
