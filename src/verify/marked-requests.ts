import type { Json, JsonObject } from '../cluster/json.ts';
import type { ApiClient } from '../collect/live/api-client.ts';
import { canaryAccount } from './canary-account.ts';
import { canaryPod } from './canary-pod.ts';
import { canarySecret } from './canary-secret.ts';
import type { World } from './world.ts';

/** A request that stands for one line of the list of audit requests (audit/requests.ts), and can be sent without harm. */
export interface MarkedRequest {
  /** Id of the line. */
  readonly line: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Without a query. */
  readonly path: string;
  readonly body?: JsonObject;
}

const rbac = 'rbac.authorization.k8s.io';

/** Harmless requests for as many topics as the caller may send: dry-runs, and reads of canaries. */
export async function markedRequests(world: World): Promise<readonly MarkedRequest[]> {
  const secret = await canarySecret(world, 'topics');
  const account = await canaryAccount(world);
  const { namespace } = secret;
  const name = world.canary.name('topics');
  const core = `/api/v1/namespaces/${namespace}`;
  const subject = { apiGroup: rbac, kind: 'User', name };
  const named = (apiVersion: string, kind: string, more: JsonObject = {}): JsonObject => ({
    apiVersion,
    kind,
    metadata: { name },
    ...more,
  });
  const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: 'view' };
  return [
    { line: 'secrets-get', method: 'GET', path: `${core}/secrets/${secret.name}` },
    { line: 'secrets-list-namespace', method: 'GET', path: `${core}/secrets` },
    { line: 'secrets-create', method: 'POST', path: `${core}/secrets`, body: named('v1', 'Secret') },
    { line: 'secrets-delete', method: 'DELETE', path: `${core}/secrets/${secret.name}` },
    {
      line: 'token-request-user',
      method: 'POST',
      path: `${core}/serviceaccounts/${account.name}/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } },
    },
    { line: 'pod-create', method: 'POST', path: `${core}/pods`, body: canaryPod(name) },
    {
      line: 'rolebinding-create',
      method: 'POST',
      path: `/apis/${rbac}/v1/namespaces/${namespace}/rolebindings`,
      body: named(`${rbac}/v1`, 'RoleBinding', { roleRef, subjects: [subject] }),
    },
    {
      line: 'role-create',
      method: 'POST',
      path: `/apis/${rbac}/v1/namespaces/${namespace}/roles`,
      body: named(`${rbac}/v1`, 'Role', { rules: [] }),
    },
    {
      line: 'clusterrolebinding-create',
      method: 'POST',
      path: `/apis/${rbac}/v1/clusterrolebindings`,
      body: named(`${rbac}/v1`, 'ClusterRoleBinding', { roleRef, subjects: [subject] }),
    },
    { line: 'namespace-create', method: 'POST', path: '/api/v1/namespaces', body: named('v1', 'Namespace') },
    { line: 'serviceaccount-create', method: 'POST', path: `${core}/serviceaccounts`, body: named('v1', 'ServiceAccount') },
    {
      line: 'validating-webhook-delete',
      method: 'DELETE',
      path: `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${name}`,
    },
    {
      line: 'networkpolicy-delete',
      method: 'DELETE',
      path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/${name}`,
    },
    {
      line: 'crd-create',
      method: 'POST',
      path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      body: named('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
    },
  ];
}

/** Sends a request with a marker in its query; a write is a dry-run. The answer does not matter: refused requests are recorded too. */
export async function sendMarked(client: ApiClient, { method, path, body }: MarkedRequest, marker: string): Promise<void> {
  const query = `bulwark=${encodeURIComponent(marker)}`;
  if (method === 'GET') await client.text(`${path}?${query}`);
  else
    await client.write({
      method,
      path: `${path}?dryRun=All&${query}`,
      ...(body === undefined ? {} : { body: body as Json }),
    });
}
