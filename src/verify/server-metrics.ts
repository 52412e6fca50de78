import { NotPossible } from './not-possible.ts';
import type { World } from './world.ts';

/** The API server's metrics as text. Throws NotPossible where the credential in use may not read them. */
export async function serverMetrics(world: World): Promise<string> {
  const { status, text } = await world.caller.self.text('/metrics');
  if (status !== 200) throw new NotPossible(`/metrics: ${status}: grant get on the nonResourceURL /metrics`);
  return text;
}
