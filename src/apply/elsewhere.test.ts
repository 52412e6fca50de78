import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../cluster/json.ts';
import type { ApiClient } from '../collect/live/api-client.ts';
import type { PlanGroup } from '../plan/plan.ts';
import { lookElsewhere } from './elsewhere.ts';

const group: PlanGroup = {
  id: 'g2',
  title: '',
  stage: 'api-server',
  host: 'cp-2',
  restarts: [{ host: 'cp-2', component: 'kube-apiserver' }],
  changes: [
    {
      id: 'g2.c1',
      change: { kind: 'set-flag', host: 'cp-2', component: 'kube-apiserver', flag: 'profiling', value: 'false' },
      controls: [],
      before: { kind: 'none' },
    },
  ],
  files: [],
  controls: [],
  why: [],
  sideEffects: [],
  undo: [],
  alternatives: [],
};

const pod = (words: readonly string[], ready: string): JsonObject => ({
  metadata: { annotations: { 'kubernetes.io/config.mirror': 'abc' } },
  spec: { nodeName: 'cp-2', containers: [{ name: 'kube-apiserver', command: ['kube-apiserver', ...words] }] },
  status: { conditions: [{ type: 'Ready', status: ready }], containerStatuses: [{ name: 'kube-apiserver', containerID: 'c1' }] },
});

/** A client whose server has these pods in kube-system, and no metrics. */
function clientWith(...items: JsonObject[]): ApiClient {
  const asked: Partial<ApiClient> = {
    get: () => Promise.resolve({ status: 200, body: { items } }),
    text: () => Promise.resolve({ status: 403, text: '' }),
  };
  return asked as ApiClient;
}

describe('lookElsewhere', () => {
  it('sees that the other host runs the new flags', async () => {
    expect(await lookElsewhere(clientWith(pod(['--profiling=false'], 'True')), group)).toEqual({ kind: 'changed' });
  });

  it('waits for flags that are missing and for a pod that is not ready', async () => {
    expect(await lookElsewhere(clientWith(pod(['--profiling=true'], 'True')), group)).toMatchObject({ kind: 'unchanged' });
    expect(await lookElsewhere(clientWith(pod(['--profiling=false'], 'False')), group)).toMatchObject({ kind: 'unchanged' });
  });

  it('says that it cannot see a host without mirror pods, and files alone', async () => {
    expect(await lookElsewhere(clientWith(), group)).toMatchObject({ kind: 'unseen' });
    expect(await lookElsewhere(clientWith(), { ...group, changes: [] })).toMatchObject({ kind: 'unseen' });
  });
});
