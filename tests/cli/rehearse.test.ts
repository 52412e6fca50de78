import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rehearsal } from '../../src/rehearse/rehearsal.ts';
import { bulwark, folderWith, now, root } from './bulwark.ts';

const rbac = 'rbac.authorization.k8s.io';
const objects = `apiVersion: v1
kind: Namespace
metadata: {name: web}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: app, namespace: web}
---
apiVersion: ${rbac}/v1
kind: ClusterRole
metadata: {name: everything}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
---
apiVersion: ${rbac}/v1
kind: ClusterRoleBinding
metadata: {name: guests}
roleRef: {apiGroup: ${rbac}, kind: ClusterRole, name: everything}
subjects:
- {apiGroup: ${rbac}, kind: Group, name: "system:unauthenticated"}
- {kind: ServiceAccount, name: app, namespace: web}
`;
const event = (id: number): string =>
  JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: `guest-${id}`,
    stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/web/configmaps/public',
    verb: 'get',
    user: { username: 'system:anonymous', groups: ['system:unauthenticated'] },
    sourceIPs: ['192.0.2.7'],
    userAgent: 'curl/8.0',
    objectRef: { resource: 'configmaps', namespace: 'web', name: 'public', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: `2026-11-26T10:00:0${id}.000000Z`,
    stageTimestamp: `2026-11-26T10:00:0${id}.000000Z`,
    annotations: {
      'authorization.k8s.io/decision': 'allow',
      'authorization.k8s.io/reason':
        'RBAC: allowed by ClusterRoleBinding "guests" of ClusterRole "everything" to Group "system:unauthenticated"',
    },
  });

let folder: ReturnType<typeof folderWith>;
const run = (...words: readonly string[]): ReturnType<typeof bulwark> => bulwark(words, { cwd: folder.path });
const read = (name: string): string => readFileSync(join(folder.path, name), 'utf8');

beforeAll(async () => {
  folder = folderWith({ 'objects.yaml': objects, 'audit.log': `${event(0)}\n${event(1)}\n{"kind":"Event","apiV` });
  const only = ['--only', 'authz-unauthenticated-bindings', '--now', now];
  const planned = await run('plan', 'objects.yaml', ...only, '--out', 'plan');
  expect(planned.code, planned.stderr).toBe(0);
});
afterAll(() => folder.remove());

describe('bulwark rehearse', () => {
  it('says who would be refused, and ends with 0', async () => {
    const { code, stdout, stderr } = await run('rehearse', 'plan', '--audit-log', 'audit.log');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('WOULD BREAK (1)');
    expect(stdout).toContain('get configmaps public in web');
    expect(stdout).toContain("today's world gives 100 % of 2 recorded decisions");
    expect(stderr).toContain('the last event is cut off');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('writes several formats, and a store that answers again', async () => {
    const files = ['-o', 'json=r.json', '-o', 'html=r.html', '-o', 'text=r.txt', '--store', 'events.duckdb'];
    const first = await run('rehearse', 'plan', '--audit-log', 'audit.log', ...files);
    expect(first, first.stderr).toMatchObject({ code: 0, stdout: '' });
    const { differences } = JSON.parse(read('r.json')) as Rehearsal;
    expect(differences.map(({ kind, requests }) => [kind, requests])).toEqual([['refused', 2]]);
    expect(read('r.html')).toContain('guest-0');
    const again = await run('rehearse', 'plan', '--store', 'events.duckdb', '-o', 'json');
    expect((JSON.parse(again.stdout) as Rehearsal).differences).toEqual(differences);
  });

  it('writes a plan that keeps a difference, which can be rehearsed again', async () => {
    const shown = await run('rehearse', 'plan', '--audit-log', 'audit.log', '-o', 'json');
    const id = (JSON.parse(shown.stdout) as Rehearsal).differences[0]?.id ?? '';
    const kept = await run('rehearse', 'plan', '--audit-log', 'audit.log', '--keep', id, '--out', 'kept');
    expect(kept.code, kept.stderr).toBe(0);
    expect(kept.stderr).toContain(`wrote kept: ${id} kept`);
    expect(kept.stdout).toContain('nothing that the log or the workloads show');
    expect(read('kept/PLAN.md')).toContain(id);
    const again = await run('rehearse', 'kept', '--audit-log', 'audit.log', '-o', 'json');
    expect((JSON.parse(again.stdout) as Rehearsal).differences).toEqual([]);
  });

  it('refuses what it cannot use, and says what it expects', async () => {
    const log = ['--audit-log', 'audit.log'];
    const refusals: readonly (readonly [readonly string[], string])[] = [
      [['plan'], 'no audit log is given'],
      [['nowhere', ...log], 'no plan'],
      [['plan', ...log, '--keep', 'ffffffff', '--out', 'k'], 'no difference of this plan has that id'],
      [['plan', ...log, '--keep', 'ffffffff'], '--out DIR is missing'],
      [['plan', ...log, '--out', 'k'], 'name the differences to keep'],
      [['plan', ...log, '-o', 'sarif'], 'expected one of text, json, html'],
      [['plan', '--audit-log', 'objects.yaml'], 'no audit event could be read'],
    ];
    for (const [words, text] of refusals) {
      const { code, stderr, stdout } = await run('rehearse', ...words);
      expect({ code, stdout }, words.join(' ')).toEqual({ code: 2, stdout: '' });
      expect(stderr, words.join(' ')).toContain(text);
    }
  });

  it("takes today's world from sources, where they are given", async () => {
    writeFileSync(join(folder.path, 'other.yaml'), objects.replace('name: app, namespace: web}', 'name: other, namespace: web}'));
    const { code, stdout } = await run('rehearse', 'plan', 'other.yaml', '--audit-log', 'audit.log', '-o', 'json');
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Rehearsal).differences).toHaveLength(1);
  });

  it('rehearses the plan of the example', async () => {
    const planned = await run('plan', join(root, 'examples/minikube'), '--now', now, '--out', 'minikube');
    expect(planned.code, planned.stderr).toBe(0);
    const { code, stdout } = await run('rehearse', 'minikube', '--audit-log', join(root, 'examples/minikube/audit'));
    expect(code).toBe(0);
    expect(stdout).toContain('100 % of 37 recorded decisions');
  });
});
