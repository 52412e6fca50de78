import { readFileSync } from 'node:fs';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import type { Gate, GateResult } from '../../src/apply/gate/gate.ts';
import { createJournal, listRuns, openJournal } from '../../src/apply/journal.ts';
import { takeLock } from '../../src/apply/lock.ts';
import { makeWorld, openClient } from '../../src/apply/make-world.ts';
import { rollBack } from '../../src/apply/roll-back.ts';
import type { Plan } from '../../src/plan/plan.ts';

/** What the parent asks of this process. */
export interface ChildOrder {
  readonly mode: 'apply' | 'resume' | 'rollback';
  readonly root: string;
  readonly state: string;
  readonly kubeconfig: string;
  readonly plan: Plan;
  /** Ends the process with SIGKILL when it reaches this step. */
  readonly stopAt?: number;
  /** A group whose gate fails. */
  readonly failing?: string;
}

/** A gate that sees nothing but what the test says. */
function testGate(failing: string | undefined, current: () => string): Gate {
  const health = { user: null, readyNodes: null, readyPods: null };
  return {
    baseline: () => Promise.resolve({ at: '2026-11-26T00:00:00Z', health, servers: [], failures: null }),
    check: (_, baseline): Promise<GateResult> =>
      Promise.resolve(
        failing !== undefined && current() === failing && baseline.failures === null
          ? { kind: 'failed', why: ['the test says so'], served: false }
          : { kind: 'passed', notes: [] },
      ),
  };
}

async function main(): Promise<void> {
  const order = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ChildOrder;
  const names: string[] = [];
  const step = (name: string): void => {
    names.push(name);
    if (names.length === order.stopAt) process.kill(process.pid, 'SIGKILL');
  };
  const lock = takeLock(order.state, 'test', new Date().toISOString(), { takeOver: true, say: () => undefined });
  const runs = listRuns(order.state);
  const journal =
    order.mode === 'apply' || runs.length === 0
      ? await createJournal(
          order.state,
          { run: `run-${Date.now()}`, plan: '', planSha256: '', host: 'cp-1', root: order.root, at: '' },
          step,
        )
      : openJournal(order.state, runs.at(-1)?.run ?? '', step);
  const client = await openClient({ kubeconfig: order.kubeconfig });
  let undoing = false;
  const world = {
    ...makeWorld(client, journal, {
      root: order.root,
      host: 'cp-1',
      gate: { timeoutMs: 1000, intervalMs: 10, settleMs: 0 },
      step,
      say: () => undefined,
      progress: () => undefined,
      confirm: () => Promise.resolve(true),
      cluster: undefined as unknown as Cluster,
    }),
    gate: testGate(order.failing, () => {
      const last = journal.records.findLast((record) => record.kind === 'group' || record.kind === 'undo');
      undoing = last?.kind === 'undo';
      return undoing || last === undefined || !('group' in last) ? '' : last.group;
    }),
  };
  const end =
    order.mode === 'rollback'
      ? await rollBack(world)
      : await applyPlan(world, order.plan, { commandFor: () => '', wait: { timeoutMs: 0, intervalMs: 1 } });
  journal.close();
  lock.release();
  await client.close();
  process.stdout.write(JSON.stringify({ end, steps: names.length, names }));
}

await main();
