import type { Remedy } from '../../../cluster/change.ts';
import { mendingOf, notSeen, serverRemedy } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';

/** The flags of the port without TLS go; the TLS port is one that a server takes. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  if (at === undefined) return notSeen(finding);
  const port = Number(at.flag('secure-port').value);
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535;
  const isOld = at.minor !== undefined && at.minor <= 23;
  const changes = [
    ...at.remove('insecure-bind-address', 'address', 'port', ...(isOld ? [] : ['insecure-port'])),
    ...(isOld ? at.set('insecure-port', '0') : []),
    ...(isPort ? [] : at.set('secure-port', '6443')),
  ];
  return serverRemedy(changes, 'a port without TLS has no authentication: whoever reaches it has every right', [
    'no supported version serves such a port; scripts that ask http://localhost:8080 have stopped already',
  ]);
};
