import type { Change, Remedy } from '../../../cluster/change.ts';
import { parseGroupResource } from '../../../encryption/configuration.ts';
import type { RemedyFunction } from '../../remedy.ts';

/** Every stored object of the resource is written once more; compaction and defragmentation then take the former bytes away. */
export const remedy: RemedyFunction = (finding): Remedy => {
  const { group, resource } = parseGroupResource(finding.subject.name);
  const rewrite: Change = { kind: 'rewrite-objects', resource, apiGroup: group };
  const compact: Change = {
    kind: 'manual',
    title: `Take the superseded revisions of ${finding.subject.name} out of etcd, one member after the other`,
    commands: [
      'etcdctl compact "$(etcdctl endpoint status --write-out=json | grep -o \'"revision":[0-9]*\' | head -1 | cut -d: -f2)"',
      'etcdctl defrag',
      'bulwark scan --only encryption-objects-rewritten SNAPSHOT',
    ],
    done: 'a scan of a fresh snapshot finds no plaintext in current values, superseded revisions and free pages',
  };
  return {
    kind: 'changes',
    by: 'native',
    stage: 'after-restart',
    // What is superseded or free already is not reached by rewriting.
    changes: finding.subject.kind === 'resource' ? [rewrite, compact] : [compact],
    ...(finding.verdict === 'fail' ? { stays: 'only a snapshot that is taken afterwards shows what is left' } : {}),
    why: 'what was stored before encryption was on, or under a former key, stays so until it is written again',
    sideEffects: [
      'load on the API server and a watch event for every object; a policy that refuses an old object stops the rewriting there',
      'snapshots and backups from before hold the plaintext on: destroy them, or keep them as the secrets that they are',
      'identity and retired keys stay readers until a clean scan: a reader that is dropped too early makes values unreadable',
    ],
  };
};
