import type { Json } from '../../cluster/json.ts';
import { stringsAt } from '../../cluster/json.ts';
import type { Evidence } from '../../results/finding.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { settled } from '../probe.ts';

/** Paths of every kind that a request without credentials must not reach. */
const closedPaths = ['/version', '/api', '/api/v1/namespaces', '/apis', '/openapi/v2', '/metrics'];

/**
 * Without credentials every path but the health paths is 401. A 403 is not enough: then the request was authenticated as
 * system:anonymous, and RBAC alone kept it out.
 */
export const probe: Probe = {
  control: 'authn-anonymous-restricted',
  needs: ['api'],
  run: async (world, result) => {
    const allowed = stringsAt(result.parameters['allowedPaths'] as Json);
    const client = world.caller.anonymous();
    const evidence: Evidence[] = [];
    const contradictions: Contradiction[] = [];
    for (const path of [...closedPaths.filter((closed) => !allowed.includes(closed)), ...allowed]) {
      const { status } = await client.text(path);
      const mayAnswer = allowed.includes(path);
      const item = { source: `${path} without credentials`, seen: String(status), wanted: mayAnswer ? '200 or 401' : '401' };
      evidence.push(item);
      if (mayAnswer || status === 401) continue;
      const what = status === 403 ? 'authenticates it as system:anonymous (403, not 401)' : `answers it with ${status}`;
      contradictions.push({ message: `a request without credentials for ${path}: the server ${what}`, evidence: [item] });
    }
    return settled(contradictions, `requests without credentials get 401 for ${closedPaths.join(', ')}`, evidence);
  },
};
