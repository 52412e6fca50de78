import { formerHolders, probeDenied } from '../denied-rights.ts';
import type { Probe } from '../probe.ts';

const group = 'admissionregistration.k8s.io';
const resources = [
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
];
const rights = resources.flatMap((resource) =>
  ['delete', 'create', 'update', 'patch'].map((verb) => ({ verb, group, resource })),
);

/** Former writers of admission configuration, and a fresh service account, may not write it. */
export const probe: Probe = {
  control: 'authz-admission-config-write',
  needs: ['api'],
  run: (world, result) =>
    probeDenied(
      world,
      rights,
      formerHolders(world, result).map((subject) => ({ subject, rights })),
    ),
};
