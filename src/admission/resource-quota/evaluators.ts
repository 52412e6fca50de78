import { type JsonObject, listAt, objectAt } from '../../cluster/json.ts';
import { type Quantity, wholeQuantity } from '../../cluster/quantity.ts';
import type { ResourceList } from '../resource-list.ts';
import { deviceClaimEvaluator, volumeClaimEvaluator } from './claims.ts';
import {
  type GroupResource,
  type MeasureContext,
  type QuotaEvaluator,
  formatGroupResource,
  objectCountName,
} from './evaluator.ts';
import { podEvaluator } from './pods.ts';

/** Resources that quota never counts (K: pkg/quota/v1/install/registry.go). */
const ignored = new Set([
  'bindings',
  'componentstatuses',
  'tokenreviews.authentication.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'events',
  'events.events.k8s.io',
]);
/** Resources with a second, older name in quotas. */
const aliased = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);
const serviceNames = new Set(['count/services', 'services', 'services.nodeports', 'services.loadbalancers']);

/** Returns how a resource is measured; `undefined`: quota ignores it. */
export function evaluatorFor(groupResource: GroupResource, context: MeasureContext): QuotaEvaluator | undefined {
  const name = formatGroupResource(groupResource);
  if (ignored.has(name)) return undefined;
  if (name === 'pods') return podEvaluator(context);
  if (name === 'services') return serviceEvaluator();
  if (name === 'persistentvolumeclaims') return volumeClaimEvaluator(context);
  if (name === 'resourceclaims.resource.k8s.io' && context.gates.resourceClaims) return deviceClaimEvaluator();
  return countEvaluator(groupResource, aliased.has(name) ? name : undefined);
}

function countEvaluator(groupResource: GroupResource, alias: string | undefined): QuotaEvaluator {
  const names = [objectCountName(groupResource), ...(alias === undefined ? [] : [alias])];
  return {
    handles: (request) => request.subresource === '' && request.operation === 'CREATE',
    matchesResource: (name) => names.includes(name),
    matchesScope: () => false,
    limitsScopes: false,
    missing: () => undefined,
    usage: () => new Map(names.map((name) => [name, wholeQuantity(1)])),
  };
}

/** K: pkg/quota/v1/evaluator/core/services.go. */
function serviceEvaluator(): QuotaEvaluator {
  return {
    handles: (request) => request.subresource === '',
    matchesResource: (name) => serviceNames.has(name),
    matchesScope: () => false,
    limitsScopes: false,
    missing: () => undefined,
    usage: (service) => serviceUsage(service.json),
  };
}

function serviceUsage(service: JsonObject): ResourceList {
  const spec = objectAt(service['spec']);
  const ports = listAt(spec['ports']);
  const type = spec['type'];
  let nodePorts = type === 'NodePort' || type === 'LoadBalancer' ? ports.length : 0;
  if (type === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] === false) {
    nodePorts = ports.filter((port) => (objectAt(port)['nodePort'] ?? 0) !== 0).length;
  }
  return new Map<string, Quantity>([
    ['count/services', wholeQuantity(1)],
    ['services', wholeQuantity(1)],
    ['services.loadbalancers', wholeQuantity(type === 'LoadBalancer' ? 1 : 0)],
    ['services.nodeports', wholeQuantity(nodePorts)],
  ]);
}
