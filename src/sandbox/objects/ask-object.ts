import type { JsonObject } from '../../cluster/json.ts';
import { objectAt, stringAt } from '../../cluster/json.ts';
import { deadAddress } from '../rebase/rebased.ts';
import type { ApiResponse } from '../server/request.ts';
import type { ApiResources, Ask } from './api-resources.ts';
import { bodyOf, collectionPath } from './api-resources.ts';
import type { SandboxObject } from './object-sets.ts';
import type { Outcome } from './outcome.ts';
import { comparable } from './prepare-object.ts';

/** How long a quota may be without its status, as the server's own caches see it. */
const patience = 10_000;

/**
 * Creates an object, or replaces one of its name that the server made itself; with `dryRun` nothing is stored. The answer of a quota
 * whose status the server has not seen yet is waited for.
 */
export async function askObject(ask: Ask, resources: ApiResources, object: SandboxObject, dryRun: boolean): Promise<Outcome> {
  const { manifest } = object;
  const [apiVersion, kind] = [stringAt(manifest['apiVersion']) ?? '', stringAt(manifest['kind']) ?? ''];
  const resource = await resources.ofKind(apiVersion, kind);
  if (resource === undefined) {
    const message = `the server does not serve ${kind} of ${apiVersion}`;
    return { object, kind: 'not-served', message, warnings: [] };
  }
  const path = collectionPath(resource, object.namespace ?? 'default');
  const query = dryRun ? '?dryRun=All' : '';
  const deadline = Date.now() + patience;
  for (;;) {
    let response = await ask('POST', `${path}${query}`, manifest);
    if (response.status === 409) response = (await replaced(ask, path, query, manifest)) ?? response;
    const outcome = outcomeOf(object, response);
    if (outcome.message?.includes('status unknown for quota') !== true || Date.now() > deadline) return outcome;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Puts an object in the place of one that the server made itself. */
async function replaced(ask: Ask, path: string, query: string, manifest: JsonObject): Promise<ApiResponse | undefined> {
  const metadata = objectAt(manifest['metadata']);
  const name = stringAt(metadata['name']);
  if (name === undefined) return undefined;
  const own = `${path}/${encodeURIComponent(name)}`;
  const { status, body } = await ask('GET', own);
  if (status !== 200) return undefined;
  const resourceVersion = objectAt(bodyOf(body)['metadata'])['resourceVersion'];
  return ask('PUT', `${own}${query}`, { ...manifest, metadata: { ...metadata, resourceVersion } });
}

function outcomeOf(object: SandboxObject, { status, body, headers }: ApiResponse): Outcome {
  const warnings = warningsIn(headers['warning']);
  const answer = bodyOf(body);
  if (status < 300) return { object, kind: 'accepted', warnings, answer: comparable(answer, object.manifest) };
  const message = stringAt(answer['message']) ?? (typeof body === 'string' && body !== '' ? body.trim() : `HTTP ${status}`);
  const unreachable =
    status >= 500 || /failed calling webhook|failed to call webhook/.test(message) || message.includes(deadAddress);
  return { object, kind: unreachable ? 'unknown' : 'refused', message, warnings };
}

/** The texts of `Warning` headers: `299 - "text"`, several joined by commas. */
function warningsIn(header: string | string[] | undefined): readonly string[] {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '');
  return [...text.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, warning = '']) => warning.replaceAll(/\\(.)/g, '$1'));
}
