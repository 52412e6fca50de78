// Measures RBAC over 20,000 bindings: decisions a second, beside the literal definition and beside upstream's own authorizer, and who-can.
// node --import tsx bench/rbac.ts   prints rows: what, time, memory, promised; by tabs
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Attributes } from '../src/authorization/attributes.ts';
import { compileAuthorization } from '../src/authorization/chain.ts';
import { nodeAuthorizer } from '../src/authorization/node/node-authorizer.ts';
import { whoCan } from '../src/authorization/questions/who-can.ts';
import { authorizeByDefinition } from '../src/authorization/rbac/definition.ts';
import { readRbacObjects } from '../src/authorization/rbac/objects.ts';
import { authorize } from '../src/authorization/rbac/rbac.ts';
import type { BenchRequest } from './rbac-world.ts';
import { rbacRequests, rbacWorld } from './rbac-world.ts';

const decisions = 1_000_000;
const ofDefinition = 2000;
const testbed = fileURLToPath(new URL('../testbed', import.meta.url));

const manifests = rbacWorld(20_000);
const objects = readRbacObjects(manifests);
const requests = rbacRequests(decisions);
const attributesOf = ({ verb, apiGroup, resource, subresource, namespace, name }: BenchRequest): Attributes => ({
  kind: 'resource',
  verb,
  apiGroup,
  resource,
  subresource,
  namespace,
  name,
});
const asked = requests.map((request) => ({ user: request.user, attributes: attributesOf(request) }));

function row(what: string, time: string, target: string): void {
  console.log([what, time, '', target].join('\t'));
}

function timed<T>(work: () => T): { readonly seconds: number; readonly result: T } {
  const started = performance.now();
  const result = work();
  return { seconds: (performance.now() - started) / 1000, result };
}

const rate = (count: number, seconds: number): string => `${Math.round(count / seconds).toLocaleString('en')} a second`;

const world = { authorizers: [{ type: 'RBAC', name: 'RBAC' }], assumptions: [], node: nodeAuthorizer(undefined, 37), minor: 37 };
const { seconds: compiling, result: compiled } = timed(() => compileAuthorization({ ...world, rbac: objects }));
row('rbac: 20,000 bindings and 3,300 roles made ready', `${compiling.toFixed(2)} s`, '');

/** Allowed ones among the first requests. */
const allowedOf = (count: number): number => {
  let allowed = 0;
  for (let index = 0; index < count; index++) {
    const one = asked[index];
    if (one !== undefined && authorize(compiled.rbac, one.user, one.attributes).kind === 'allow') allowed++;
  }
  return allowed;
};
const first = timed(() => allowedOf(decisions));
const runs = [1, 2, 3].map(() => timed(() => allowedOf(decisions)).seconds).sort((a, b) => a - b);
row('rbac: 1,000,000 distinct decisions on one core, the first time', rate(decisions, first.seconds), '1,000,000 a second');
row('rbac: the same, warm (median of 3)', rate(decisions, runs[1] ?? NaN), '1,000,000 a second');

const plain = timed(() => {
  let allowed = 0;
  for (let at = 0; at < ofDefinition; at++) {
    const one = asked[at * Math.floor(decisions / ofDefinition)];
    if (one !== undefined && authorizeByDefinition(objects, one.user, one.attributes).kind === 'allow') allowed++;
  }
  return allowed;
});
row(`plain: the literal definition, ${ofDefinition.toLocaleString('en')} of them`, rate(ofDefinition, plain.seconds), '');

upstream();

const questions = ['get', 'list', 'create', 'delete'].map((verb) =>
  timed(() =>
    whoCan(
      compiled,
      { kind: 'resource', verb, apiGroup: '', resource: 'secrets', subresource: '', name: '', namespace: 'ns-1' },
      'all',
    ),
  ),
);
const slowest = Math.max(...questions.map(({ seconds }) => seconds));
row(
  `rbac: who-can on secrets in any namespace, ${questions[0]?.result.holders.length ?? 0} holders, slowest of 4`,
  `${(slowest * 1000).toFixed(0)} ms`,
  'under 100 ms',
);

/** Upstream's authorizer over the same objects and requests; it walks every binding of the cluster for every request. */
function upstream(): void {
  const name = 'peer: the RBAC authorizer of Kubernetes 1.37 (Go, one core)';
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-rbac-bench-'));
  try {
    const program = join(folder, 'authorizer');
    const build = spawnSync('go', ['build', '-modfile=v1.37.mod', '-trimpath', '-o', program, './authorizer'], { cwd: testbed });
    if (build.status !== 0) {
      row(name, 'not built: it needs Go', '');
      return;
    }
    const sample = requests.filter((_, index) => index % 50 === 0);
    writeFileSync(join(folder, 'objects.json'), JSON.stringify(manifests));
    writeFileSync(join(folder, 'requests.json'), JSON.stringify(sample));
    const words = [join(folder, 'objects.json'), join(folder, 'requests.json')];
    const text = execFileSync(program, words, { encoding: 'utf8', env: { ...process.env, GOMAXPROCS: '1' } });
    const { seconds, allowed } = JSON.parse(text) as { seconds: number; allowed: number };
    const ours = sample.filter(
      ({ user, ...rest }) => authorize(compiled.rbac, user, attributesOf({ user, ...rest })).kind === 'allow',
    );
    if (ours.length !== allowed) throw new Error(`${ours.length} of ${sample.length} are allowed here, ${allowed} by upstream`);
    row(`${name}, every 50th`, rate(sample.length, seconds), '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
