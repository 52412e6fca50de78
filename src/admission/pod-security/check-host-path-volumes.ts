import type { Check, Violation } from './check.ts';
import { plural, quoted } from './check.ts';
import type { PodView } from './pod-view.ts';
import { member } from './pod-view.ts';

/** No volume is a path of the host (policy/check_hostPathVolumes.go). */
export const hostPathVolumes: Check = {
  id: 'hostPathVolumes',
  level: 'baseline',
  revisions: [{ since: 0, check: hostPaths }],
};

function hostPaths(pod: PodView): Violation | undefined {
  const bad = pod.volumes.filter(({ volume }) => member(volume, 'hostPath') !== undefined);
  if (bad.length === 0) return undefined;
  return {
    reason: 'hostPath volumes',
    detail: `${plural('volume', 'volumes', bad.length)} ${quoted(bad.map(({ name }) => name))}`,
    fields: bad.map(({ index }) => ['spec', 'volumes', index, 'hostPath']),
  };
}
