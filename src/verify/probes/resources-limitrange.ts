import { counted } from '../counted.ts';
import { listAt, objectAt } from '../../cluster/json.ts';
import type { Evidence } from '../../results/finding.ts';
import { offer } from '../caller.ts';
import { canaryPod } from '../canary-pod.ts';
import { podsPath } from '../offered-template.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { notPossible, settled } from '../probe.ts';

/** A pod without resources comes back with requests and limits. */
export const probe: Probe = {
  control: 'resources-limitrange',
  needs: ['api'],
  run: async (world, result) => {
    const contradictions: Contradiction[] = [];
    const evidence: Evidence[] = [];
    const unasked: string[] = [];
    for (const { subject, verdict } of result.findings) {
      if (subject.kind !== 'Namespace' || verdict === 'not-applicable') continue;
      const path = podsPath(subject.name);
      const { status, message, body } = await offer(world.caller.self, path, canaryPod(world.canary.name('defaults')));
      if (status !== 200) {
        // Without defaults a quota refuses it.
        if (verdict === 'fail' && /failed quota: .*must specify/.test(message)) {
          const item = { source: `POST ${path}?dryRun=All`, seen: `${status} ${message}`, wanted: 'requests and limits' };
          contradictions.push({ subject, message: 'a pod without resources gets no defaults', evidence: [item] });
        } else unasked.push(`${subject.name} (${status} ${message})`);
        continue;
      }
      const container = objectAt(listAt(objectAt(objectAt(body)['spec'])['containers'])[0]);
      const resources = objectAt(container['resources']);
      const limits = Object.keys(objectAt(resources['limits']));
      const requests = Object.keys(objectAt(resources['requests']));
      const complete = ['cpu', 'memory'].every((name) => limits.includes(name) && requests.includes(name));
      const item = {
        source: `POST ${path}?dryRun=All`,
        seen: `limits ${limits.join(', ') || 'none'}, requests ${requests.join(', ') || 'none'}`,
        wanted: 'limits and requests of cpu and memory',
      };
      evidence.push(item);
      if (!complete && verdict === 'fail')
        contradictions.push({ subject, message: 'a pod without resources gets no defaults', evidence: [item] });
      else if (requests.length + limits.length === 0)
        contradictions.push({ subject, message: 'a pod without resources comes back without any', evidence: [item] });
    }
    if (contradictions.length === 0 && unasked.length > 0)
      return notPossible(`a pod without resources is not admitted in ${unasked.slice(0, 3).join(', ')}`);
    return settled(contradictions, `a pod without resources gets defaults in ${counted(evidence.length, 'namespace')}`, evidence);
  },
};
