import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/program.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Report } from '../../src/results/report.ts';
import type { Testbed } from '../../testbed/find.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';
import type { SoftPlane } from './soft-plane.ts';
import { startSoftPlane, treeOf, until } from './soft-plane.ts';
import { canContain } from './supervisor.ts';

// All versions take some ten minutes; the newest alone shows what a change breaks.
const testbeds = findTestbedsForLongTests();

/** Essential controls that no run here can end as `pass`, and why. */
function notShown({ minor }: Testbed): Readonly<Record<string, string>> {
  return {
    'kubelet-anonymous-off': 'needs a node',
    'kubelet-authorization-webhook': 'needs a node',
    'kubelet-readonly-port-off': 'needs a node',
    'network-cni-enforces': 'needs a node that runs a network engine, and pods',
    'network-metadata-blocked': 'applies to nodes of a cloud alone',
    ...(minor < 35 ? { 'apiserver-version-supported': 'the version is no longer supported; no setting changes that' } : {}),
    ...(minor < 30 ? { 'admission-vap-guardrails': 'the version does not have ValidatingAdmissionPolicy v1' } : {}),
  };
}

/** Essential controls that end as `pass` by what was read, and why nothing proves them here. */
const onlyRead: Readonly<Record<string, string>> = {
  'authn-legacy-sa-tokens': 'no probe: the absence of an object',
  'authn-static-token-file-absent': 'no probe: the absence of a flag',
  'apiserver-endpoint-exposure': 'only a probe from outside could show a public address',
  'apiserver-kubelet-mtls': 'needs a node',
  'network-default-deny-egress': 'needs running pods',
  'network-default-deny-ingress': 'needs running pods',
};

