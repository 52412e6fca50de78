import { objectAt, stringAt } from '../cluster/json.ts';
import type { Json } from '../cluster/json.ts';
import { offerOf } from './caller.ts';
import { NotPossible } from './not-possible.ts';
import type { World } from './world.ts';

/** A fresh service account without any binding, in the canary namespace. */
export interface CanaryAccount {
  readonly namespace: string;
  readonly name: string;
}

/** Makes the account, once a run. */
export function canaryAccount(world: World): Promise<CanaryAccount> {
  return world.once('canary account', async () => {
    const namespace = await world.canary.namespace();
    const name = world.canary.name('account');
    await world.canary.create('', 'v1', 'serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
    return { namespace, name };
  });
}

/** Requests a token of the canary account, of ten minutes; it dies with the account. `audiences`: empty for the API server's own. */
export async function canaryToken(world: World, audiences: readonly string[] = []): Promise<string> {
  const { namespace, name } = await canaryAccount(world);
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const body: Json = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences, expirationSeconds: 600 },
  };
  const answer = offerOf(await world.caller.self.write({ method: 'POST', path, body }));
  const token = stringAt(objectAt(objectAt(answer.body)['status'])['token']);
  if (token === undefined) throw new NotPossible(`no token of the canary account: ${answer.status} ${answer.message}`);
  return token;
}
