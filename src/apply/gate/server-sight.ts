import type { ComponentName } from '../../cluster/component.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { JsonObject } from '../../cluster/json.ts';
import type { ApiClient } from '../../collect/live/api-client.ts';
import { containerOf } from '../../plan/flags/pod-container.ts';

/** What can be seen of a component's running process. Plain data: the journal keeps it. */
export type ServerSight =
  /** The static pod's mirror: what the kubelet really runs. */
  | {
      readonly kind: 'mirror-pod';
      readonly words: readonly string[];
      /** Changes whenever the manifest does (the kubelet's hash), or the container is another one. */
      readonly identity: string;
      readonly ready: boolean;
    }
  /** No mirror pod: when the answering API server's process began, in seconds since 1970. */
  | { readonly kind: 'process'; readonly started: string }
  | { readonly kind: 'unseen'; readonly why: string };

/**
 * Looks at a component on a host: its mirror pod where there is one, else (API server alone) the start of the process that answers
 * `/metrics`. Throws LiveFault where the server does not answer.
 */
export async function seeServer(client: ApiClient, host: string, component: ComponentName): Promise<ServerSight> {
  const selector = host === '' ? '' : `?fieldSelector=${encodeURIComponent(`spec.nodeName=${host}`)}`;
  const { status, body } = await client.get(`/api/v1/namespaces/kube-system/pods${selector}`, { retries: 0 });
  if (status === 200)
    for (const pod of listAt(objectAt(body)['items'])) {
      const sight = isObject(pod) ? mirrorSight(pod, component) : undefined;
      if (sight !== undefined) return sight;
    }
  if (component !== 'kube-apiserver')
    return { kind: 'unseen', why: `no mirror pod shows ${component}${host === '' ? '' : ` on ${host}`}` };
  const metrics = await client.text('/metrics');
  const started = /^process_start_time_seconds (\S+)$/m.exec(metrics.text)?.[1];
  if (metrics.status === 200 && started !== undefined) return { kind: 'process', started };
  return { kind: 'unseen', why: `no mirror pod, and /metrics answers ${metrics.status}` };
}

function mirrorSight(pod: JsonObject, component: ComponentName): ServerSight | undefined {
  const annotations = objectAt(objectAt(pod['metadata'])['annotations']);
  const mirror = stringAt(annotations['kubernetes.io/config.mirror']);
  const found = mirror === undefined ? undefined : containerOf(pod, component);
  if (found === undefined) return undefined;
  const status = objectAt(pod['status']);
  const container = listAt(status['containerStatuses'])
    .map(objectAt)
    .find(({ name }) => name === found.container['name']);
  const ready = listAt(status['conditions']).some(
    (item) => objectAt(item)['type'] === 'Ready' && objectAt(item)['status'] === 'True',
  );
  return { kind: 'mirror-pod', words: found.words, identity: `${mirror} ${stringAt(container?.['containerID']) ?? ''}`, ready };
}

/**
 * Why the component does not run what it is to run, or `undefined` where it does: another process than before, with exactly the words of
 * its manifest. Where nothing shows it that is no fault, but said by `noteOf`.
 */
export function faultOfSight(before: ServerSight, now: ServerSight, words: readonly string[] | undefined): string | undefined {
  if (now.kind === 'unseen') return undefined;
  if (now.kind === 'process')
    return before.kind === 'process' && before.started === now.started ? 'the API server has not restarted' : undefined;
  if (before.kind === 'mirror-pod' && before.identity === now.identity) return 'the static pod has not restarted';
  if (words !== undefined && (words.length !== now.words.length || words.some((word, index) => word !== now.words[index])))
    return 'the running pod has other flags than its manifest';
  return now.ready ? undefined : 'the static pod is not ready';
}
