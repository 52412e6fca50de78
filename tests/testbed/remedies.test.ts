import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assess } from '../../src/assess/assess.ts';
import type { Change } from '../../src/cluster/change.ts';
import type { JsonObject } from '../../src/cluster/json.ts';
import { objectAt } from '../../src/cluster/json.ts';
import { collectLive } from '../../src/collect/live/collect-live.ts';
import { collect } from '../../src/collect/collect.ts';
import { catalogue } from '../../src/controls/catalogue.ts';
import { defaultSettings } from '../../src/controls/settings.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';
import { podWithSocket, refusedByGuardrails, softObjects } from './soft-objects.ts';

const testbeds = findTestbedsForLongTests();
const now = '2026-11-26T12:00:00.000Z';

/** Controls whose subject is an object that the API server shows. */
const controls = catalogue.filter(
  ({ id, area }) =>
    ['authorization', 'workload', 'network', 'resources'].includes(area) ||
    ['authn-legacy-sa-tokens', 'admission-psa-namespace-labels', 'admission-vap-guardrails'].includes(id),
);
const owners = controls.filter(({ remedy }) => remedy.kind === 'owner').map(({ id }) => id);

async function planFor(plane: ControlPlane, only: readonly string[]): Promise<Plan> {
  const cluster = await collect({
    paths: [],
    hostRoots: [],
    auditLogs: [],
    names: ['live'],
    parts: [await collectLive({ kubeconfig: plane.kubeconfig })],
  });
  const results = assess(cluster, { controls, settings: defaultSettings, now });
  const random = (bytes: number): Uint8Array => new Uint8Array(bytes);
  return makePlan(cluster, results, {
    controls,
    settings: defaultSettings,
    only,
    skip: [],
    severity: 'low',
    now,
    random,
    toolVersion: '0',
  });
}

function objectChanges(plan: Plan): readonly Change[] {
  return plan.groups.flatMap(({ changes }) => changes.map(({ change }) => change)).filter(({ kind }) => kind.endsWith('-object'));
}

/** Makes the changes of a plan as `apply` sends them: server-side apply, patch, delete. Returns what the server refused. */
async function make(plane: ControlPlane, changes: readonly Change[], dryRun: boolean): Promise<readonly string[]> {
  const refused: string[] = [];
  const dry = dryRun ? ['--dry-run=server'] : [];
  for (const change of changes) {
    const { args, stdin } = commandOf(change);
    const { code, stdout, stderr } = await plane.kubectl([...args, ...dry], stdin === undefined ? {} : { stdin });
    if (code !== 0) refused.push(`${args.join(' ')} ${stdin ?? ''}: ${stdout}${stderr}`);
  }
  return refused;
}

function commandOf(change: Change): { readonly args: readonly string[]; readonly stdin?: string } {
  if (change.kind === 'apply-object')
    return {
      args: ['apply', '--server-side', '--field-manager=bulwark', '--validate=strict', '-f', '-'],
      stdin: JSON.stringify(change.object),
    };
  if (change.kind !== 'patch-object' && change.kind !== 'delete-object')
    throw new Error(`${change.kind} is no change of an object`);
  const { kind, name, namespace, apiVersion } = change.object;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const resource = group === '' ? kind : `${kind}.${version ?? ''}.${group ?? ''}`;
  const where = namespace === undefined ? [] : ['-n', namespace];
  if (change.kind === 'delete-object') return { args: ['delete', resource, name, ...where, '--wait=false'] };
  const type = change.strategic === true ? 'strategic' : 'merge';
  return { args: ['patch', resource, name, ...where, `--type=${type}`, '-p', JSON.stringify(change.patch)] };
}

describe.skipIf(testbeds.length === 0)('remedies of objects (needs a testbed: node testbed/build.mjs)', () => {
  describe.each(testbeds)('on $version', (testbed) => {
    let plane: ControlPlane;

    beforeAll(async () => {
      plane = await startControlPlane(testbed, { flags: { 'allow-privileged': 'true' } });
      const { code, stderr } = await plane.kubectl(['apply', '--server-side', '-f', '-'], { stdin: JSON.stringify(softObjects) });
      expect(code, stderr).toBe(0);
    });
    afterAll(() => plane.stop());

    it('are taken by the server, the second time there is nothing to do, and no value of a variable is lost', async () => {
      // What the owner names comes second; the third plan finds nothing left that the second made possible.
      for (const only of [[], owners, []]) {
        const plan = await planFor(plane, only);
        const changes = objectChanges(plan);
        // What stands alone is rehearsed as `apply` does; what another change makes first is not there in a dry run.
        expect(
          await make(
            plane,
            changes.filter(({ kind }) => kind === 'patch-object' || kind === 'delete-object'),
            true,
          ),
        ).toEqual([]);
        expect(await make(plane, changes, false)).toEqual([]);
        const again = await planFor(plane, only);
        expect(objectChanges(again)).toEqual([]);
      }
      const last = await planFor(plane, []);
      const { body } = await plane.request('GET', '/apis/apps/v1/namespaces/shop/deployments/front');
      const template = objectAt(objectAt(objectAt(body as JsonObject)['spec'])['template']);
      expect(JSON.stringify(template)).toContain('marker-variable');
      expect(JSON.stringify(template)).not.toContain('redacted');
      console.log(
        `${testbed.version}: what stays\n${[...new Set(last.kept.map(({ control, subject, kind, why }) => `${control} ${subject}: ${kind} ${why}`))].join('\n')}`,
      );
    }, 300_000);

    it.skipIf(testbed.minor < 30)('leave guardrails that refuse what they say, and nothing of system namespaces', async () => {
      const dryRun = async (object: object): Promise<string> =>
        (await plane.kubectl(['create', '--dry-run=server', '-f', '-'], { stdin: JSON.stringify(object) })).stderr;
      for (const [policy, object] of Object.entries(refusedByGuardrails)) expect(await dryRun(object)).toContain(`'${policy}'`);
      await plane.kubectl(['create', 'namespace', 'lax']);
      await plane.kubectl(['create', 'serviceaccount', 'default', '-n', 'lax']);
      expect(await dryRun(podWithSocket)).toContain("'bulwark-runtime-sockets'");
      const inSystem = { ...podWithSocket, metadata: { name: 'steers', namespace: 'kube-system' } };
      expect(await dryRun(inSystem)).not.toContain('bulwark-');
      const plain = {
        ...podWithSocket,
        spec: { ...podWithSocket.spec, volumes: [{ name: 'run', hostPath: { path: '/var/runner' } }] },
      };
      expect(await dryRun(plain)).not.toContain('bulwark-');
    });
  });
});
