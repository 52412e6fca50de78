import { needsPods } from '../needs-pods.ts';

/** Whether the cloud's metadata answers is seen from a running pod alone. */
export const probe = needsPods('network-metadata-blocked', 'in a pod connect to 169.254.169.254:80: it must fail within 2 s');
