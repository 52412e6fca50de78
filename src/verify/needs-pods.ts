import type { Probe } from './probe.ts';
import { notPossible } from './probe.ts';

/** A probe that only running pods could carry out: it says what a person may do instead. */
export function needsPods(control: string, instead: string): Probe {
  return {
    control,
    needs: ['running-pods'],
    run: (world) => {
      const nodes = world.cluster.objects.ofKind('Node').length;
      const why =
        nodes === 0
          ? 'there is no node to run canary pods'
          : 'no pod is started by Bulwark, whose image the nodes would have to pull';
      return Promise.resolve(notPossible(`${why}; by hand: ${instead}`));
    },
  };
}
