import { expect, it } from 'vitest';
import type { JsonObject } from '../cluster/json.ts';
import { ApiRefusal } from './object-api.ts';
import { patchAsItIs } from './patch-as-it-is.ts';

const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' };
const version = (resourceVersion: number, spec: number, status: number): JsonObject => ({
  metadata: { name: 'web', uid: '1', resourceVersion: String(resourceVersion) },
  spec: { replicas: spec },
  status: { replicas: status },
});

/** A server that goes from one stored object to the next each time the object is read, and takes a patch at its version alone. */
function serverOf(states: readonly JsonObject[]) {
  let at = 0;
  const sent: string[] = [];
  return {
    sent,
    read: () => Promise.resolve(states[Math.min(++at, states.length - 1)]),
    patch: (_: unknown, patch: JsonObject, resourceVersion: string): Promise<JsonObject> => {
      sent.push(`${JSON.stringify(patch)} at ${resourceVersion}`);
      const stored = states.at(-1)?.['metadata'] as JsonObject;
      return stored['resourceVersion'] === resourceVersion
        ? Promise.resolve(patch)
        : Promise.reject(new ApiRefusal('modified', { status: 409 }));
    },
  };
}

const patch = (live: JsonObject): JsonObject => ({ seen: live['status'] ?? null });

it('patches once more where a controller has written the status', async () => {
  const server = serverOf([version(1, 2, 0), version(2, 2, 1), version(3, 2, 2)]);
  await expect(patchAsItIs(server, reference, version(1, 2, 0), patch, { dryRun: false })).resolves.toEqual({
    seen: { replicas: 2 },
  });
  expect(server.sent).toEqual(['{"seen":{"replicas":0}} at 1', '{"seen":{"replicas":1}} at 2', '{"seen":{"replicas":2}} at 3']);
});

it('is refused where somebody has changed the object, and where it refuses without a newer version', async () => {
  const changed = serverOf([version(1, 2, 0), version(2, 3, 0)]);
  await expect(patchAsItIs(changed, reference, version(1, 2, 0), patch, { dryRun: false })).rejects.toThrow('modified');
  const stubborn = serverOf([version(1, 2, 0), version(1, 2, 0), version(9, 2, 0)]);
  await expect(patchAsItIs(stubborn, reference, version(1, 2, 0), patch, { dryRun: false })).rejects.toThrow('modified');
  expect([changed.sent.length, stubborn.sent.length]).toEqual([1, 1]);
});
