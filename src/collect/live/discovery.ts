import type { Json } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { Kind } from '../../cluster/kinds.ts';
import type { ApiAnswer, ApiClient } from './api-client.ts';
import { groupPath, listedKinds } from './live-kinds.ts';
import { LiveFault } from './live-fault.ts';

/** In which version a kind is served: `none` where the server serves no such kind, `unknown` where it did not say. */
export type Served =
  { readonly kind: 'version'; readonly version: string } | { readonly kind: 'none' } | { readonly kind: 'unknown' };

/** What a server serves. */
export type Serving = (kind: Kind) => Served;

interface GroupVersion {
  readonly version: string;
  /** Plural names; `undefined` where the list could not be had (an aggregated API server that is down). */
  readonly resources: ReadonlySet<string> | undefined;
}

const aggregated = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',');

/**
 * Asks a server what it serves, by aggregated discovery (1.26+) or group by group. A group whose own server is down, and a discovery
 * that is refused, give `unknown`: the kind is then asked for in the versions that are known. Throws LiveFault where the server fails.
 */
export async function discover(client: ApiClient): Promise<Serving> {
  const [core, groups] = await Promise.all([
    client.get('/api', { accept: `${aggregated},application/json` }),
    client.get('/apis', { accept: `${aggregated},application/json` }),
  ]);
  const served = new Map<string, readonly GroupVersion[]>();
  await readGroups(client, core, true, served);
  await readGroups(client, groups, false, served);
  const whole = { core: core.status === 200, groups: groups.status === 200 };
  return (kind) => {
    const versions = served.get(kind.group);
    if (versions === undefined) return (kind.group === '' ? whole.core : whole.groups) ? { kind: 'none' } : { kind: 'unknown' };
    const having = versions.filter(({ resources }) => resources?.has(kind.plural) === true).map(({ version }) => version);
    // A version that controls know goes before one that the server prefers.
    const version = kind.versions.find((known) => having.includes(known)) ?? having[0];
    if (version !== undefined) return { kind: 'version', version };
    return versions.some(({ resources }) => resources === undefined) ? { kind: 'unknown' } : { kind: 'none' };
  };
}

async function readGroups(
  client: ApiClient,
  { status, body }: ApiAnswer,
  isCore: boolean,
  served: Map<string, readonly GroupVersion[]>,
): Promise<void> {
  if (status !== 200 || !isObject(body)) return;
  if (body['kind'] === 'APIGroupDiscoveryList') {
    for (const item of listAt(body['items'])) {
      const name = stringAt(objectAt(objectAt(item)['metadata'])['name']) ?? '';
      served.set(name, listAt(objectAt(item)['versions']).map(aggregatedVersion));
    }
    return;
  }
  const wanted = new Set(listedKinds.map((kind) => kind.group));
  const groups: readonly { readonly name: string; readonly versions: readonly string[] }[] = isCore
    ? [{ name: '', versions: listAt(body['versions']).filter((version) => typeof version === 'string') }]
    : listAt(body['groups']).map((group) => ({
        name: stringAt(objectAt(group)['name']) ?? '',
        versions: listAt(objectAt(group)['versions']).flatMap((version) => stringAt(objectAt(version)['version']) ?? []),
      }));
  await Promise.all(
    groups.map(async ({ name, versions }) => {
      const read = wanted.has(name) ? versions.map((version) => versionOf(client, name, version)) : [];
      served.set(name, await Promise.all(read));
    }),
  );
}

function aggregatedVersion(value: Json): GroupVersion {
  const version = objectAt(value);
  const resources = listAt(version['resources']).flatMap((resource) => stringAt(objectAt(resource)['resource']) ?? []);
  return {
    version: stringAt(version['version']) ?? '',
    resources: version['freshness'] === 'Stale' ? undefined : new Set(resources),
  };
}

async function versionOf(client: ApiClient, group: string, version: string): Promise<GroupVersion> {
  try {
    const { status, body } = await client.get(groupPath(group, version), { retries: 1 });
    if (status !== 200) return { version, resources: undefined };
    const names = listAt(objectAt(body)['resources']).flatMap((resource) => stringAt(objectAt(resource)['name']) ?? []);
    return { version, resources: new Set(names) };
  } catch (error) {
    if (!(error instanceof LiveFault)) throw error;
    return { version, resources: undefined };
  }
}
