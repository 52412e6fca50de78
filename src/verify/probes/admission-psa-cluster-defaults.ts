import { offer } from '../caller.ts';
import { levelOf, violatingPod } from '../canary-pod.ts';
import { podsPath } from '../offered-template.ts';
import type { Probe } from '../probe.ts';
import { contradicted, notPossible, proved } from '../probe.ts';

/** In a fresh namespace without labels a pod that the level forbids is refused by Pod Security. */
export const probe: Probe = {
  control: 'admission-psa-cluster-defaults',
  needs: ['api'],
  run: async (world, result) => {
    const level = levelOf(result.parameters);
    const path = podsPath(await world.canary.namespace());
    const { status, message } = await offer(world.caller.self, path, violatingPod(world.canary.name('violating'), level));
    const item = { source: `POST ${path}?dryRun=All`, seen: `${status} ${message}`.trim(), wanted: '403 violates PodSecurity' };
    if (status === 403 && message.includes('violates PodSecurity'))
      return proved(`a pod that ${level} forbids is refused in a namespace without labels`, [item]);
    if (status === 200)
      return contradicted([
        { message: `a pod that ${level} forbids is admitted in a namespace without labels`, evidence: [item] },
      ]);
    return notPossible(`the pod was not judged by Pod Security: ${status} ${message}`);
  },
};
