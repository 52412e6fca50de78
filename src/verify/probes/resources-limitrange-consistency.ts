import { counted } from '../counted.ts';
import { offeredTemplates, podsPath } from '../offered-template.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { notPossible, settled } from '../probe.ts';

/** What LimitRanger, validation after its defaults, and quotas say. */
const limitsSpoke =
  /must be less than or equal to (?:cpu|memory|ephemeral-storage) limit|(?:minimum|maximum) \S+ usage per|max limit to request ratio per|failed quota: .*must specify|exceeded quota: /;

/** The pod of every workload's template, offered as its controller would: no LimitRange or quota refuses it. */
export const probe: Probe = {
  control: 'resources-limitrange-consistency',
  needs: ['api'],
  run: async (world) => {
    const contradictions: Contradiction[] = [];
    const offered = await offeredTemplates(world);
    if (offered.length === 0) return notPossible('the server holds no workload whose pod could be offered');
    for (const { workload, answer } of offered) {
      if (answer.status === 200 || !limitsSpoke.test(answer.message)) continue;
      // A quota that is used up by what runs is its size, no contradiction.
      if (/exceeded quota: /.test(answer.message)) continue;
      const { kind, name } = workload.object;
      const seen = `${answer.status} ${answer.message}`;
      const item = { source: `POST ${podsPath(workload.namespace)}?dryRun=All`, seen, wanted: 'admitted' };
      contradictions.push({
        subject: { kind, name, namespace: workload.namespace },
        message: `the server refuses its pod: ${answer.message}`,
        evidence: [item],
      });
    }
    const refused = offered.filter(({ answer }) => answer.status !== 200).length;
    const but = refused === 0 ? '' : `; ${refused} are refused for other reasons`;
    return settled(
      contradictions,
      `the pods of ${counted(offered.length, 'template')} were offered: no LimitRange or quota contradicts them${but}`,
      [],
    );
  },
};
