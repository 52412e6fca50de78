import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JsonObject, isObject, objectAt, stringAt } from '../../src/cluster/json.ts';
import type { EvalAnswer } from '../../src/eval/engine.ts';
import { answer } from '../../src/eval/limits.ts';
import { answer as answerObject } from '../../src/eval/limits-object.ts';
import { type ControlPlane, startControlPlane } from '../../testbed/control-plane.ts';
import { findTestbeds } from '../../testbed/find.ts';
import { Choices, generateObject, generatePod, setups, world } from './limits-cases.ts';

const podsPerNamespace = Number(process.env['BULWARK_LIMITS_CASES'] ?? 25);
const objectCases = podsPerNamespace * 8;
const seed = Number(process.env['BULWARK_LIMITS_SEED'] ?? 5);

interface Difference {
  readonly sent: JsonObject;
  readonly server: JsonObject;
  readonly ours: EvalAnswer;
}

/** Order of several faults varies in the server, and pointers do: compare what is left. */
function comparable(message: string | undefined): string {
  return (message ?? '')
    .replace(/0x[0-9a-f]+/g, '0x0')
    .replace(/(is (?:invalid|forbidden): )\[(.*)\]$/s, '$1, $2')
    .replace(/(is (?:invalid|forbidden): )(?!,)/, '$1, ')
    .split(', ')
    .sort()
    .join(', ');
}

async function send(plane: ControlPlane, path: string, object: JsonObject, method = 'POST'): Promise<JsonObject> {
  const response = await plane.request(method, path, object);
  return { code: response.status, body: isObject(response.body) ? response.body : {} };
}

const pathOf: Readonly<Record<string, string>> = {
  PriorityClass: '/apis/scheduling.k8s.io/v1/priorityclasses',
  RuntimeClass: '/apis/node.k8s.io/v1/runtimeclasses',
};

async function prepare(plane: ControlPlane): Promise<ReadonlyMap<string, JsonObject>> {
  for (const object of world) await send(plane, pathOf[String(object['kind'])] ?? '', object);
  const stored = new Map<string, JsonObject>();
  for (const [namespace, objects] of Object.entries(setups)) {
    await send(plane, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const base = `/api/v1/namespaces/${namespace}`;
    await send(plane, `${base}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
    const limitRanges: JsonObject[] = [];
    const resourceQuotas: JsonObject[] = [];
    for (const object of objects) {
      const isQuota = object['kind'] === 'ResourceQuota';
      const created = await send(plane, `${base}/${isQuota ? 'resourcequotas' : 'limitranges'}`, object);
      expect(created['code'], JSON.stringify(created)).toBe(201);
      if (!isQuota) limitRanges.push(objectAt(created['body']));
      else {
        const name = String(objectAt(object['metadata'])['name']);
        const status = { ...objectAt(created['body']), status: object['status'] };
        resourceQuotas.push(objectAt((await send(plane, `${base}/resourcequotas/${name}/status`, status, 'PUT'))['body']));
      }
    }
    stored.set(namespace, { limitRanges, resourceQuotas });
  }
  // The plug-ins look into caches that follow a moment later.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return stored;
}

function podView(code: number, body: JsonObject): JsonObject {
  if (code >= 300) return { code, message: comparable(stringAt(body['message'])) };
  const spec = objectAt(body['spec']);
  const resources = (list: unknown) =>
    (Array.isArray(list) ? list : []).map((container: JsonObject) => {
      const { limits, requests } = objectAt(container['resources']) as { limits?: JsonObject; requests?: JsonObject };
      return { limits: limits ?? null, requests: requests ?? null };
    });
  return {
    annotation: objectAt(objectAt(body['metadata'])['annotations'])['kubernetes.io/limit-ranger'] ?? null,
    containers: resources(spec['containers']),
    initContainers: resources(spec['initContainers']),
    pod: resources([{ resources: spec['resources'] ?? {} }])[0] ?? null,
    overhead: spec['overhead'] ?? null,
    qosClass: objectAt(body['status'])['qosClass'] ?? null,
  };
}

function ourView(result: JsonObject): JsonObject {
  if (result['allowed'] !== true) return { code: Number(result['code']), message: comparable(stringAt(result['message'])) };
  const resources = objectAt(result['resources']);
  const list = (value: unknown) =>
    (Array.isArray(value) ? value : []).map((item: JsonObject) => ({
      limits: item['limits'] ?? null,
      requests: item['requests'] ?? null,
    }));
  return {
    annotation: resources['annotation'] ?? null,
    containers: list(resources['containers']),
    initContainers: list(resources['initContainers']),
    pod: list([objectAt(resources['pod'])])[0] ?? null,
    overhead: resources['overhead'] ?? null,
    qosClass: resources['qosClass'] ?? null,
  };
}

describe.each(findTestbeds())('limits against kube-apiserver $version', (testbed) => {
  let plane: ControlPlane;
  let stored: ReadonlyMap<string, JsonObject>;

  beforeAll(async () => {
    plane = await startControlPlane(testbed);
    stored = await prepare(plane);
  });
  afterAll(() => plane.stop());

  test('pods are defaulted, refused and charged alike', async () => {
    const choices = new Choices(seed);
    const differences: Difference[] = [];
    for (const [namespace, setup] of stored) {
      for (let index = 0; index < podsPerNamespace; index += 1) {
        const object = generatePod(choices, `p${index}`);
        const path = `/api/v1/namespaces/${namespace}/pods`;
        const { code, body } = await send(plane, `${path}?dryRun=All`, object);
        const input = { namespace, setup, world: { items: world }, operation: 'CREATE', path, object };
        const ours = answer(input, testbed.minor);
        const server = podView(Number(code), objectAt(body));
        const mine = 'result' in ours ? ourView(ours.result) : {};
        if (JSON.stringify(server) !== JSON.stringify(mine))
          differences.push({ sent: { namespace, spec: object['spec'] }, server, ours });
      }
    }
    expect(differences.slice(0, 8)).toEqual([]);
  });

  test('LimitRanges and ResourceQuotas are accepted and refused alike', async () => {
    const choices = new Choices(seed + 1);
    const differences: Difference[] = [];
    for (let index = 0; index < objectCases; index += 1) {
      const object = generateObject(choices, `o${index}`);
      const resource = object['kind'] === 'LimitRange' ? 'limitranges' : 'resourcequotas';
      const { code, body } = await send(plane, `/api/v1/namespaces/none/${resource}?dryRun=All`, object);
      const ours = answerObject({ object, namespace: 'none' }, testbed.minor);
      const result = 'result' in ours ? ours.result : {};
      const server = {
        code,
        message: comparable(stringAt(objectAt(body)['message'])),
        spec: code === 201 ? (objectAt(body)['spec'] ?? null) : null,
      };
      const mine = {
        code: result['code'] ?? null,
        message: comparable(stringAt(result['message'])),
        spec: objectAt(result['object'])['spec'] ?? null,
      };
      if (code !== mine.code || server.message !== mine.message) differences.push({ sent: object, server, ours });
      else if (code === 201) expect(mine.spec).toEqual(server.spec);
    }
    expect(differences.slice(0, 8)).toEqual([]);
  });
});
