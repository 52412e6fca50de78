import { counted } from '../counted.ts';
import { offer } from '../caller.ts';
import { levelOf, violatingPod } from '../canary-pod.ts';
import { podsPath } from '../offered-template.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { notPossible, settled } from '../probe.ts';

/** In each namespace that is judged a pod that the level forbids is refused by Pod Security. */
export const probe: Probe = {
  control: 'admission-psa-namespace-labels',
  needs: ['api'],
  run: async (world, result) => {
    const level = levelOf(result.parameters);
    const contradictions: Contradiction[] = [];
    const unasked: string[] = [];
    let refused = 0;
    for (const { subject, verdict } of result.findings) {
      if (subject.kind !== 'Namespace' || verdict === 'not-applicable') continue;
      const path = podsPath(subject.name);
      const { status, message } = await offer(world.caller.self, path, violatingPod(world.canary.name('violating'), level));
      const seen = `${status} ${message}`.trim();
      const item = { source: `POST ${path}?dryRun=All`, seen, wanted: '403 violates PodSecurity' };
      if (status === 403 && message.includes('violates PodSecurity')) refused++;
      else if (status === 200)
        contradictions.push({ subject, message: `the server admits a pod there that ${level} forbids`, evidence: [item] });
      else unasked.push(`${subject.name} (${seen})`);
    }
    if (contradictions.length === 0 && unasked.length > 0)
      return notPossible(`the pod did not come to Pod Security in ${unasked.slice(0, 3).join(', ')}`);
    return settled(contradictions, `a pod that ${level} forbids is refused in ${counted(refused, 'namespace')}`, [
      { source: 'POST pods?dryRun=All', seen: `403 in ${counted(refused, 'namespace')}`, wanted: '403 violates PodSecurity' },
    ]);
  },
};
