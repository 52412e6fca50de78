import { isObject, listAt, objectAt } from '../../cluster/json.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import { deadAddress } from './rebased.ts';

/**
 * A kubeconfig in place of one that a webhook is reached with: its server is where nobody listens. A text that is no kubeconfig stays as
 * it is, so that the server says what is wrong with it.
 */
export function standInKubeconfig(text: string | undefined): string {
  if (text !== undefined && !isKubeconfig(text)) return text;
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'nobody', cluster: { server: `https://${deadAddress}` } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'nobody', context: { cluster: 'nobody', user: 'nobody' } }],
    'current-context': 'nobody',
  });
}

function isKubeconfig(text: string): boolean {
  const { documents, problems } = parseDocuments(text, '');
  const value = objectAt(documents[0]?.value);
  return !problems.some(({ kind }) => kind === 'syntax') && listAt(value['clusters']).some((cluster) => isObject(cluster));
}
