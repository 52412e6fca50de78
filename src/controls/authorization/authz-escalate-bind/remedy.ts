import type { RemedyFunction } from '../../remedy.ts';
import { withoutEscalation } from '../rbac-narrowing-remedy.ts';
import { narrowHolder } from '../rbac-remedy.ts';

/** Takes the verbs `escalate` and `bind` off roles; `bind` that is limited to harmless roles stays. */
export const remedy: RemedyFunction = (finding, context) => {
  const { harmlessRoles } = context.parameters;
  const narrow = withoutEscalation(Array.isArray(harmlessRoles) ? harmlessRoles.map(String) : ['view']);
  return narrowHolder(
    finding,
    context,
    { control: 'authz-escalate-bind', scope: 'any', narrow },
    {
      why: 'who may escalate or bind roles can give itself every right',
      sideEffects: [
        'Operators that hand out roles to tenants stop: give them `bind` with resourceNames for the roles that they hand out.',
      ],
      alternatives: ['Self-service: `verbs: [bind]` on clusterroles with `resourceNames: [view]`.'],
    },
  );
};
