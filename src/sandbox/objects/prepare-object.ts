import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, objectAt } from '../../cluster/json.ts';

/** Metadata that a server writes. */
const serverMetadata = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
]);

const jobLabels = new Set(['controller-uid', 'job-name', 'batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name']);

/** An object as it would be created anew: without status and what a server or controller wrote. Pure. */
export function asNew(manifest: JsonObject): JsonObject {
  const { status: _, ...rest } = manifest;
  const metadata = keep(objectAt(manifest['metadata']), (name) => !serverMetadata.has(name));
  const object: JsonObject = { ...rest, metadata };
  const kind = manifest['kind'];
  if (kind === 'Pod') return { ...object, spec: podSpecAsNew(objectAt(object['spec'])) };
  return kind === 'Job' ? jobAsNew(object) : object;
}

/** A pod's spec before scheduler and server wrote to it. */
function podSpecAsNew(spec: JsonObject): JsonObject {
  return keep(spec, (name) => name !== 'nodeName' && name !== 'ephemeralContainers' && name !== 'priority');
}

/** The server makes a Job's selector itself, and refuses one that is given. */
function jobAsNew(job: JsonObject): JsonObject {
  const spec = objectAt(job['spec']);
  if (spec['manualSelector'] === true) return job;
  const template = objectAt(spec['template']);
  const metadata = objectAt(template['metadata']);
  const labels = keep(objectAt(metadata['labels']), (name) => !jobLabels.has(name));
  const { selector: _, ...rest } = spec;
  return { ...job, spec: { ...rest, template: { ...template, metadata: { ...metadata, labels } } } };
}

/**
 * What of a server's answer may be compared between two servers: without status and what is random or counts. `sent`: what was sent;
 * what the server chose by chance (addresses, ports, names) is left out where it was not given.
 */
export function comparable(answer: Json, sent: JsonObject): Json {
  if (!isObject(answer)) return answer;
  const metadata = keep(objectAt(answer['metadata']), (name) => !serverMetadata.has(name));
  if (objectAt(sent['metadata'])['name'] === undefined) delete metadata['name'];
  const kind = answer['kind'];
  let spec = answer['spec'];
  if (kind === 'Service' && isObject(spec)) {
    const given = objectAt(sent['spec']);
    spec = keep(spec, (name) => name in given || !/^(?:clusterIPs?|healthCheckNodePort)$/.test(name));
    const ports = objectAt(spec)['ports'];
    if (Array.isArray(ports)) {
      const chosen = ports.map((port: Json) => (isObject(port) ? keep(port, (name) => name !== 'nodePort') : port));
      spec = { ...objectAt(spec), ports: chosen };
    }
  }
  const { status: _, ...rest } = answer;
  const whole: JsonObject = { ...rest, metadata, ...(spec === undefined ? {} : { spec }) };
  const plain = kind === 'Job' ? jobAsNew(whole) : whole;
  return JSON.parse(JSON.stringify(plain).replaceAll(/kube-api-access-[a-z0-9]{5}"/g, 'kube-api-access"')) as Json;
}

function keep(object: JsonObject, wanted: (name: string) => boolean): Record<string, Json> {
  const result: Record<string, Json> = {};
  for (const [name, value] of Object.entries(object)) if (value !== undefined && wanted(name)) result[name] = value;
  return result;
}
