import type { Component } from '../../cluster/component.ts';
import { placeOf } from '../../cluster/document.ts';
import type { Gap } from '../../cluster/gap.ts';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, objectAt, stringAt } from '../../cluster/json.ts';
import type { ClusterObject } from '../../cluster/objects.ts';
import { redactDocument } from '../redact.ts';
import type { ApiClient } from './api-client.ts';
import { messageOf } from './api-client.ts';
import { inParallel } from './in-parallel.ts';
import { LiveFault } from './live-fault.ts';

const maxNodes = 500;
const parallel = 4;
const answerMs = 10_000;
/** After so many kubelets in a row that do not answer, the rest is not asked: each costs its timeout. */
const maxSilent = 3;

/** Kubelets whose effective configuration was read, and what could not be. */
export interface KubeletConfigurations {
  readonly components: readonly Component[];
  readonly gaps: readonly Gap[];
}

const hostHint = 'scan the hosts (--host-root DIR)';

/**
 * Reads the effective configuration of the kubelets through the API server where the caller may already (`nodes/proxy`); the first is
 * asked alone, and a 403 is one gap for all: a standing right to it is root on the nodes, so none is asked for. From 1.33 a kubelet
 * asked on its own port takes `nodes/configz`; through the API server that right opens nothing (K:pkg/kubelet/server/auth.go; the API
 * server itself authorizes `nodes/proxy`). Throws LiveFault for a 401.
 */
export async function readKubelets(
  client: ApiClient,
  nodes: readonly ClusterObject[],
  progress: (done: number, of: number) => void,
): Promise<KubeletConfigurations> {
  const [first, ...others] = nodes;
  if (first === undefined) return { components: [], gaps: [] };
  if (nodes.length > maxNodes)
    return {
      components: [],
      gaps: [
        {
          source: '/api/v1/nodes',
          reason: `kubelets were not asked: ${nodes.length} nodes are more than ${maxNodes}`,
          hint: hostHint,
        },
      ],
    };
  const trial = await readOne(client, first);
  if (trial.kind === 'forbidden') return { components: [], gaps: [trial.gap] };
  const readings: (Reading | undefined)[] = [trial];
  let silent = trial.kind === 'silent' ? 1 : 0;
  await inParallel(
    others.map((node, index) => async () => {
      if (silent >= maxSilent) return;
      const reading = await readOne(client, node);
      silent = reading.kind === 'silent' ? silent + 1 : 0;
      readings[index + 1] = reading;
      progress(index + 2, nodes.length);
    }),
    parallel,
  );
  const read = readings.filter((reading) => reading !== undefined);
  const left = nodes.length - read.length;
  return {
    components: read.flatMap((reading) => (reading.kind === 'seen' ? reading.component : [])),
    gaps: [
      ...read.flatMap((reading) => (reading.kind === 'seen' ? [] : reading.gap)),
      ...(left === 0
        ? []
        : [
            {
              source: '/api/v1/nodes',
              reason: `${left} more kubelets were not asked: ${maxSilent} in a row did not answer`,
              hint: hostHint,
            },
          ]),
    ],
  };
}

type Reading =
  | { readonly kind: 'seen'; readonly component: Component }
  | { readonly kind: 'forbidden' | 'silent' | 'refused'; readonly gap: Gap };

async function readOne(client: ApiClient, node: ClusterObject): Promise<Reading> {
  const source = `/api/v1/nodes/${encodeURIComponent(node.name)}/proxy/configz`;
  try {
    const { status, body } = await client.get(source, { answerMs, retries: 0 });
    if (status === 403 && isObject(body) && body['kind'] === 'Status')
      return {
        kind: 'forbidden',
        gap: {
          source: '/api/v1/nodes/NAME/proxy/configz',
          reason: `403 ${messageOf(body) || 'forbidden'}`,
          hint: `kubelet settings: ${hostHint}; nodes/proxy would show them too, but it is root on the nodes (nodes/configz, from 1.33, opens the kubelet's own port alone)`,
        },
      };
    const configuration = isObject(body) ? body['kubeletconfig'] : undefined;
    if (status === 200 && isObject(configuration)) return { kind: 'seen', component: kubeletOf(node, objectAt(body), source) };
    return {
      kind: 'refused',
      gap: { source, reason: `${status} ${messageOf(body) || 'no kubeletconfig in the answer'}`, hint: hostHint },
    };
  } catch (error) {
    if (!(error instanceof LiveFault) || error.status === 401) throw error;
    return { kind: 'silent', gap: { source, reason: `the kubelet did not answer: ${error.gap.reason}`, hint: hostHint } };
  }
}

/**
 * The command line is not seen, so this is no view of the process: `distribution` keeps readers from taking an absent flag for a default.
 */
function kubeletOf(node: ClusterObject, answer: JsonObject, source: string): Component {
  const document = redactDocument({ value: withoutHeaders(answer), source });
  const version = stringAt(objectAt(objectAt(node.manifest['status'])['nodeInfo'])['kubeletVersion']);
  return {
    name: 'kubelet',
    host: node.name,
    seenAs: 'distribution',
    commandLine: { arguments: [] },
    document,
    ...(version === undefined
      ? {}
      : { version: { text: version, place: placeOf(node.document, [...node.base, 'status', 'nodeInfo', 'kubeletVersion']) } }),
    files: new Map(),
    environment: new Map(),
    running: true,
    configz: document,
  };
}

/** Headers for static pods from a URL may carry a token. */
function withoutHeaders(answer: JsonObject): Json {
  const configuration = objectAt(answer['kubeletconfig']);
  if (!isObject(configuration['staticPodURLHeader'])) return answer as Json;
  const names = Object.keys(configuration['staticPodURLHeader']);
  const staticPodURLHeader = Object.fromEntries(names.map((name) => [name, ['<redacted>']]));
  return { ...answer, kubeletconfig: { ...configuration, staticPodURLHeader } };
}
