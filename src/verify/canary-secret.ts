import { randomBytes } from 'node:crypto';
import type { World } from './world.ts';

/** A Secret whose value is a random marker that stands nowhere else. */
export interface CanarySecret {
  readonly namespace: string;
  readonly name: string;
  readonly marker: string;
}

/** Makes a Secret in the canary namespace. */
export async function canarySecret(world: World, ending: string): Promise<CanarySecret> {
  const namespace = await world.canary.namespace();
  const name = world.canary.name(ending);
  const marker = `canary-${randomBytes(24).toString('hex')}`;
  await world.canary.create('', 'v1', 'secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    type: 'Opaque',
    data: { canary: Buffer.from(marker, 'utf8').toString('base64') },
  });
  return { namespace, name, marker };
}
