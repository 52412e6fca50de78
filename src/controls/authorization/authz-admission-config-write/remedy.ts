import type { RemedyFunction } from '../../remedy.ts';
import { withoutAdmissionWrites } from '../rbac-narrowing-remedy.ts';
import { narrowHolder } from '../rbac-remedy.ts';

/** Leaves the subject the reading of webhook configurations and admission policies, and takes the writing. */
export const remedy: RemedyFunction = (finding, context) =>
  narrowHolder(
    finding,
    context,
    { control: 'authz-admission-config-write', scope: 'cluster', narrow: withoutAdmissionWrites },
    {
      why: 'who changes webhooks or admission policies switches admission off, or sees and changes every object that passes',
      sideEffects: [
        'An operator that registers itself cannot renew its CA bundle; with failurePolicy Fail admission then fails for the whole cluster: look whether the subject owns a webhook.',
      ],
      alternatives: [
        'A rule with resourceNames for what the operator registers and the verbs get, update and patch (no create, no deletecollection).',
      ],
    },
  );
