import type { Gap } from '../../cluster/gap.ts';
import { isObject, stringAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { componentsFromDocuments } from '../host/loose-documents.ts';
import { readerOfLooseFiles } from '../host/loose-reader.ts';
import { mirrorPodComponents } from '../host/mirror-pods.ts';
import type { ClusterParts } from '../parts.ts';
import type { ClientLimits } from './api-client.ts';
import { ApiClient, defaultLimits, messageOf } from './api-client.ts';
import type { Connection } from './connection.ts';
import { serverName } from './connection-fault.ts';
import { discover } from './discovery.ts';
import type { Environment } from './environment-proxy.ts';
import { inClusterConnection } from './in-cluster.ts';
import { connectionOf } from './kubeconfig-context.ts';
import { readKubeconfigFiles } from './kubeconfig-sources.ts';
import type { KubeletConfigurations } from './kubelet-configz.ts';
import { readKubelets } from './kubelet-configz.ts';
import { LiveFault } from './live-fault.ts';
import { readLiveObjects } from './live-lists.ts';
import type { LiveObjects } from './live-objects.ts';
import { whoAmI } from './who-am-i.ts';

export interface LiveOptions {
  /** Kubeconfig file; otherwise KUBECONFIG, `~/.kube/config`, or the service account of the pod this runs in. */
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Reads namespaced kinds of this namespace alone. */
  readonly namespace?: string;
  readonly progress?: (what: string, done?: number, of?: number) => void;
  /** `process.env` unless given. */
  readonly environment?: Environment;
  readonly limits?: ClientLimits;
}

/**
 * Reads a live cluster through its API server: version, objects, who the credential is, what mirror pods and kubeadm's ConfigMap say of
 * the components, and the kubelets' configuration where the credential may read it. Sends GET, and POST to selfsubjectreviews, alone.
 *
 * Nothing is thrown for what the kubeconfig or the server may do wrong: it is a gap with its place and what to do, and where nothing
 * could be read the gaps are all there is. No secret value is kept.
 */
export async function collectLive(options: LiveOptions): Promise<ClusterParts> {
  const environment = options.environment ?? process.env;
  const gaps: Gap[] = [];
  let client: ApiClient | undefined;
  try {
    const connection = await connect(options, environment, gaps);
    client = new ApiClient(connection, environment, options.limits ?? defaultLimits);
    const parts = await readCluster(client, options);
    return { ...parts, gaps: [...gaps, ...(parts.gaps ?? [])] };
  } catch (error) {
    if (!(error instanceof LiveFault)) throw error;
    return { gaps: [...gaps, error.gap] };
  } finally {
    await client?.close();
  }
}

/**
 * Finds the connection that kubectl would use: the named kubeconfig and context, the environment's, or that of the pod this runs in.
 * Files of the list that are broken are added to `gaps`. Throws LiveFault where there is none.
 */
export async function connect(
  options: Pick<LiveOptions, 'kubeconfig' | 'context'>,
  environment: Environment,
  gaps: Gap[],
): Promise<Connection> {
  const files = readKubeconfigFiles(options.kubeconfig, environment);
  gaps.push(...files.gaps);
  if (files.files.length > 0) return connectionOf(files, options.context, environment);
  const pod = options.context === undefined ? inClusterConnection(environment) : undefined;
  if (pod !== undefined) return pod;
  throw new LiveFault('kubeconfig', {
    source: files.lookedAt.length === 0 ? '~/.kube/config' : files.lookedAt.join(', '),
    reason: 'no kubeconfig was found, and this is no pod with a service account',
    hint: 'name one with --kubeconfig, or name files to scan',
  });
}

async function readCluster(client: ApiClient, options: LiveOptions): Promise<ClusterParts> {
  const progress = options.progress ?? (() => undefined);
  // One request first: a server that cannot be reached is one gap, not thirty.
  const version = await readVersion(client);
  // Only now: a plug-in may have asked for a password on the same terminal.
  progress(serverName(client.connection));
  const [self, serving] = await Promise.all([faultOr(whoAmI(client)), faultOr(discover(client))]);
  const head: ClusterParts = {
    ...(version.gitVersion === undefined ? {} : { gitVersion: version.gitVersion }),
    ...(self === undefined || self instanceof LiveFault ? {} : { self }),
    gaps: [...version.gaps, ...namespaceGaps(options.namespace)],
  };
  if (serving instanceof LiveFault) {
    const none = { objects: [], listings: [], gaps: [serving.gap] };
    return assemble(client, none, undefined, head);
  }
  let kubelets: Promise<KubeletConfigurations | LiveFault> | undefined;
  const found = await readLiveObjects(client, serving, {
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    progress,
    parallel: 4,
    onKind: (kind, objects) => {
      if (kind.kind === 'Node') kubelets = faultOr(readKubelets(client, objects, (done, of) => progress('kubelets', done, of)));
    },
  });
  const configurations = await kubelets;
  if (!(configurations instanceof LiveFault)) return assemble(client, found, configurations, head);
  const { gap } = configurations;
  // The same refusal ends the lists too, and is told once.
  const told = found.gaps.some((known) => known.source === gap.source && known.reason === gap.reason);
  return assemble(client, found, { components: [], gaps: told ? [] : [gap] }, head);
}

/** A result, or the fault that came in its place: so that a part that fails does not take the others with it. */
async function faultOr<T>(result: Promise<T>): Promise<T | LiveFault> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof LiveFault) return error;
    throw error;
  }
}

