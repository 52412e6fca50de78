import { describe, expect, it } from 'vitest';
import { parseVersion } from '../../cluster/version.ts';
import { advisoriesFor, isVendorBuild, judgeRelease } from './releases.ts';

const version = (text: string) => parseVersion(text) ?? { major: 0, minor: 0, suffix: '' };
const asked = { now: '2026-11-26T12:00:00Z', maxPatchesBehind: 2, maxTableAgeMs: 90 * 86_400_000, isVendors: false };

describe('judgeRelease', () => {
  it.each([
    ['v1.36.5', 'pass'],
    ['v1.36.3', 'pass'],
    ['v1.36.2', 'fail'],
    ['v1.36.9', 'pass'],
    ['v1.36', 'unknown'],
    ['v1.37', 'pass'],
    ['v1.34.12', 'fail'],
    ['v1.38.0', 'unknown'],
    ['v2.0.0', 'unknown'],
    ['v1.5.1', 'fail'],
  ])('%s is %s', (text, verdict) => {
    expect(judgeRelease(version(text), asked).verdict).toBe(verdict);
  });

  it("leaves a vendor's build past the end of life to the vendor, and compares no patch", () => {
    expect(judgeRelease(version('v1.33.0-eks-1'), { ...asked, isVendors: true }).verdict).toBe('unknown');
    expect(judgeRelease(version('v1.35.0-eks-1'), { ...asked, isVendors: true }).verdict).toBe('pass');
    expect(judgeRelease(version('v1.5.0-eks-1'), { ...asked, isVendors: true }).verdict).toBe('unknown');
  });
});

it('tells a build of a vendor from a pre-release', () => {
  expect(['v1.31.4-eks-2d5f260', 'v1.31.4+k3s1', 'v1.31.4-gke.100'].every((text) => isVendorBuild(version(text)))).toBe(true);
  expect(['v1.31.4', 'v1.37.0-rc.1', 'v1.37.0-alpha.0'].some((text) => isVendorBuild(version(text)))).toBe(false);
});

it('reads the ranges of advisories', () => {
  expect(advisoriesFor('kube-apiserver', version('v1.12.2'))).toContain('CVE-2018-1002105');
  expect(advisoriesFor('kube-apiserver', version('v1.12.3'))).not.toContain('CVE-2018-1002105');
  expect(advisoriesFor('kubelet', version('v1.12.2'))).not.toContain('CVE-2018-1002105');
  expect(advisoriesFor('kube-apiserver', version('v1.12'))).toEqual([]);
});
