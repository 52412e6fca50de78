import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assess } from '../assess/assess.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { collect } from '../collect/collect.ts';
import { catalogue } from '../controls/catalogue.ts';
import { defaultSettings } from '../controls/settings.ts';
import { planJsonSchema } from './json-schema.ts';
import { makePlan } from './make-plan.ts';
import type { Plan } from './plan.ts';
import { plannedCluster } from './planned-cluster.ts';
import { readPlan } from './read-plan.ts';
import { planFiles, whyNotWritable, writePlan } from './write-plan.ts';

const root = new URL('../../', import.meta.url).pathname;
const now = '2026-11-26T12:00:00.000Z';
const key = 'S2V5T2ZUaGVUZXN0c1RoYXROb2JvZHlTaGFsbFNlZSE=';

function planOf(cluster: Cluster): Plan {
  const results = assess(cluster, { controls: catalogue, settings: defaultSettings, now });
  return makePlan(cluster, results, {
    controls: catalogue,
    settings: defaultSettings,
    only: [],
    skip: [],
    severity: 'low',
    now,
    random: (bytes) => new Uint8Array(Buffer.from(key, 'base64')).slice(0, bytes),
    toolVersion: '0.1.0',
  });
}

let folder = '';
let cluster: Cluster;
let plan: Plan;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-plan-'));
  cluster = await collect({
    paths: [join(root, 'examples/minikube')],
    hostRoots: [],
    auditLogs: [],
    names: ['examples/minikube'],
  });
  plan = planOf(cluster);
});
afterAll(() => rmSync(folder, { recursive: true }));

function filesBelow(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('a plan of the example', () => {
  it('is empty for the cluster as planned, apart from what a person does by hand', () => {
    const changes = plan.groups.flatMap((group) => group.changes.map(({ change }) => change));
    const again = planOf(plannedCluster(cluster, changes));
    const left = again.groups
      .flatMap((group) => group.changes.map(({ change }) => change))
      .filter(({ kind }) => kind !== 'manual' && kind !== 'rewrite-objects');
    expect(left).toEqual([]);
  });

  it('begins with a backup, restarts each component once, and has what locks out last', () => {
    expect(plan.groups[0]?.changes[0]?.change).toMatchObject({ kind: 'manual', title: 'Back up etcd' });
    const restarts = plan.groups.flatMap((group) => group.restarts.map(({ host, component }) => `${component} ${host}`));
    expect(restarts).toEqual([...new Set(restarts)]);
    const stages = plan.groups.map((group) => group.stage);
    const order = ['prepare', 'objects', 'kubelet', 'api-server', 'after-restart', 'lock-out'];
    expect(stages).toEqual(stages.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
  });

  it('keeps keys in secret/ alone, readable by the owner alone', async () => {
    const out = join(folder, 'keys');
    await writePlan(cluster, plan, out);
    const holding = filesBelow(out).filter((path) => readFileSync(path, 'latin1').includes(key.slice(0, 20)));
    expect(holding.map((path) => path.slice(out.length + 1))).toEqual(['secret/minikube/etc/kubernetes/encryption/config.yaml']);
    for (const path of filesBelow(join(out, 'secret'))) expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    expect(readFileSync(join(out, 'secret/.gitignore'), 'utf8')).toBe('*\n');
  });

  it('is read back as it was, and agrees with its schema', async () => {
    const out = join(folder, 'read');
    await writePlan(cluster, plan, out);
    const reading = await readPlan(out);
    if (reading.kind === 'refused') throw new Error(reading.message);
    expect(reading.plan).toEqual(plan);
    expect(reading.cluster.components.map((component) => component.text)).toEqual(
      cluster.components.map((component) => component.text),
    );
    const stored = JSON.parse(readFileSync(join(out, 'plan.json'), 'utf8')) as unknown;
    const validate = new Ajv2020({ allErrors: true, strict: false }).compile(JSON.parse(planJsonSchema()) as object);
    expect(validate(stored) ? [] : validate.errors).toEqual([]);
    expect(readFileSync(join(root, 'schemas/plan.schema.json'), 'utf8')).toBe(planJsonSchema());
  });

  it('refuses a newer plan, a damaged one, a path out of the folder, and names what is wrong', async () => {
    const out = join(folder, 'bad');
    await writePlan(cluster, plan, out);
    const text = readFileSync(join(out, 'plan.json'), 'utf8');
    const refusal = async (changed: string): Promise<string> => {
      writeFileSync(join(out, 'plan.json'), changed);
      const reading = await readPlan(out);
      return reading.kind === 'refused' ? reading.message : 'read';
    };
    expect(await refusal(text.replace('"formatVersion": 1', '"formatVersion": 2'))).toContain('format version 2');
    expect(await refusal(text.slice(0, 100))).toContain('not JSON');
    expect(await refusal(text.replace('"stage": "prepare"', '"stage": "never"'))).toContain('groups.0.stage');
    expect(await refusal(text.replace('"textFile": "secret/', '"textFile": "../secret/'))).toContain('cannot be read');
    rmSync(join(out, 'plan.json'));
    expect((await readPlan(out)).kind).toBe('refused');
  });

  it('takes the place of a former plan, and of nothing else', async () => {
    const out = join(folder, 'replaced');
    await writePlan(cluster, plan, out);
    writeFileSync(join(out, 'left-over'), 'x');
    expect(whyNotWritable(out)).toBeUndefined();
    await writePlan(cluster, { ...plan, groups: [] }, out);
    expect(existsSync(join(out, 'left-over'))).toBe(false);
    expect(readFileSync(join(out, 'PLAN.md'), 'utf8')).toContain('Nothing is to be changed.');
    const other = join(folder, 'other');
    cpSync(join(root, 'schemas'), other, { recursive: true });
    expect(whyNotWritable(other)).toBe('is not empty and holds no former plan');
    expect(whyNotWritable(join(other, 'plan.schema.json'))).toBe('is a file, not a folder');
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is the same twice, and PLAN.md holds its lines to 100 columns but for differences and headings of tables', () => {
    const first = planFiles(cluster, plan);
    expect(planFiles(cluster, planOf(cluster))).toEqual(first);
    const page = first.find((file) => file.path === 'PLAN.md')?.text ?? '';
    let fenced = false;
    for (const line of page.split('\n')) {
      if (line.startsWith('```')) fenced = !fenced;
      // One word that is longer, an option of a command, cannot be broken.
      else if (!fenced && !line.startsWith('|') && line.trim().includes(' ')) expect(line.length, line).toBeLessThanOrEqual(100);
    }
  });
});
