import type { Remedy } from '../../cluster/change.ts';
import { kubeletSetting } from '../../cluster/kubelet-configuration.ts';
import { kubeletFields } from '../../cluster/kubelet-fields.ts';
import type { Finding } from '../../results/finding.ts';
import { mendingOf, notSeen } from '../mending.ts';
import type { RemedyContext } from '../remedy.ts';
import type { Wanted } from './mend-kubelet.ts';
import { kubeletChanges } from './mend-kubelet.ts';

/** A remedy of kubelet settings: one node at a time. */
export function kubeletRemedy(
  finding: Finding,
  context: RemedyContext,
  wanted: Wanted,
  why: string,
  risk: readonly string[],
): Remedy {
  const at = mendingOf(finding, context, 'kubelet');
  if (at === undefined) return notSeen(finding);
  if (at.component.seenAs === 'distribution' && at.component.commandLine.arguments.length === 0) {
    const fields = wanted.map(([field, value]) => `${field}: ${String(value)}`).join(', ');
    const where = `only what the kubelet on ${at.host} answers was seen, not the file that it reads: scan that host (--host-root)`;
    return { kind: 'none', why: `${where}, or set ${fields} there by hand and restart it (systemctl restart kubelet)` };
  }
  const flags = wanted.map(([field]) => kubeletFields[field].flag as string);
  const refused = wanted
    .map(([field]) => kubeletSetting(at.component, field, at.minor))
    .find((setting) => setting.kind === 'refused');
  const isOwn = at.flags.errors.some((error) => error.flag !== undefined && flags.includes(error.flag));
  if (refused?.kind === 'refused' && !isOwn)
    return { kind: 'none', why: `the kubelet on ${at.host} does not start at all: ${refused.message}; mend that first` };
  return {
    kind: 'changes',
    by: 'native',
    stage: 'kubelet',
    changes: kubeletChanges(at, context, wanted),
    why,
    sideEffects: [...risk, 'the kubelet restarts, one node at a time: its node is not ready for some seconds, its pods run on'],
  };
}
