import { counted } from '../counted.ts';
import { formatSubject } from '../../results/finding.ts';
import { hasTokenVolume, offeredTemplates, podsPath } from '../offered-template.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { contradicted, notPossible, proved } from '../probe.ts';

/** The pod that the server would make of a template that must not mount a token has no token volume. */
export const probe: Probe = {
  control: 'workload-sa-automount',
  needs: ['api'],
  run: async (world, result) => {
    const contradictions: Contradiction[] = [];
    const unasked: string[] = [];
    let asked = 0;
    const offered = await offeredTemplates(world);
    for (const { subject, verdict, message, evidence } of result.findings) {
      const found = offered.find(
        ({ workload: { object, namespace } }) =>
          object.kind === subject.kind && object.name === subject.name && namespace === subject.namespace,
      );
      if (found === undefined || found.answer.status !== 200) {
        const why = found === undefined ? 'not offered' : `${found.answer.status} ${found.answer.message}`;
        unasked.push(`${formatSubject(subject)} (${why})`);
        continue;
      }
      asked++;
      const mounted = hasTokenVolume(found.answer.body);
      // A token that is used may be mounted: the control says which.
      if (verdict === 'fail' && mounted)
        contradictions.push({ subject, message: `the server mounts a token: ${message}`, evidence });
      else if (verdict === 'pass' && mounted && message === 'no token is mounted')
        contradictions.push({
          subject,
          message: 'the server mounts a token into the pod of this template',
          evidence: [{ source: `POST ${podsPath(found.workload.namespace)}?dryRun=All`, seen: 'a volume kube-api-access-…' }],
        });
    }
    const [first, ...more] = contradictions;
    if (first !== undefined) return contradicted([first, ...more]);
    if (unasked.length > 0) return notPossible(`the server does not admit the pod of ${unasked.slice(0, 3).join(', ')}`);
    return proved(
      `the pods of ${counted(asked, 'template')} were offered: none gets a token that the control does not allow`,
      [],
    );
  },
};
