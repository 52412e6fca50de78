import { describe, expect, it } from 'vitest';
import type { Component, HostFile } from '../cluster/component.ts';
import type { JsonObject } from '../cluster/json.ts';
import { hostFaults } from './host-faults.ts';

const words = ['--audit-log-path=/var/log/k8s/audit.log', '--tls-private-key-file=/pki/s.key'];

function server(spec: JsonObject, container: JsonObject, files: readonly HostFile[] = []): Component {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    spec: { ...spec, containers: [{ command: ['kube-apiserver', ...words], ...container }] },
  };
  return {
    name: 'kube-apiserver',
    host: '',
    seenAs: 'static-pod',
    commandLine: { arguments: words.map((text) => ({ text, place: { source: 'm.yaml' } })) },
    document: { value: pod, source: 'm.yaml' },
    files: new Map(files.map((file) => [file.path, file])),
    environment: new Map(),
    running: false,
  };
}

const messages = (component: Component): readonly string[] => hostFaults(component, 31).map(({ message }) => message);
const key: HostFile = { kind: 'seen', path: '/pki/s.key', source: 'k', text: undefined, mode: 0o640, uid: 0, gid: 5 };

describe('what loopback cannot show', () => {
  it('finds an audit log in a read-only mount, the nearest mount deciding', () => {
    const wide = { name: 'a', mountPath: '/var', readOnly: true };
    const near = { name: 'b', mountPath: '/var/log/k8s/' };
    expect(messages(server({}, { volumeMounts: [wide] }))).toEqual([
      'ensureLogFile: open /var/log/k8s/audit.log: read-only file system',
    ]);
    expect(messages(server({}, { volumeMounts: [wide, near] }))).toEqual([]);
    expect(messages(server({}, { securityContext: { readOnlyRootFilesystem: true } }))).toHaveLength(1);
  });

  it('finds files that the user of the pod may not read', () => {
    expect(messages(server({ securityContext: { runAsUser: 1000 } }, {}, [key]))).toEqual(['open /pki/s.key: permission denied']);
    expect(messages(server({ securityContext: { runAsUser: 1000, supplementalGroups: [5] } }, {}, [key]))).toEqual([]);
    expect(messages(server({}, {}, [key]))).toEqual([]);
  });
});
