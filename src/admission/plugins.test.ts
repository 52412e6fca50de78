import { describe, expect, it } from 'vitest';
import type { Component } from '../cluster/component.ts';
import { readFlags } from '../cluster/flags.ts';
import { compiledPlugins, defaultPlugins, effectivePlugins } from './plugins.ts';

function effective(words: readonly string[], minor: number) {
  const component: Component = {
    name: 'kube-apiserver',
    host: 'cp-1',
    seenAs: 'static-pod',
    commandLine: { arguments: words.map((text, index) => ({ text, place: { source: 'pod.yaml', line: index + 1 } })) },
    document: { value: {}, source: 'pod.yaml' },
    files: new Map(),
    environment: new Map(),
    running: false,
  };
  return effectivePlugins(readFlags(component, minor), minor);
}

describe('admission plug-ins', () => {
  it.each([
    [28, 20, 36],
    [29, 20, 36],
    [30, 20, 35],
    [31, 20, 34],
    [32, 21, 35],
    [33, 22, 36],
    [34, 22, 36],
    [35, 23, 37],
    [36, 27, 41],
    [37, 25, 39],
  ])('of 1.%i: %i by default of %i', (minor, on, compiled) => {
    expect([defaultPlugins(minor).length, compiledPlugins(minor).length]).toEqual([on, compiled]);
  });

  it('are the defaults and what is enabled, in the order of the binary', () => {
    const { plugins, errors } = effective(
      ['--enable-admission-plugins=NodeRestriction,AlwaysPullImages', '--disable-admission-plugins=ServiceAccount'],
      31,
    );
    expect(errors).toEqual([]);
    expect(plugins).toEqual(
      compiledPlugins(31).filter(
        (name) =>
          name !== 'ServiceAccount' &&
          (defaultPlugins(31).includes(name) || ['NodeRestriction', 'AlwaysPullImages'].includes(name)),
      ),
    );
  });

  it('are exactly those of the old flag', () => {
    expect(effective(['--admission-control=PodSecurity,NamespaceLifecycle'], 31).plugins).toEqual([
      'NamespaceLifecycle',
      'PodSecurity',
    ]);
  });

  it('that stop the server do so in its words', () => {
    const words = ['--enable-admission-plugins=PodSecurity,SecurityContextDeny', '--disable-admission-plugins=PodSecurity'];
    expect(effective(words, 30).errors.map((error) => error.message)).toEqual([
      'enable-admission-plugins plugin "SecurityContextDeny" is unknown',
      '[PodSecurity] in enable-admission-plugins and disable-admission-plugins overlapped',
    ]);
    expect(
      effective(['--admission-control=PodSecurity', '--enable-admission-plugins='], 30).errors.map((error) => error.message),
    ).toEqual(['admission-control and enable-admission-plugins/disable-admission-plugins flags are mutually exclusive']);
  });
});
