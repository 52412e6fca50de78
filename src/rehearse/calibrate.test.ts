import { describe, expect, it } from 'vitest';
import { openAuditStore } from '../audit/store/store.ts';
import type { WriteRow } from '../audit/store/types.ts';
import { compileAuthorization } from '../authorization/chain.ts';
import { nodeAuthorizer } from '../authorization/node/node-authorizer.ts';
import { readRbacObjects } from '../authorization/rbac/objects.ts';
import type { JsonObject } from '../cluster/json.ts';
import { isObject, objectAt, stringAt } from '../cluster/json.ts';
import { Calibrator } from './calibrate.ts';
import { rbacHistory, rbacResources } from './rbac-history.ts';
import type { Calibration } from './rehearsal.ts';

const kinds: Readonly<Record<string, string>> = {
  roles: 'Role',
  clusterroles: 'ClusterRole',
  rolebindings: 'RoleBinding',
  clusterrolebindings: 'ClusterRoleBinding',
};

/** The objects as they are when the log ends. */
function finalState(writes: readonly WriteRow[]): readonly JsonObject[] {
  const state = new Map<string, JsonObject>();
  for (const { attributes, responseObject, requestObject } of writes) {
    const body = objectAt(responseObject ?? requestObject ?? null);
    const name = attributes.name || stringAt(objectAt(body['metadata'])['name']) || '';
    const key = `${attributes.resource} ${attributes.namespace}/${name}`;
    if (attributes.verb === 'delete') state.delete(key);
    else if (isObject(body['metadata'])) state.set(key, { ...body, kind: kinds[attributes.resource] ?? '' });
  }
  return [...state.values()];
}

async function calibrate(minor: number, follow: boolean): Promise<Calibration> {
  const store = await openAuditStore(undefined);
  try {
    await store.load([new URL(`../../tests/golden/audit/raw/all-1.${minor}.jsonl.gz`, import.meta.url).pathname]);
    const writes: WriteRow[] = [];
    for await (const write of store.writes(rbacResources)) writes.push(write);
    const today = finalState(writes);
    const history = rbacHistory(today, writes);
    const world = compileAuthorization({
      authorizers: [
        { type: 'Node', name: 'Node' },
        { type: 'RBAC', name: 'RBAC' },
      ],
      assumptions: [],
      rbac: readRbacObjects(today),
      node: nodeAuthorizer(undefined, minor),
      minor,
    });
    const calibrator = new Calibrator(world, history, follow);
    for await (const row of store.accesses(history.epochs)) calibrator.add(row);
    return calibrator.result();
  } finally {
    store.close();
  }
}

// A server's whole log from its first start on: every object of RBAC that ever was is written in it.
describe.each([
  [31, 853],
  [36, 949],
])('the log of a server of 1.%i', (minor, requests) => {
  it('is reproduced decision by decision where its writes are followed in time', async () => {
    const result = await calibrate(minor, true);
    expect(result).toMatchObject({ requests, reproduced: requests, undecidable: 0, disagreements: [] });
    expect(result.followed).toBeGreaterThan(100);
  });

  it('differs from the final state only where that is newer than the log', async () => {
    const result = await calibrate(minor, false);
    expect(result.requests - result.reproduced).toBe(1);
    expect(result.disagreements.map(({ cause }) => cause)).toEqual(['state newer than the log']);
  });
});
