import { formatSubject } from '../../results/finding.ts';
import type { Evidence } from '../../results/finding.ts';
import { accountOf, impersonatedOf } from '../review.ts';
import { canaryAccount } from '../canary-account.ts';
import { offer } from '../caller.ts';
import { formerHolders, probeDenied } from '../denied-rights.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { notPossible, settled } from '../probe.ts';

const group = 'rbac.authorization.k8s.io';
const rights = ['escalate', 'bind'].map((verb) => ({ verb, group, resource: 'clusterroles' }));

/** Former holders of escalate and bind, and a fresh service account, cannot bind anybody to cluster-admin. */
export const probe: Probe = {
  control: 'authz-escalate-bind',
  needs: ['api'],
  run: async (world, result) => {
    const account = await canaryAccount(world);
    const former = formerHolders(world, result);
    const reviewed = await probeDenied(
      world,
      rights,
      former.map((subject) => ({ subject, rights })),
    );
    if (reviewed.outcome !== 'proved') return reviewed;
    const path = `/apis/${group}/v1/namespaces/${account.namespace}/rolebindings`;
    const contradictions: Contradiction[] = [];
    const evidence: Evidence[] = [...reviewed.evidence];
    const fresh = { subject: undefined, who: accountOf(account.namespace, account.name) };
    for (const { subject, who } of [fresh, ...former.map((holder) => ({ subject: holder, who: impersonatedOf(holder) }))]) {
      if (who === undefined) continue;
      const name = subject === undefined ? 'a fresh service account' : formatSubject(subject);
      const { status, message } = await offer(world.caller.as(who), path, {
        apiVersion: `${group}/v1`,
        kind: 'RoleBinding',
        metadata: { name: world.canary.name('bind') },
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ apiGroup: group, kind: 'User', name: world.canary.name('nobody') }],
      });
      if (status === 403 && message.includes('cannot impersonate'))
        return notPossible(`the credential in use cannot impersonate: ${message}`);
      const item = { source: `POST ${path}?dryRun=All as ${name}`, seen: `${status} ${message}`.trim(), wanted: '403' };
      evidence.push(item);
      if (status === 200)
        contradictions.push({
          ...(subject === undefined ? {} : { subject }),
          message: `${name} can bind to cluster-admin`,
          evidence: [item],
        });
    }
    return settled(contradictions, `${reviewed.reason}, nor bind to cluster-admin (dry-run as them)`, evidence);
  },
};
