import { expect, it } from 'vitest';
import { answer } from './admission-config.ts';

it('is unknown where a plug-in is configured in a file that is not given', () => {
  const config = (path: string): string =>
    `apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n- name: PodSecurity\n  path: ${path}\n`;
  expect(answer({ config: config('pod-security.yaml'), configPath: '/etc/a/admission.yaml' }, 37)).toEqual({
    unknown: 'the configuration of PodSecurity is in the file /etc/a/pod-security.yaml, which is not given',
  });
  expect(answer({ config: config('""'), configPath: '/etc/a/admission.yaml' }, 37)).toEqual({ result: { accepted: true } });
});
