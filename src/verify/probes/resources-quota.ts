import { counted } from '../counted.ts';
import type { Evidence } from '../../results/finding.ts';
import { offer } from '../caller.ts';
import { canaryContainer, canaryPod } from '../canary-pod.ts';
import { podsPath } from '../offered-template.ts';
import { podOverQuota } from '../over-quota.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { notPossible, settled } from '../probe.ts';

/** In each namespace a pod above the quota is refused with the quota's words; where there is none, an enormous pod is admitted. */
export const probe: Probe = {
  control: 'resources-quota',
  needs: ['api'],
  run: async (world, result) => {
    const contradictions: Contradiction[] = [];
    const evidence: Evidence[] = [];
    const unasked: string[] = [];
    for (const { subject, verdict } of result.findings) {
      if (subject.kind !== 'Namespace' || verdict === 'not-applicable') continue;
      const inNamespace = (kind: string) =>
        world.cluster.objects.ofKind(kind).filter(({ namespace }) => namespace === subject.name);
      const pod =
        podOverQuota(world.canary.name('quota'), inNamespace('ResourceQuota'), inNamespace('LimitRange')) ??
        enormous(world.canary.name('quota'));
      const path = podsPath(subject.name);
      const { status, message } = await offer(world.caller.self, path, pod);
      const item = { source: `POST ${path}?dryRun=All`, seen: `${status} ${message}`.trim(), wanted: '403 exceeded quota' };
      if (status === 403 && /exceeded quota: /.test(message)) evidence.push(item);
      else if (status === 200)
        contradictions.push({ subject, message: 'the server admits a pod above every quota', evidence: [item] });
      else unasked.push(`${subject.name} (${item.seen})`);
    }
    if (contradictions.length === 0 && unasked.length > 0)
      return notPossible(`the pod did not come to the quota in ${unasked.slice(0, 3).join(', ')}`);
    return settled(contradictions, `a pod above the quota is refused in ${counted(evidence.length, 'namespace')}`, evidence);
  },
};

function enormous(name: string): ReturnType<typeof canaryPod> {
  const amounts = { cpu: '1000000', memory: '1Pi' };
  return canaryPod(name, { containers: [canaryContainer('c', {}, { resources: { requests: amounts, limits: amounts } })] });
}