describe.skipIf(testbeds.length === 0 || !canContain()).each(testbeds)(
  'from a soft to a hardened API server $version (needs a testbed and mount namespaces)',
  (testbed) => {
    let soft: SoftPlane;
    let files: readonly string[];
    let objects: Readonly<Record<string, unknown>>;
    let runs = 0;

    const path = (name: string): string => join(soft.folder, name);
    const host = (): readonly string[] => ['--host-root', soft.root, '--kubeconfig', soft.operator];
    const carry = (state: string, timeout: string): readonly string[] =>
      `--root ${soft.root} --kubeconfig ${soft.operator} --state ${path(state)} --gate-timeout ${timeout} --yes`.split(' ');

    async function planned(name: string, ...words: string[]): Promise<Plan> {
      const result = await call(['plan', ...host(), ...words, '--out', path(name)]);
      expect(result, result.err).toMatchObject({ code: 0 });
      return JSON.parse(readFileSync(path(`${name}/plan.json`), 'utf8')) as Plan;
    }

    async function applied(name: string): Promise<void> {
      const result = await call(['apply', path(name), ...carry('state', '120s')]);
      expect(result.code, result.out.slice(-1500) + result.err).toBe(0);
      runs++;
    }

    beforeAll(async () => {
      soft = await startSoftPlane(testbed);
      files = treeOf(soft.root);
      objects = await soft.objects();
    });
    afterAll(() => soft?.stop());

    it('plans, rehearses and applies what needs no decision', async () => {
      const plan = await planned('plan');
      expect(plan.groups.flatMap(({ byHand }) => byHand ?? [])).toEqual([]);
      const rehearsed = await call(['sandbox', path('plan'), '--assets', dirname(testbed.apiserver)]);
      expect(rehearsed.code, rehearsed.out + rehearsed.err).toBe(0);
      const starts = soft.supervisor.starts;
      await applied('plan');
      const restarts = plan.groups.filter(({ restarts: own }) => own.length > 0).length;
      expect(soft.supervisor.starts - starts).toBe(restarts);
      expect(soft.supervisor.probeRestarts).toBe(0);
    });

    it('applies what an owner decides, by its name', async () => {
      const former = JSON.parse(readFileSync(path('plan/plan.json'), 'utf8')) as Plan;
      const proposed = new Set(former.kept.filter(({ kind }) => kind === 'proposed').map(({ control }) => control));
      expect([...proposed].sort()).toEqual([
        'authz-cluster-admin-bindings',
        'authz-secrets-read',
        'authz-wildcards',
        'workload-allow-privilege-escalation',
        'workload-capabilities',
        'workload-host-namespaces',
        'workload-privileged',
        'workload-run-as-nonroot',
      ]);
      await planned('owner', '--only', [...proposed].join(','));
      await applied('owner');
    });

    it('raises the labels of namespaces whose workloads now pass, and then has nothing left', async () => {
      await planned('again');
      await applied('again');
      expect((await planned('last')).groups).toEqual([]);
    });

    it('ends with every essential control that it can show', async () => {
      // The testbed is not a day old.
      writeFileSync(path('settings.yaml'), 'parameters:\n  authn-no-system-masters: {window: 1s}\n');
      const log = join(soft.root, 'var/log/kubernetes/audit/audit.log');
      const words = ['--settings', path('settings.yaml'), '--audit-log', log, '-o', `json=${path('verified.json')}`];
      const result = await call(['verify', path('plan'), ...host(), ...words]);
      expect(result.code, result.err).toBe(testbed.minor < 35 ? 1 : 0);
      const report = JSON.parse(readFileSync(path('verified.json'), 'utf8')) as Report;
      const essential = report.controls.filter((control) => control.essential);
      expect(essential.length).toBeGreaterThan(40);
      const without = notShown(testbed);
      // Also told where a list above says too little of what can be shown.
      const shortOf = essential.filter(({ id, verdict, proof }) =>
        Object.hasOwn(without, id)
          ? verdict === 'pass'
          : verdict !== 'pass' || proof !== (Object.hasOwn(onlyRead, id) ? 'read' : 'proved'),
      );
      expect(shortOf.map(({ id, verdict, proof, reason }) => `${id} ${verdict} ${proof}: ${reason}`)).toEqual([]);
    });

    it('lets an ordinary user work', async () => {
      const jane = (...words: string[]): ReturnType<SoftPlane['plane']['kubectl']> =>
        soft.plane.kubectl(['-n', 'shop', ...words], { kubeconfig: soft.jane });
      expect(await jane('get', 'deployments', '-o', 'name')).toMatchObject({
        code: 0,
        stdout: 'deployment.apps/tool\ndeployment.apps/web\n',
      });
      expect(await jane('create', 'configmap', 'prices', '--from-literal=tea=2')).toMatchObject({ code: 0 });
      expect(await jane('get', 'configmap', 'prices', '-o', 'jsonpath={.data.tea}')).toMatchObject({ code: 0, stdout: '2' });
      expect(await jane('delete', 'configmap', 'prices')).toMatchObject({ code: 0 });
      expect((await jane('get', 'secrets')).code).not.toBe(0);
    });

    it('goes back to the byte', async () => {
      for (let index = 0; index < runs; index++) {
        const back = await call(['rollback', ...carry('state', '120s')]);
        expect(back.code, back.out.slice(-1500) + back.err).toBe(0);
      }
      expect(treeOf(soft.root)).toEqual(files);
      // Namespaces of probes go, and what the server makes at its start comes, a while later.
      let now: unknown;
      await until(async () => isDeepStrictEqual((now = await soft.objects()), objects)).catch(() => undefined);
      expect(now).toEqual(objects);
      const read = await soft.plane.kubectl(['-n', 'shop', 'get', 'secret', 'till', '-o', 'jsonpath={.data.word}']);
      expect(Buffer.from(read.stdout, 'base64').toString()).toBe('open sesame');
    });

    it.each([
      ['a cipher that does not exist', 'apiserver-tls', /("flag": "tls-cipher-suites",\s*"value": ")[^"]*/, '$1NO_SUCH_CIPHER'],
      ['a file that is no YAML', 'audit-enabled', /("path": "[^"]*policy.yaml",\s*"text": ")(?:[^"\\]|\\.)*/, '$1rules: ['],
    ])('finds %s in a sandbox, and forced all the same takes it back in time', async (_, control, pattern, by) => {
      await planned('forced', '--only', control);
      const file = path('forced/plan.json');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace(pattern, by));
      expect(readFileSync(file, 'utf8')).not.toBe(text);
      const rehearsed = await call(['sandbox', path('forced'), '--assets', dirname(testbed.apiserver)]);
      expect(rehearsed.code, rehearsed.out + rehearsed.err).toBe(1);
      const began = Date.now();
      const result = await call(['apply', path('forced'), ...carry(`forced-${control}`, '15s')]);
      expect(result.code, result.out + result.err).toBe(3);
      expect(result.err).toContain('was undone');
      // The limit to see that it does not start, and as long to see that the former one does.
      expect(Date.now() - began).toBeLessThan(2 * 15_000 + 20_000);
      expect(treeOf(soft.root)).toEqual(files);
      expect((await soft.plane.request('GET', '/readyz')).status).toBe(200);
    });
  },
);

/** Runs the program in this process and keeps what it prints. */
async function call(words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const catchOut = vi.spyOn(process.stdout, 'write').mockImplementation((text) => (out.push(String(text)), true));
  const catchErr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => (err.push(String(text)), true));
  try {
    process.exitCode = undefined;
    const code = await run(words);
    return { code, out: out.join(''), err: err.join('') };
  } finally {
    catchOut.mockRestore();
    catchErr.mockRestore();
    process.exitCode = undefined;
  }
}
