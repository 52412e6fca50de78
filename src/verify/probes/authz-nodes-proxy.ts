import { formerHolders, probeDenied } from '../denied-rights.ts';
import type { Probe } from '../probe.ts';

const rights = ['get', 'create'].map((verb) => ({ verb, group: '', resource: 'nodes', subresource: 'proxy' }));

/** Former holders of nodes/proxy, and a fresh service account, do not have it. */
export const probe: Probe = {
  control: 'authz-nodes-proxy',
  needs: ['api'],
  run: (world, result) =>
    probeDenied(
      world,
      rights,
      formerHolders(world, result).map((subject) => ({ subject, rights })),
    ),
};
