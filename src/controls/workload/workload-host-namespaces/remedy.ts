import type { Json, JsonObject } from '../../../cluster/json.ts';
import { isObject, listAt } from '../../../cluster/json.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { editContainers, templateRemedy, workloadOf } from '../workload-remedy.ts';

const fields: readonly string[] = ['hostNetwork', 'hostPID', 'hostIPC'];

/** Removes hostNetwork, hostPID and hostIPC, and the host ports that the API server filled in for hostNetwork. */
export const remedy: RemedyFunction = (finding, context) =>
  templateRemedy(
    workloadOf(finding, context),
    (spec) => {
      const own = Object.fromEntries(Object.entries(spec).filter(([key]) => !fields.includes(key)));
      return spec['hostNetwork'] === true ? editContainers(own, withoutFilledPorts) : own;
    },
    {
      by: 'owner',
      why: "a pod in the host's namespaces sees the node's traffic or processes, and no NetworkPolicy reaches it",
      sideEffects: [
        "Node agents and ingress controllers that are reached by the node's address lose it: reach the pod through a Service.",
        'NetworkPolicies begin to apply to the pod.',
      ],
    },
  );

/** With hostNetwork every port has a host port of the same number, whether or not somebody wrote it. */
function withoutFilledPorts(container: JsonObject): JsonObject {
  if (!Array.isArray(container['ports'])) return container;
  const ports = listAt(container['ports']).map((port): Json => {
    if (!isObject(port) || port['hostPort'] !== port['containerPort']) return port;
    return Object.fromEntries(Object.entries(port).filter(([key]) => key !== 'hostPort'));
  });
  return { ...container, ports };
}
