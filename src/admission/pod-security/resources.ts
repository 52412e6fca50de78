import type { FieldPath } from '../../cluster/json.ts';
import type { KindKey } from '../../cluster/objects.ts';
import { kindKey } from '../../cluster/objects.ts';
import { templatePaths } from '../../cluster/workloads.ts';

/** A resource that the PodSecurity plugin looks at. */
export interface PodSecurityResource {
  readonly group: string;
  readonly resource: string;
  readonly kindKey: KindKey;
}

const kinds: readonly (readonly [group: string, resource: string, kind: string])[] = [
  ['', 'namespaces', 'Namespace'],
  ['', 'pods', 'Pod'],
  ['', 'replicationcontrollers', 'ReplicationController'],
  ['', 'podtemplates', 'PodTemplate'],
  ['apps', 'replicasets', 'ReplicaSet'],
  ['apps', 'deployments', 'Deployment'],
  ['apps', 'statefulsets', 'StatefulSet'],
  ['apps', 'daemonsets', 'DaemonSet'],
  ['batch', 'jobs', 'Job'],
  ['batch', 'cronjobs', 'CronJob'],
];

/** All of them; every other resource passes the plugin unseen (admission.go, defaultPodSpecResources). */
export const podSecurityResources: readonly PodSecurityResource[] = kinds.map(([group, resource, kind]) => ({
  group,
  resource,
  kindKey: kindKey(group === '' ? 'v1' : `${group}/v1`, kind),
}));

const templates: ReadonlyMap<string, FieldPath> = new Map(
  podSecurityResources.flatMap(({ group, resource, kindKey }) => {
    const path = templatePaths.get(kindKey);
    return path === undefined || path.length === 0 ? [] : [[`${group}/${resource}`, path] as const];
  }),
);

/** Where objects of a resource keep their pod template; `undefined` for pods and for what holds no pods. */
export function podTemplatePath(group: string, resource: string): FieldPath | undefined {
  return templates.get(`${group}/${resource}`);
}
