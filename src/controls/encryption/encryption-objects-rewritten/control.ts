import { defineControl } from '../../control.ts';
import { perComponent } from '../../per-component.ts';

/** Bytes of etcd are not among the sources that can be read yet: whatever the configuration says, they stay unknown. */
const unseen = 'whether stored values are encrypted can be seen in etcd alone: no etcd endpoint and no snapshot was read';

export const control = defineControl({
  id: 'encryption-objects-rewritten',
  needs: [{ kind: 'etcd-data' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        const flags = ['encryption-provider-config'];
        for (const draft of perComponent(context, { component: 'kube-apiserver', flags: [] }, (view) => ({
          verdict: 'unknown',
          message: unseen,
          evidence: [view.flagEvidence(flags[0] ?? '', 'etcd data beside it')],
        }))) {
          yield draft.evidence.length > 0 ? draft : { ...draft, verdict: 'unknown', message: unseen };
        }
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Rewrite every object through the API (`kubectl get secrets -A -o json | kubectl replace -f -`, or a StorageVersionMigration where the cluster serves it), wait for compaction, defragment etcd; only after a clean scan drop `identity` and retired keys.',
  },
  tradeOffs: [
    'Rewriting loads the API server and sends a watch event for every object.',
    'A reader that is dropped too early makes values unreadable until it is put back.',
  ],
});
