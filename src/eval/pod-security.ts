import { loadAdmissionConfiguration } from '../admission/configuration.ts';
import { admitPodSecurity } from '../admission/pod-security/admit.ts';
import type { PodSecurityConfiguration } from '../admission/pod-security/configuration.ts';
import { unconfigured } from '../admission/pod-security/configuration.ts';
import { unreadableMetadataField, unreadablePodField } from '../admission/pod-security/readable.ts';
import type { PodSecurityRequest } from '../admission/pod-security/request.ts';
import type { PodSecurityResource } from '../admission/pod-security/resources.ts';
import { podSecurityResources, podTemplatePath } from '../admission/pod-security/resources.ts';
import { warningHeaders } from '../admission/warning-headers.ts';
import { shownMessage } from '../cluster/decode/loaded.ts';
import type { FieldPath, Json, JsonObject } from '../cluster/json.ts';
import { formatFieldPath, isObject, listAt, objectAt, stringAt, valueAt } from '../cluster/json.ts';
import { kindKey } from '../cluster/objects.ts';
import type { EvalAnswer, EvalEngine } from './engine.ts';

class InputProblem extends Error {
  readonly path: FieldPath;

  constructor(message: string, path: FieldPath) {
    super(message);
    this.path = path;
  }
}

/** `bulwark eval pod-security`: what the PodSecurity plugin answers to one request (shapes: docs/eval.md). */
export const answer: EvalEngine = (input, minor) => {
  try {
    return answerRequest(input, minor);
  } catch (error) {
    if (!(error instanceof InputProblem)) throw error;
    return { error: { message: error.message, path: formatFieldPath(['input', ...error.path]) } };
  }
};

function answerRequest(input: JsonObject, minor: number): EvalAnswer {
  const operation = operationOf(input['operation']);
  const object = optionalObject(input, 'object');
  const oldObject = optionalObject(input, 'oldObject');
  if (operation !== 'DELETE' && object === undefined) throw new InputProblem('object is missing', ['object']);
  if (operation === 'UPDATE' && oldObject === undefined) throw new InputProblem('oldObject is missing', ['oldObject']);
  const subresource = stringAt(input['subresource']) ?? '';
  const resource = resourceOf(input, object ?? oldObject ?? {}, subresource);
  const configuration = configurationOf(input['configuration'], minor);
  if (typeof configuration === 'string') return { unknown: configuration };
  if (resource !== undefined) {
    checkObject(resource, subresource, object, 'object');
    checkObject(resource, subresource, oldObject, 'oldObject');
  }
  const isNamespace = resource?.resource === 'namespaces';
  const namespace = optionalObject(input, 'namespace');
  if (!isNamespace && resource !== undefined && operation !== 'DELETE' && namespace === undefined) {
    return { unknown: 'the namespace is not given: its labels decide' };
  }
  const request: PodSecurityRequest = {
    operation,
    resource: resource?.resource ?? '',
    group: resource?.group ?? '',
    subresource,
    object: object ?? {},
    oldObject: oldObject ?? {},
    namespace: {
      name: stringAt(namespace?.['name']) ?? stringAt(objectAt(object?.['metadata'])['namespace']) ?? '',
      labels: labelsAt(namespace?.['labels'], ['namespace', 'labels']),
    },
    username: stringAt(objectAt(input['user'])['username']) ?? '',
    pods: isNamespace ? podsOf(input['pods']) : [],
  };
  const response = admitPodSecurity(request, configuration, { minor });
  return { result: { ...response, warnings: warningHeaders(response.warnings) } };
}

function operationOf(value: Json | undefined): PodSecurityRequest['operation'] {
  if (value === 'CREATE' || value === 'UPDATE' || value === 'DELETE' || value === 'CONNECT') return value;
  throw new InputProblem('operation must be one of CREATE, UPDATE, DELETE, CONNECT', ['operation']);
}

function optionalObject(input: JsonObject, name: string): JsonObject | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw new InputProblem(`${name} is not an object`, [name]);
  return value;
}

