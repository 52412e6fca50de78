import { formerHolders, probeDenied } from '../denied-rights.ts';
import type { Probe } from '../probe.ts';

const right = { verb: '*', group: '*', resource: '*' };

/** Former holders of every right, and a fresh service account, do not have it. */
export const probe: Probe = {
  control: 'authz-cluster-admin-bindings',
  needs: ['api'],
  run: (world, result) =>
    probeDenied(
      world,
      [right],
      formerHolders(world, result).map((subject) => ({ subject, rights: [right] })),
    ),
};
