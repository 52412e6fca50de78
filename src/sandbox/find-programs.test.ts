import { chmodSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findPrograms } from './find-programs.ts';

const root = mkdtempSync(join(tmpdir(), 'bulwark-programs-'));

function folder(name: string, programs: readonly string[], version = 'Kubernetes v1.31.4'): string {
  const dir = join(root, name);
  mkdirSync(dir);
  for (const program of programs) {
    writeFileSync(join(dir, program), `#!/bin/sh\necho ${version}\n`);
    chmodSync(join(dir, program), 0o755);
  }
  return dir;
}

describe('finding kube-apiserver and etcd', () => {
  afterAll(() => rmSync(root, { recursive: true }));

  const both = folder('both', ['kube-apiserver', 'etcd']);
  const half = folder('half', ['etcd']);
  const other = folder('other', ['kube-apiserver'], 'Kubernetes v1.28.1');
  const silent = folder('silent', ['kube-apiserver', 'etcd'], 'hello');
  const versionIn = (assets: string | undefined, environment: Record<string, string>): string => {
    const found = findPrograms(assets, environment);
    return found.kind === 'found' ? found.programs.version : found.message;
  };

  it('looks into --assets alone, then KUBEBUILDER_ASSETS, then PATH', () => {
    expect(versionIn(both, { PATH: '' })).toBe('1.31.4');
    expect(versionIn(half, { PATH: both })).toContain('no kube-apiserver and etcd in');
    expect(versionIn(undefined, { KUBEBUILDER_ASSETS: both, PATH: `${other}:${half}` })).toBe('1.31.4');
    expect(versionIn(undefined, { KUBEBUILDER_ASSETS: half, PATH: `${other}:${half}` })).toBe('1.28.1');
    expect(versionIn(undefined, {})).toContain('no kube-apiserver and etcd in $PATH');
  });

  it('refuses a server that does not say its version', () => {
    expect(versionIn(silent, {})).toContain('does not say its version');
  });
});