/** The resource of the URL; where it is not named, that of the object's kind. `undefined`: one that the plugin does not look at. */
function resourceOf(input: JsonObject, object: JsonObject, subresource: string): PodSecurityResource | undefined {
  const apiVersion = stringAt(object['apiVersion']);
  const kind = stringAt(object['kind']);
  const named = stringAt(input['resource']);
  // The object of a subresource is of a kind of its own: Scale, Eviction.
  if (named !== undefined && (subresource !== '' || apiVersion === undefined || kind === undefined)) {
    return podSecurityResources.find(({ resource }) => resource === named);
  }
  if (apiVersion === undefined || kind === undefined)
    throw new InputProblem('apiVersion or kind is missing, and no resource is named', ['object']);
  const key = kindKey(apiVersion, kind);
  return podSecurityResources.find((candidate) => candidate.kindKey === key);
}

/** Refuses what no server could decode: the plugin never sees it. */
function checkObject(resource: PodSecurityResource, subresource: string, object: JsonObject | undefined, name: string): void {
  if (object === undefined) return;
  const metadata = unreadableMetadataField(object['metadata']);
  if (metadata !== undefined) throw wrongType([name, 'metadata', ...metadata]);
  if (resource.resource === 'namespaces' || (subresource !== '' && subresource !== 'ephemeralcontainers')) return;
  checkPod(object, [name], podTemplatePath(resource.group, resource.resource) ?? []);
}

function checkPod(object: JsonObject, name: FieldPath, templatePath: FieldPath): void {
  let here: Json | undefined = object;
  for (const [index, step] of templatePath.entries()) {
    here = valueAt(here, [step]);
    if (here === undefined || here === null) return;
    if (!isObject(here)) throw wrongType([...name, ...templatePath.slice(0, index + 1)]);
  }
  const metadata = unreadableMetadataField(objectAt(here)['metadata']);
  if (metadata !== undefined) throw wrongType([...name, ...templatePath, 'metadata', ...metadata]);
  const spec = unreadablePodField(objectAt(here)['spec']);
  if (spec !== undefined) throw wrongType([...name, ...templatePath, 'spec', ...spec]);
}

function wrongType(path: FieldPath): InputProblem {
  return new InputProblem('the value is of a type that no API server accepts here', path);
}

function labelsAt(value: Json | undefined, path: FieldPath): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new InputProblem('labels are not an object', path);
  const labels: [string, string][] = [];
  for (const [label, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw wrongType([...path, label]);
    labels.push([label, text]);
  }
  return Object.fromEntries(labels);
}

function podsOf(value: Json | undefined): readonly JsonObject[] {
  if (value !== undefined && value !== null && !Array.isArray(value)) throw new InputProblem('pods are not a list', ['pods']);
  return listAt(value).map((pod, index) => {
    if (!isObject(pod)) throw new InputProblem('the pod is not an object', ['pods', index]);
    checkPod(pod, ['pods', index], []);
    return pod;
  });
}

/** The plugin's configuration out of an AdmissionConfiguration's text; a text says why it cannot be known. */
function configurationOf(value: Json | undefined, minor: number): PodSecurityConfiguration | string {
  if (value === undefined || value === null) return unconfigured;
  if (typeof value !== 'string') throw new InputProblem('configuration is not a text', ['configuration']);
  const loaded = loadAdmissionConfiguration(value, { path: 'configuration', minor, runs: (plugin) => plugin === 'PodSecurity' });
  if (loaded.kind === 'refused') throw new InputProblem(`the server does not start: ${shownMessage(loaded)}`, ['configuration']);
  const { podSecurity, plugins } = loaded.configuration;
  if (podSecurity !== undefined) return podSecurity.configuration;
  const entry = plugins.find(({ name }) => name === 'PodSecurity');
  return entry === undefined ? unconfigured : `the configuration is in the file ${entry.path}, which is not given`;
}
