import { describe, expect, it } from 'vitest';
import type { Component, HostFile } from './component.ts';
import { kubeletSetting } from './kubelet-configuration.ts';

const header = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
const seen = (path: string, text: string | undefined): HostFile => ({ kind: 'seen', path, source: `host${path}`, text });

function kubelet(
  args: readonly string[],
  files: Record<string, string | HostFile> = {},
  extra: Partial<Component> = {},
): Component {
  return {
    name: 'kubelet',
    host: 'n',
    seenAs: 'unit',
    commandLine: { arguments: args.map((text, index) => ({ text, place: { source: 'unit', line: index + 1 } })) },
    document: { value: {}, source: 'unit' },
    files: new Map(
      Object.entries(files).map(([path, file]) => [path, typeof file === 'string' ? seen(path, header + file) : file]),
    ),
    environment: new Map(),
    running: false,
    ...extra,
  };
}

describe('the effective setting of a kubelet', () => {
  it('has legacy defaults without --config, also with --config-dir alone', () => {
    expect(kubeletSetting(kubelet([]), 'authentication.anonymous.enabled', 31)).toMatchObject({
      kind: 'seen',
      value: true,
      from: 'default',
    });
    expect(kubeletSetting(kubelet([]), 'authorization.mode', 31)).toMatchObject({ value: 'AlwaysAllow' });
    expect(kubeletSetting(kubelet(['--config-dir=/d'], { '/d': seen('/d', undefined) }), 'readOnlyPort', 31)).toMatchObject({
      value: 10255,
      from: 'default',
    });
  });

  it('has secure defaults with --config, the place of the file', () => {
    const component = kubelet(['--config=/c'], { '/c': '' });
    expect(kubeletSetting(component, 'authentication.anonymous.enabled', 31)).toMatchObject({
      value: false,
      from: 'default',
      place: { source: 'host/c' },
    });
    expect(kubeletSetting(component, 'authorization.mode', 31)).toMatchObject({ value: 'Webhook' });
  });

  it('prefers flag over drop-ins over file', () => {
    const files = {
      '/c': 'readOnlyPort: 1\n',
      '/d': seen('/d', undefined),
      '/d/20.conf': 'readOnlyPort: 3\n',
      '/d/10.conf': 'readOnlyPort: 2\n',
    };
    expect(kubeletSetting(kubelet(['--config=/c'], files), 'readOnlyPort', 31)).toMatchObject({
      value: 1,
      from: 'file',
      place: { line: 3 },
    });
    expect(kubeletSetting(kubelet(['--config=/c', '--config-dir=/d'], files), 'readOnlyPort', 31)).toMatchObject({
      value: 3,
      from: 'drop-in',
    });
    expect(
      kubeletSetting(kubelet(['--config=/c', '--config-dir=/d', '--read-only-port', '0'], files), 'readOnlyPort', 31),
    ).toMatchObject({ value: 0, from: 'flag', place: { line: 3 } });
  });

  it('a null in a drop-in gives the file its say again', () => {
    const files = {
      '/c': 'authorization: {mode: Webhook}\n',
      '/d': seen('/d', undefined),
      '/d/1.conf': 'authorization: {mode: AlwaysAllow}\n',
      '/d/2.conf': 'authorization: null\n',
    };
    expect(kubeletSetting(kubelet(['--config=/c', '--config-dir=/d'], files), 'authorization.mode', 31)).toMatchObject({
      value: 'Webhook',
      from: 'file',
    });
  });

  it('does not know what was not collected', () => {
    const absent: HostFile = { kind: 'not-collected', path: '/c', reason: 'no folder' };
    expect(kubeletSetting(kubelet(['--config=/c'], { '/c': absent }), 'readOnlyPort', 31)).toEqual({
      kind: 'unseen',
      why: '/c: no folder',
    });
    expect(kubeletSetting(kubelet([], {}, { seenAs: 'distribution' }), 'readOnlyPort', 31)).toMatchObject({ kind: 'unseen' });
    expect(kubeletSetting(kubelet(['--config-dir=/d']), 'readOnlyPort', 31)).toMatchObject({ kind: 'unseen' });
  });

  it('says when the kubelet does not start', () => {
    expect(
      kubeletSetting(
        kubelet(['--config=/c'], { '/c': { kind: 'missing', path: '/c', reason: 'no such file' } }),
        'readOnlyPort',
        31,
      ),
    ).toMatchObject({ kind: 'refused' });
    expect(kubeletSetting(kubelet(['--config=/c'], { '/c': 'readOnlyPort: "0"\n' }), 'readOnlyPort', 31)).toMatchObject({
      kind: 'refused',
      place: { line: 3 },
    });
    expect(kubeletSetting(kubelet(['--config=/c'], { '/c': 'a: [\n' }), 'readOnlyPort', 31)).toMatchObject({ kind: 'refused' });
    expect(kubeletSetting(kubelet(['--config-dir=/d'], { '/d': seen('/d', undefined) }), 'readOnlyPort', 29)).toMatchObject({
      kind: 'refused',
    });
  });

  it('believes /configz before all else; what it leaves out is zero', () => {
    const configz = {
      value: { kubeletconfig: { authentication: { anonymous: { enabled: true } } } },
      source: '/api/v1/nodes/n/proxy/configz',
    };
    const component = kubelet(['--anonymous-auth=false'], {}, { configz });
    expect(kubeletSetting(component, 'authentication.anonymous.enabled', 31)).toMatchObject({
      value: true,
      from: 'configz',
      place: { path: 'kubeletconfig.authentication.anonymous.enabled' },
    });
    expect(kubeletSetting(component, 'readOnlyPort', 31)).toMatchObject({ value: 0, from: 'configz' });
    expect(kubeletSetting(component, 'authorization.mode', 31)).toMatchObject({ kind: 'unseen' });
  });
});
