import { formerHolders, probeDenied } from '../denied-rights.ts';
import type { Probe } from '../probe.ts';

const right = { verb: 'delete', group: 'admissionregistration.k8s.io', resource: 'validatingwebhookconfigurations' };

/** Former writers of admission configuration, and a fresh service account, may not delete it. */
export const probe: Probe = {
  control: 'authz-admission-config-write',
  needs: ['api'],
  run: (world, result) =>
    probeDenied(
      world,
      [right],
      formerHolders(world, result).map((subject) => ({ subject, rights: [right] })),
    ),
};
