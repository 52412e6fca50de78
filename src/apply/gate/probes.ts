import { Agent, request } from 'undici';
import type { Json } from '../../cluster/json.ts';
import { listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { ComponentName } from '../../cluster/component.ts';
import { containerOf } from '../../plan/flags/pod-container.ts';

/** The paths that the kubelet asks of a component without credentials, by probe; probes of other kinds are left out. */
export function probePaths(
  manifest: Json,
  component: ComponentName,
): readonly { readonly probe: string; readonly path: string }[] {
  const container = containerOf(manifest, component)?.container ?? {};
  return ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((probe) => {
    const get = objectAt(objectAt(container[probe])['httpGet']);
    const path = stringAt(get['path']);
    // A probe with headers of its own may carry a token.
    return path === undefined || listAt(get['httpHeaders']).length > 0 ? [] : [{ probe, path }];
  });
}

/**
 * Asks what the probes ask, without credentials, and returns those that the server refuses: the kubelet would restart it again and again.
 * As the kubelet does, the server's certificate is not looked at, and 200 to 399 is well. Other answers than 401 and 403 may pass.
 */
export async function refusedProbes(
  server: URL,
  probes: readonly { readonly probe: string; readonly path: string }[],
): Promise<readonly string[]> {
  if (probes.length === 0) return [];
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false }, connections: 1 });
  try {
    const refused: string[] = [];
    for (const { probe, path } of probes) {
      const answer = await request(`${server.origin}${path}`, { dispatcher, signal: AbortSignal.timeout(10_000) });
      await answer.body.dump();
      if (answer.statusCode === 401 || answer.statusCode === 403)
        refused.push(
          `the ${probe} asks ${path} without a credential and gets ${answer.statusCode}: the kubelet would restart the server`,
        );
    }
    return refused;
  } finally {
    await dispatcher.destroy();
  }
}