async function assemble(
  client: ApiClient,
  found: LiveObjects,
  kubelets: KubeletConfigurations | undefined,
  head: ClusterParts,
): Promise<ClusterParts> {
  const loose = await kubeadmParts(found.objects, client.connection.context);
  return {
    ...head,
    objects: found.objects,
    listings: found.listings,
    components: [...mirrorPodComponents(found.objects), ...loose.components, ...(kubelets?.components ?? [])],
    configurations: loose.configurations,
    kubeconfigs: [client.connection.kubeconfig],
    gaps: [...(head.gaps ?? []), ...found.gaps, ...loose.gaps, ...(kubelets?.gaps ?? [])],
  };
}

/** kubeadm's ClusterConfiguration: what it writes into the manifests, where those cannot be seen. */
function kubeadmParts(objects: readonly ClusterObject[], context: string): ReturnType<typeof componentsFromDocuments> {
  const documents = objects
    .filter((object) => object.kindKey === 'ConfigMap' && object.name === 'kubeadm-config')
    .map(({ document }) => document);
  return componentsFromDocuments(documents, readerOfLooseFiles([]), { host: context });
}

async function readVersion(client: ApiClient): Promise<Pick<ClusterParts, 'gitVersion'> & { readonly gaps: readonly Gap[] }> {
  const source = '/version';
  const { status, body } = await client.get(source);
  const text = isObject(body) ? stringAt(body['gitVersion']) : undefined;
  if (status === 200 && text !== undefined) return { gitVersion: { text, place: { source, path: 'gitVersion' } }, gaps: [] };
  if (status === 403)
    return {
      gaps: [
        {
          source,
          reason: `403 ${messageOf(body) || 'forbidden'}`,
          hint: 'grant get on the nonResourceURL /version; bulwark collect --print-rbac prints all',
        },
      ],
    };
  throw new LiveFault('answer', {
    source: serverName(client.connection),
    reason: status === 200 ? 'the answer of /version names no gitVersion' : `${status} for /version`,
    hint: `this is no Kubernetes API server: check server in ${client.connection.place.cluster}`,
  });
}

function namespaceGaps(namespace: string | undefined): readonly Gap[] {
  if (namespace === undefined) return [];
  return [
    {
      source: `/api/v1/namespaces/${namespace}`,
      reason: `objects of other namespaces than ${namespace} were not read`,
      hint: 'leave out --namespace to judge the whole cluster',
    },
  ];
}
