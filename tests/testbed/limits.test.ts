import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JsonObject, isObject, objectAt, stringAt } from '../../src/cluster/json.ts';
import type { EvalAnswer } from '../../src/eval/engine.ts';
import { answer } from '../../src/eval/limits.ts';
import { answer as answerObject } from '../../src/eval/limits-object.ts';
import { type ControlPlane, startControlPlane } from '../../testbed/control-plane.ts';
import { findTestbeds } from '../../testbed/find.ts';
import { Choices, countedObjects, countingLimits, generateObject, generatePod, resized, setups, world } from './limits-cases.ts';

const podsPerNamespace = Number(process.env['BULWARK_LIMITS_CASES'] ?? 25);
const objectCases = podsPerNamespace * 8;
const seed = Number(process.env['BULWARK_LIMITS_SEED'] ?? 5);

interface Difference {
  readonly sent: JsonObject;
  readonly server: JsonObject;
  readonly ours: EvalAnswer;
}

/** Order of several faults varies in the server, so do pointers and generated names: compare what is left. */
function comparable(message: string | undefined): string {
  return (message ?? '')
    .replace(/0x[0-9a-f]+/g, '0x0')
    .replace(/"g-[a-z0-9]{5}"/, '"g-<random>"')
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
  for (const object of world) await send(plane, pathOf[stringAt(object['kind']) ?? ''] ?? '', object);
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
        const name = stringAt(objectAt(object['metadata'])['name']) ?? '';
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

async function prepareCounts(plane: ControlPlane, base: string, choices: Choices, round: number): Promise<JsonObject> {
  for (const resource of ['limitranges', 'resourcequotas']) await plane.request('DELETE', `${base}/${resource}`);
  const { limitRange, quota } = countingLimits(choices, `q${round}`);
  const limitRanges = [objectAt((await send(plane, `${base}/limitranges`, limitRange))['body'])];
  const created = objectAt((await send(plane, `${base}/resourcequotas`, quota))['body']);
  const status = { ...created, status: quota['status'] };
  const resourceQuotas = [objectAt((await send(plane, `${base}/resourcequotas/q${round}/status`, status, 'PUT'))['body'])];
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return { limitRanges, resourceQuotas };
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

const testbeds = findTestbeds();

describe.runIf(testbeds.length === 0)('limits', () => {
  test.skip('asked of a real kube-apiserver (needs a testbed: node testbed/build.mjs)', () => {});
});

describe.each(testbeds)('limits against kube-apiserver $version', (testbed) => {
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
        const object = generatePod(choices, `p${index}`, true);
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

  test.runIf(testbed.minor >= 33)('resizes are refused and charged alike', async () => {
    const choices = new Choices(seed + 2);
    const differences: Difference[] = [];
    let asked = 0;
    for (const [namespace, setup] of stored) {
      const path = `/api/v1/namespaces/${namespace}/pods`;
      for (let index = 0; index < podsPerNamespace; index += 1) {
        const created = await send(plane, path, generatePod(choices, `r${index}`, false));
        if (created['code'] !== 201) continue;
        asked += 1;
        const oldObject = objectAt(created['body']);
        const object = resized(choices, oldObject);
        const { code, body } = await send(plane, `${path}/r${index}/resize?dryRun=All`, object, 'PUT');
        const quotas = await plane.request('GET', `/api/v1/namespaces/${namespace}/resourcequotas`);
        const now = { ...setup, resourceQuotas: objectAt(quotas.body as JsonObject)['items'] };
        const input = {
          namespace,
          setup: now,
          world: { items: world },
          operation: 'UPDATE',
          path: `${path}/r${index}/resize`,
          object,
          oldObject,
        };
        const ours = answer(input, testbed.minor);
        const server = podView(Number(code), objectAt(body));
        const mine = 'result' in ours ? ourView(ours.result) : {};
        if (JSON.stringify(server) !== JSON.stringify(mine))
          differences.push({ sent: { namespace, old: oldObject['spec'], spec: object['spec'] }, server, ours });
        await plane.request('DELETE', `${path}/r${index}?gracePeriodSeconds=0`);
      }
    }
    expect(asked).toBeGreaterThan(20);
    expect(differences.slice(0, 8)).toEqual([]);
  });

  test('objects are counted alike', async () => {
    const choices = new Choices(seed + 3);
    const base = '/api/v1/namespaces/counts';
    await send(plane, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'counts' } });
    const differences: Difference[] = [];
    let refused = 0;
    for (let round = 0; round < 6; round += 1) {
      const setup = await prepareCounts(plane, base, choices, round);
      for (const [path, object] of countedObjects(choices, base)) {
        const { code, body } = await send(plane, `${path}?dryRun=All`, object);
        const ours = answer(
          { namespace: 'counts', setup, world: { items: world }, operation: 'CREATE', path, object },
          testbed.minor,
        );
        if (Number(code) >= 300) refused += 1;
        const result = 'result' in ours ? ours.result : {};
        const server = {
          code: Number(code) < 300 ? 201 : Number(code),
          message: Number(code) < 300 ? '' : comparable(stringAt(objectAt(body)['message'])),
        };
        const mine = {
          code: result['allowed'] === true ? 201 : Number(result['code']),
          message: comparable(stringAt(result['message'])),
        };
        if (JSON.stringify(server) !== JSON.stringify(mine)) differences.push({ sent: { path, object, setup }, server, ours });
      }
    }
    expect(refused).toBeGreaterThan(30);
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
