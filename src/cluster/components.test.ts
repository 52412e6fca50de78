import { describe, expect, it } from 'vitest';
import type { Component, SeenAs } from './component.ts';
import { componentsOf } from './components.ts';
import type { Cluster } from './cluster.ts';
import { ObjectIndex } from './objects.ts';

function server(flag: string, more: { seenAs?: SeenAs; source?: string; host?: string; policy?: string } = {}): Component {
  const source = more.source ?? `${flag}.yaml`;
  return {
    name: 'kube-apiserver',
    host: more.host ?? 'cp',
    seenAs: more.seenAs ?? 'static-pod',
    commandLine: { arguments: [{ text: flag, place: { source } }] },
    document: { value: null, source },
    files: new Map(
      more.policy === undefined
        ? []
        : [['/p', { kind: 'seen' as const, path: '/p', text: more.policy, source: `${source}.policy` }]],
    ),
    environment: new Map(),
    running: false,
  };
}

function entries(components: readonly Component[]): readonly string[] {
  const cluster: Cluster = {
    sources: [],
    objects: new ObjectIndex([]),
    listings: [],
    components,
    configurations: [],
    directories: [],
    kubeconfigs: [],
    gaps: [],
    counts: {},
  };
  return componentsOf(cluster, 'kube-apiserver')
    .map(({ host, component }) => `${host} ${component?.commandLine.arguments[0]?.text ?? 'none'}`)
    .toSorted();
}

describe('componentsOf', () => {
  it('judges each of two manifests of one host that differ, whatever their order', () => {
    const [good, bad] = [server('--anonymous-auth=false'), server('--anonymous-auth=true')];
    expect(entries([good, bad])).toEqual(['cp --anonymous-auth=false', 'cp --anonymous-auth=true']);
    expect(entries([bad, good])).toEqual(entries([good, bad]));
    expect(entries([good, server('--anonymous-auth=false', { source: 'copy.yaml' })])).toEqual(['cp --anonymous-auth=false']);
  });

  it('judges both where a file that they name differs', () => {
    const two = [server('--x', { policy: 'a', source: 'a' }), server('--x', { policy: 'b', source: 'b' })];
    expect(entries(two)).toHaveLength(2);
    expect(entries([...two, server('--x', { source: 'c' })])).toHaveLength(2);
  });

  it('counts what runs before what starts it', () => {
    const running = server('--anonymous-auth=false', { seenAs: 'process' });
    expect(entries([server('--anonymous-auth=true'), running])).toEqual(['cp --anonymous-auth=false']);
  });

  it('judges each of two kubeadm configurations of one host that differ', () => {
    const two = [server('--a', { seenAs: 'kubeadm' }), server('--b', { seenAs: 'kubeadm' })];
    expect(entries(two)).toEqual(['cp --a', 'cp --b']);
  });
});
