import { describe, expect, it } from 'vitest';
import type { Component, HostFile } from '../cluster/component.ts';
import { placeOfFailure } from './failure-place.ts';

function server(words: readonly string[], files: readonly HostFile[] = []): Component {
  const places = words.map((text, index) => ({ text, place: { source: 'm.yaml', line: index + 1 } }));
  return {
    name: 'kube-apiserver',
    host: '',
    seenAs: 'static-pod',
    commandLine: { arguments: places },
    document: { value: {}, source: 'm.yaml' },
    files: new Map(files.map((file) => [file.path, file])),
    environment: new Map(),
    running: false,
  };
}

function policy(text: string): HostFile {
  return { kind: 'seen', path: '/a/policy.yaml', source: 'host/a/policy.yaml', text };
}

describe('the place of a refusal to start', () => {
  it('is the word that the flag parser refuses', () => {
    const words = ['--profiling=false', '--secure-port=x'];
    const message = 'invalid argument "x" for "--secure-port" flag: strconv.ParseInt: parsing "x": invalid syntax';
    expect(placeOfFailure(message, server(words), 31)?.line).toBe(2);
  });

  it('is the line of the file that its loader refuses', () => {
    const text = 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Everything\n';
    const place = placeOfFailure(
      'loading audit policy file: …',
      server(['--audit-policy-file=/a/policy.yaml'], [policy(text)]),
      31,
    );
    expect(place).toMatchObject({ source: 'host/a/policy.yaml', line: 4 });
  });

  it('is the flag whose file, name or value the message names', () => {
    const missing: HostFile = { kind: 'missing', path: '/a/ca.crt', reason: 'no such file' };
    const words = ['--client-ca-file=/a/ca.crt', '--tls-cipher-suites=TLS_NO_SUCH', '--service-account-issuer=x'];
    const component = server(words, [missing]);
    expect(placeOfFailure('open /a/ca.crt: no such file or directory', component, 31)?.line).toBe(1);
    expect(placeOfFailure("Cipher suite TLS_NO_SUCH not supported or doesn't exist", component, 31)?.line).toBe(2);
    expect(placeOfFailure('--service-account-issuer is no URL', component, 31)?.line).toBe(3);
  });

  it('is unknown where nothing tells', () => {
    expect(placeOfFailure('context deadline exceeded', server(['--profiling=false']), 31)).toBeUndefined();
  });
});
