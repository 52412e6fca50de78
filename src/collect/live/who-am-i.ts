import type { Cluster } from '../../cluster/cluster.ts';
import { isObject, objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import type { ApiClient } from './api-client.ts';
import { LiveFault } from './live-fault.ts';

/**
 * Asks the server who the credential in use is: SelfSubjectReview, v1 or what came before. It stores nothing. `undefined` where the
 * server has no such review (before 1.28, unless switched on), refuses it or fails: that is no gap. Throws LiveFault for a 401.
 */
export async function whoAmI(client: ApiClient): Promise<Cluster['self']> {
  for (const version of ['v1', 'v1beta1', 'v1alpha1']) {
    const source = `/apis/authentication.k8s.io/${version}/selfsubjectreviews`;
    try {
      const { status, body } = await client.review(source, {
        apiVersion: `authentication.k8s.io/${version}`,
        kind: 'SelfSubjectReview',
      });
      if (status === 404) continue;
      if (status !== 200 || !isObject(body)) return undefined;
      const user = objectAt(objectAt(body['status'])['userInfo']);
      const username = stringAt(user['username']);
      return username === undefined ? undefined : { username, groups: stringsAt(user['groups']), source };
    } catch (error) {
      if (!(error instanceof LiveFault) || error.status === 401) throw error;
      return undefined;
    }
  }
  return undefined;
}
