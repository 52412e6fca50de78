import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bulwark, folderWith, root } from './bulwark.ts';

const dashboard = 'system:serviceaccount:kubernetes-dashboard:kubernetes-dashboard';
let folder: ReturnType<typeof folderWith>;
const rbac = (...words: readonly string[]): ReturnType<typeof bulwark> => bulwark(['rbac', ...words], { cwd: folder.path });
const from = ['--from', 'minikube'];

beforeAll(() => {
  folder = folderWith({
    'nothing.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
    'hooked/etc/kubernetes/manifests/kube-apiserver.yaml':
      'apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver, namespace: kube-system}\nspec: {containers: [{name: kube-apiserver, image: "a:v1.34.0", command: [kube-apiserver, --authorization-mode=Webhook, --authorization-mode=RBAC]}]}\n',
  });
  cpSync(join(root, 'examples/minikube'), join(folder.path, 'minikube'), { recursive: true });
});
afterAll(() => folder.remove());

describe('bulwark rbac', () => {
  it('lists who can, with binding, role and rule', async () => {
    const { code, stdout } = await rbac('who-can', 'list', 'secrets', '-n', 'demo', ...from);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'ServiceAccount kubernetes-dashboard/kubernetes-dashboard\n  by ClusterRoleBinding kubernetes-dashboard of ClusterRole cluster-admin,\n    rule 1: * on *.*',
    );
    expect(stdout).toContain('Group system:masters: the API server allows it everything');
    const json = JSON.parse((await rbac('who-can', 'list', 'secrets', '-n', 'demo', ...from, '-o', 'json')).stdout) as {
      holders: readonly { subject: unknown }[];
    };
    expect(json.holders).toContainEqual(
      expect.objectContaining({ subject: { kind: 'ServiceAccount', namespace: 'kube-system', name: 'default' } }),
    );
  });

  it('answers yes with the chain, no with 1', async () => {
    const yes = await rbac('can-i', 'list', 'secrets', '--as', dashboard, '-n', 'demo', ...from);
    expect(yes.code).toBe(0);
    expect(yes.stdout).toMatch(/^yes system:serviceaccount:/);
    expect(yes.stdout).toContain('by ClusterRoleBinding kubernetes-dashboard');
    const no = await rbac('can-i', 'get', '/metrics', '--as', 'bob', ...from, '-o', 'json');
    expect(no.code).toBe(1);
    expect(JSON.parse(no.stdout)).toMatchObject({ answer: 'no', reason: '' });
    const master = await rbac('can-i', 'delete', 'nodes', '--as', 'x', '--as-group', 'system:masters', ...from);
    expect(master).toMatchObject({ code: 0 });
    expect(master.stdout).toContain('whatever RBAC says');
  });

  it('does not know what a webhook decides', async () => {
    const { code, stdout } = await rbac(
      ...'can-i list secrets --from minikube/objects --host-root hooked --as'.split(' '),
      dashboard,
    );
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringMatching(/^unknown/) as string });
  });

  it('lists rights by scope', async () => {
    const { code, stdout } = await rbac('list', '--as', dashboard, ...from);
    expect(code).toBe(0);
    expect(stdout).toContain('IN THE WHOLE CLUSTER\n  * on *.*\n    by ClusterRoleBinding kubernetes-dashboard');
  });

  it('compares two clusters', async () => {
    cpSync(join(root, 'examples/minikube'), join(folder.path, 'later'), { recursive: true });
    writeFileSync(
      join(folder.path, 'later/more.yaml'),
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: bob}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:basic-user}\nsubjects: [{kind: User, name: bob}]\n',
    );
    const { code, stdout } = await rbac('diff', 'minikube', 'later');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^\+ User bob gained in the whole cluster\n {4}create on selfsubject/);
    expect(await rbac('diff', 'minikube', 'minikube')).toMatchObject({ code: 0, stdout: 'nobody gains or loses a right\n' });
  });

  it('refuses what it cannot use', async () => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['who-can', 'get', 'secrets', '--from', 'nothing.yaml'], 'no roles and bindings were read'],
      [['who-can', 'get', 'gizmos', ...from], 'no API group is known for `gizmos`'],
      [['who-can', 'get', 'pods', '-n', 'a', '-A', ...from], 'exclude each other'],
      [['can-i', 'get', 'pods', ...from], '--as'],
    ];
    for (const [words, text] of cases) {
      const { code, stderr } = await rbac(...words);
      expect(code, words.join(' ')).toBe(2);
      expect(stderr, words.join(' ')).toContain(text);
    }
  });
});
