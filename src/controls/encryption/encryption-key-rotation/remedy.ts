import type { Remedy } from '../../../cluster/change.ts';
import { mendingOf, notSeen, serverRemedy } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { reloadFlag } from '../encryption-file.ts';

/** Reload by the flag; a key is rotated by `bulwark encryption rotate`, which asks for a backup and verifies each step. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  if (at === undefined) return notSeen(finding);
  const changes = at.set(reloadFlag, 'true');
  const rotate =
    'keys are rotated, files of several servers made the same, and what is mounted alone is mended with `bulwark encryption rotate` and by hand, never by a plan';
  const isReloadAlone = /^a new key needs a restart[^;]*$/.test(finding.message);
  if (changes.length === 0) return { kind: 'none', why: rotate };
  return serverRemedy(
    changes,
    'a rotation that needs a restart of every API server four times is one that nobody does',
    ['with automatic reload the health of all KMS plug-ins is one check, no longer one each'],
    isReloadAlone ? {} : { stays: rotate },
  );
};
