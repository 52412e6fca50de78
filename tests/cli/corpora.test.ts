import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/results/report.ts';
import { bulwark, now, root } from './bulwark.ts';

const corpora = join(root, '../shared/corpora');

/** What an API server's command line alone can show; without one, none of these may pass. */
const ofServers = [
  'admission-effective-set',
  'admission-noderestriction',
  'admission-psa-cluster-defaults',
  'apiserver-endpoint-exposure',
  'apiserver-kubelet-mtls',
  'audit-enabled',
  'audit-policy-coverage',
  'authn-anonymous-restricted',
  'authn-static-token-file-absent',
  'authz-mode-not-alwaysallow',
  'authz-node-rbac-enabled',
  'encryption-provider-configured',
];

/** What each folder shows to pass, looked at by hand once: nothing else may (a workload control judges what was given, no more). */
const passes: Readonly<Record<string, readonly string[]>> = {
  'control-plane/kelseyhightower+kubernetes-the-hard-way': [
    'apiserver-insecure-port-absent',
    'apiserver-kubelet-mtls',
    'authn-static-token-file-absent',
    'authz-mode-not-alwaysallow',
    'authz-node-rbac-enabled',
    'kubelet-anonymous-off',
    'kubelet-authorization-webhook',
    'kubelet-readonly-port-off',
  ],
};

const folders = ['control-plane', 'applications'].flatMap((area) =>
  existsSync(join(corpora, area)) ? readdirSync(join(corpora, area)).map((name) => `${area}/${name}`) : [],
);

async function scan(folder: string): Promise<{ code: number; stderr: string; report: Report | undefined }> {
  const { code, stdout, stderr } = await bulwark(['scan', join(corpora, folder), '-o', 'json', '--now', now]);
  return { code, stderr, report: stdout === '' ? undefined : (JSON.parse(stdout) as Report) };
}

/** Where a passing finding of this control was seen. */
function seenIn(report: Report, id: string): readonly string[] {
  const findings = report.controls.find((control) => control.id === id)?.findings ?? [];
  return findings.flatMap(({ evidence }) => evidence.map(({ source }) => source));
}

describe.skipIf(folders.length === 0)('real files of public projects (needs ../shared/corpora)', () => {
  it.each(folders)('%s is scanned whole, and nothing passes that was not seen', async (folder) => {
    const { code, stderr, report } = await scan(folder);
    expect(stderr).not.toMatch(/^\s+at /m);
    if (report === undefined) {
      expect(code).toBe(2);
      expect(stderr).toContain('nothing of a cluster could be read');
      return;
    }
    expect([0, 1]).toContain(code);
    const passing = report.controls.filter((control) => control.verdict === 'pass').map((control) => control.id);
    if (report.cluster.controlPlaneHosts === 0) expect(passing.filter((id) => ofServers.includes(id))).toEqual([]);
    for (const id of passing) expect(seenIn(report, id), id).not.toEqual([]);
    if (passes[folder] !== undefined) expect(passing.toSorted()).toEqual(passes[folder]);
  });

  it('shows by file name what each bad example of kubeaudit is made for', async () => {
    const { report } = await scan('applications/Shopify+kubeaudit');
    expect(report?.controls.filter((control) => control.area === 'workload' && control.verdict === 'pass')).toEqual([]);
  });

  it('shows the one bad API server among many of one host', async () => {
    const { report } = await scan('control-plane/kubescape+regolibrary');
    expect(report?.controls.filter(({ area, verdict }) => area === 'authentication' && verdict === 'pass')).toEqual([]);
  });

  it('shows every bad pod of kyverno, whatever other file has its name', async () => {
    const { report } = await scan('applications/kyverno+policies');
    const failing = (id: string): number =>
      report?.controls.find((control) => control.id === id)?.findings.filter(({ verdict }) => verdict === 'fail').length ?? 0;
    expect(failing('workload-host-namespaces')).toBeGreaterThan(5);
    expect(failing('workload-capabilities')).toBeGreaterThan(1000);
  });
});
