import type { Remedy } from '../../../cluster/change.ts';
import { failingMembers, mendStore } from '../../etcd/mend-store.ts';
import type { RemedyFunction } from '../../remedy.ts';

/** The API servers, and in the same group the members that do not serve TLS yet. */
export const remedy: RemedyFunction = (_finding, context): Remedy => mendStore(context, failingMembers(context));
