import { formerHolders, probeDenied } from '../denied-rights.ts';
import type { Probe } from '../probe.ts';

const rights = ['list', 'get', 'watch'].map((verb) => ({ verb, group: '', resource: 'secrets' }));

/** Former readers of all Secrets, and a fresh service account, may not list them. */
export const probe: Probe = {
  control: 'authz-secrets-read',
  needs: ['api'],
  run: (world, result) =>
    probeDenied(
      world,
      rights,
      formerHolders(world, result).map((subject) => ({ subject, rights })),
    ),
};
