import { privilegedGroup } from '../../authorization/privileged-group.ts';
import { whoAmI } from '../../collect/live/who-am-i.ts';
import type { Probe } from '../probe.ts';
import { contradicted, notPossible, proved } from '../probe.ts';

/** Who the credential in use is, by the server's own word; the audit log says the same of everybody else. */
export const probe: Probe = {
  control: 'authn-no-system-masters',
  needs: ['api', 'audit-log'],
  run: async (world) => {
    const self = await whoAmI(world.caller.self);
    if (self === undefined) return notPossible('the server does not say who the credential in use is');
    const item = { source: self.source, seen: `${self.username}: ${self.groups.join(', ')}`, wanted: `no ${privilegedGroup}` };
    const { place } = world.caller.connection;
    if (self.groups.includes(privilegedGroup)) {
      const subject = { kind: 'kubeconfig', name: place.user };
      return contradicted([{ subject, message: `the credential in use is in ${privilegedGroup}`, evidence: [item] }]);
    }
    if (world.cluster.auditDigest === undefined)
      return notPossible(`the credential in use is not in ${privilegedGroup}; an audit log (--audit-log) shows it of all others`);
    return proved(`the credential in use is not in ${privilegedGroup}, and the audit log names nobody who should not be`, [item]);
  },
};
