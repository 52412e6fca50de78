import type { RemedyFunction } from '../../remedy.ts';
import type { Narrow } from '../rbac-narrowing-remedy.ts';
import { withoutSecretReads } from '../rbac-narrowing-remedy.ts';
import { narrowHolder } from '../rbac-remedy.ts';
import { spellOut } from '../rbac-wildcards-remedy.ts';
import { judging } from '../../object-remedy.ts';

/** Takes the reading of Secrets off the cluster-wide rule; where they are read, RoleBindings give it back. */
export const remedy: RemedyFunction = (finding, context) => {
  const spell = spellOut(judging(context), 'cluster');
  const narrow: Narrow = (rule) => withoutSecretReads(rule) ?? spell(rule);
  const { kind, name, namespace } = finding.subject;
  const subject = kind === 'ServiceAccount' ? `--serviceaccount=${namespace ?? ''}:${name}` : `--${kind.toLowerCase()}=${name}`;
  return narrowHolder(
    finding,
    context,
    { control: 'authz-secrets-read', scope: 'cluster', narrow },
    {
      by: 'owner',
      why: 'one stolen credential of this subject reads every Secret of every namespace',
      sideEffects: [
        'Ingress, certificate and GitOps controllers that watch all Secrets stop syncing.',
        `Where it needs Secrets, give it that namespace alone, before: kubectl -n NAMESPACE create role secret-reader --verb=get,list,watch --resource=secrets && kubectl -n NAMESPACE create rolebinding secret-reader --role=secret-reader ${subject}`,
      ],
      alternatives: ['A rule `get` on secrets with resourceNames for the ones that it needs.'],
    },
  );
};
