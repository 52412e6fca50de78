import type { Change, Remedy } from '../../../cluster/change.ts';
import { mendingOf, notSeen } from '../../mending.ts';
import { unmountFile } from '../../pod-mounts.ts';
import type { RemedyFunction } from '../../remedy.ts';

/** The flag goes, then the file; native where it was seen how many users there are and in which groups, else its owner decides. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  if (at === undefined) return notSeen(finding);
  const path = at.flag('token-auth-file').value;
  const file = at.file('token-auth-file');
  const facts = file.kind === 'seen' ? file.facts : undefined;
  const isKnown = facts?.['users'] !== undefined || file.kind === 'missing' || path === '';
  const groups = Array.isArray(facts?.['groups']) ? facts['groups'] : [];
  const users = Number(facts?.['users'] ?? 0);
  const changes: Change[] = [...at.remove('token-auth-file', 'basic-auth-file'), ...unmountFile(at, path)];
  if (path !== '' && file.kind !== 'missing') changes.push(deletion(at.host, file.kind === 'unset' ? path : file.path));
  return {
    kind: 'changes',
    by: isKnown ? 'native' : 'owner',
    stage: 'lock-out',
    changes,
    why: 'a token of the file never expires, and is revoked by a restart of the API server alone',
    sideEffects: [
      `whoever still uses a token of the file is locked out at once: ${who(facts === undefined ? undefined : users, groups)}`,
      `look for the user names (\`cut -d, -f2 ${path === '' ? 'FILE' : path}\`) in the audit log, and give each another credential first`,
    ],
  };
};

function who(users: number | undefined, groups: readonly string[]): string {
  if (users === undefined) return 'its users were not seen';
  const count = `${users} user${users === 1 ? '' : 's'}`;
  return groups.length === 0 ? `${count} without groups` : `${count} in the groups ${groups.join(', ')}`;
}

function deletion(host: string, path: string): Change {
  return {
    kind: 'manual',
    ...(host === '' ? {} : { host }),
    title: 'Destroy the token file, once the API server runs without it',
    commands: [`shred --remove ${path}`],
    done: `${path} is gone`,
  };
}
