import type { Change, Remedy } from '../../../cluster/change.ts';
import { mendingOf, notSeen, serverRemedy } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { rotationChanges } from '../rotation.ts';

/** Rotation by flags; modes by hand, since a server that runs as root makes its files 0600 itself. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  if (at === undefined) return notSeen(finding);
  const { minAge, minBackups, minSize } = context.parameters;
  const wanted = {
    'audit-log-maxage': Number(minAge),
    'audit-log-maxbackup': Number(minBackups),
    'audit-log-maxsize': Number(minSize),
  };
  const format = at.flag('audit-log-format');
  const changes: Change[] = [
    ...rotationChanges(at, wanted),
    ...(format.given && format.value !== 'json' ? at.set('audit-log-format', 'json') : []),
  ];
  const path = at.flag('audit-log-path').value;
  const stays = `modes of a folder are changed by hand: chmod 0700 "$(dirname ${path})"; chmod 0600 ${path}`;
  if (changes.length === 0) return { kind: 'none', why: stays };
  return serverRemedy(
    changes,
    'a log without bounds fills the disk and stops the API server; one that is rotated away too soon is gone when it is needed',
    ['what is older than the bounds is deleted at the next rotation: copy it first where it may be needed'],
    finding.message.includes('may be read by others') ? { stays } : {},
  );
};
