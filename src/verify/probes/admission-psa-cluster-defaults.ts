import { offer } from '../caller.ts';
import { privilegedPod } from '../canary-pod.ts';
import { podsPath } from '../offered-template.ts';
import type { Probe } from '../probe.ts';
import { contradicted, notPossible, proved } from '../probe.ts';

/** In a fresh namespace without labels a privileged pod is refused by Pod Security. */
export const probe: Probe = {
  control: 'admission-psa-cluster-defaults',
  needs: ['api'],
  run: async (world) => {
    const path = podsPath(await world.canary.namespace());
    const { status, message } = await offer(world.caller.self, path, privilegedPod(world.canary.name('privileged')));
    const item = { source: `POST ${path}?dryRun=All`, seen: `${status} ${message}`.trim(), wanted: '403 violates PodSecurity' };
    if (status === 403 && message.includes('violates PodSecurity'))
      return proved('a privileged pod is refused in a namespace without labels', [item]);
    if (status === 200)
      return contradicted([{ message: 'a privileged pod is admitted in a namespace without labels', evidence: [item] }]);
    return notPossible(`the pod was not judged by Pod Security: ${status} ${message}`);
  },
};
