import { canaryAccount, canaryToken } from '../canary-account.ts';
import { offerOf } from '../caller.ts';
import { objectAt } from '../../cluster/json.ts';
import type { Evidence } from '../../results/finding.ts';
import type { Probe } from '../probe.ts';
import { contradicted, notPossible, proved } from '../probe.ts';
import type { World } from '../world.ts';

const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** A fresh service account, with its own token, asks whether it may do everything: no. */
export const probe: Probe = {
  control: 'authz-mode-not-alwaysallow',
  needs: ['api'],
  run: async (world) => {
    const account = await canaryAccount(world);
    const client = world.caller.withToken(await canaryToken(world));
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: '*', group: '*', resource: '*' } },
    };
    const answer = offerOf(await client.write({ method: 'POST', path, body }));
    // Who may not even ask about itself has no rights at all.
    if (answer.status !== 200 && answer.status !== 403)
      return notPossible(`the token of a fresh service account was not taken: ${answer.status} ${answer.message}`);
    const allowed = answer.status === 200 && objectAt(objectAt(answer.body)['status'])['allowed'] === true;
    const who = `system:serviceaccount:${account.namespace}:${account.name}`;
    const evidence: Evidence = {
      source: path,
      seen: `${who}: * *: ${allowed ? 'allowed' : 'not allowed'}`,
      wanted: 'not allowed',
    };
    if (allowed)
      return contradicted([{ message: 'a service account without any binding may do everything', evidence: [evidence] }]);
    return proved('a service account without any binding may not do everything', [evidence, await foreignToken(world)]);
  },
};

/** A token that was not made for the API server must not open it. */
async function foreignToken(world: World): Promise<Evidence> {
  const client = world.caller.withToken(await canaryToken(world, ['https://bulwark-verify.invalid']));
  const { status } = await client.text('/version');
  return { source: '/version with a token for another audience', seen: String(status), wanted: '401' };
}
