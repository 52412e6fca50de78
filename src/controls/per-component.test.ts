import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import { judge } from './fixtures/judge-fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulwark-components-'));
afterAll(() => rmSync(folder, { recursive: true }));

const controls = catalogue.filter((control) =>
  [
    'authn-anonymous-restricted',
    'authn-static-token-file-absent',
    'authz-mode-not-alwaysallow',
    'authz-node-rbac-enabled',
  ].includes(control.id),
);

function manifest(command: readonly string[], args: readonly string[]): string {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'kube-apiserver', namespace: 'kube-system' },
    spec: {
      hostNetwork: true,
      containers: [{ name: 'kube-apiserver', image: 'registry.k8s.io/kube-apiserver:v1.31.14', command, args }],
    },
  };
  return JSON.stringify(pod);
}

async function verdicts(command: readonly string[], args: readonly string[] = []) {
  const path = join(folder, 'kube-apiserver.json');
  writeFileSync(path, manifest(command, args));
  const results = [];
  for (const control of controls) results.push(await judge(control, path));
  return results.map(({ id, verdict, reason }) => ({ id, verdict, reason }));
}

describe('perComponent', () => {
  it('says on every control that the component does not start, and fails only the one that looks at the flag', async () => {
    const good = ['--anonymous-auth=false', '--authorization-mode=Node,RBAC'];
    const results = await verdicts(['kube-apiserver', ...good, '--no-such-flag=1']);
    expect(results.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass', 'pass']);
    for (const { reason } of results) expect(reason).toContain('kube-apiserver does not start: unknown flag: --no-such-flag');
    const split = await verdicts(['kube-apiserver', '--authorization-mode=Node,RBAC', '--anonymous-auth', 'false']);
    expect(split.map(({ verdict }) => verdict)).toEqual(['fail', 'pass', 'pass', 'pass']);
  });

  it('judges the same whatever the order and the style of the flags', async () => {
    const flag = fc.constantFrom(
      ['anonymous-auth', 'false'],
      ['anonymous-auth', 'true'],
      ['authorization-mode', 'Node,RBAC'],
      ['authorization-mode', 'AlwaysAllow'],
      ['token-auth-file', '/etc/kubernetes/tokens.csv'],
      ['profiling', 'false'],
      ['service-account-issuer', 'https://issuer.example.com'],
    );
    const flags = fc.uniqueArray(flag, { selector: ([name]) => name ?? '' });
    await fc.assert(
      fc.asyncProperty(
        flags,
        fc.array(fc.nat(2), { minLength: 7, maxLength: 7 }),
        fc.boolean(),
        async (given, styles, inArgs) => {
          const plain = given.map(([name, value]) => `--${name}=${value}`);
          const styled = given.toReversed().flatMap(([name = '', value = ''], index) => {
            const isBoolean = value === 'true' || value === 'false';
            if (styles[index] === 0 && !isBoolean) return [`--${name}`, value];
            return styles[index] === 1 ? [`--${name.replaceAll('-', '_')}=${value}`] : [`--${name}=${value}`];
          });
          const expected = (await verdicts(['kube-apiserver', ...plain])).map(({ verdict }) => verdict);
          const command = ['kube-apiserver', ...(inArgs ? [] : styled)];
          const actual = (await verdicts(command, inArgs ? styled : [])).map(({ verdict }) => verdict);
          expect(actual).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});
