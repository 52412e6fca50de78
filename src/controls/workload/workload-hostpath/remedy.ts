import { noRemedy } from '../../object-remedy.ts';
import type { RemedyFunction } from '../../remedy.ts';

/** There is no native change: what replaces a path of the host depends on what the workload reads there. */
export const remedy: RemedyFunction = () =>
  noRemedy(
    'only the owner knows what replaces the volume: an emptyDir for scratch data, a claim or CSI volume for data that stays, a projected volume for configuration and tokens',
  );
