import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Component } from '../../cluster/component.ts';
import { readFlags } from '../../cluster/flags.ts';
import { applyWordEdits, removeFlag, setFlag } from './edit-words.ts';

const set = (words: readonly string[], flag: string, value: string): readonly string[] =>
  applyWordEdits(words, setFlag(words, 'kube-apiserver', flag, value));
const remove = (words: readonly string[], flag: string): readonly string[] =>
  applyWordEdits(words, removeFlag(words, 'kube-apiserver', flag));

describe('setFlag and removeFlag', () => {
  it('keep the place and form of a flag that is there, and leave it once', () => {
    expect(set(['--v=2', '--authorization-mode', 'AlwaysAllow', '--x=1'], 'authorization-mode', 'RBAC')).toEqual([
      '--v=2',
      '--authorization-mode',
      'RBAC',
      '--x=1',
    ]);
    expect(set(['--profiling=true', '--profiling', '--v=2'], 'profiling', 'false')).toEqual(['--profiling=false', '--v=2']);
    expect(set(['--anonymous-auth'], 'anonymous-auth', 'false')).toEqual(['--anonymous-auth=false']);
    expect(set(['--anonymous-auth'], 'anonymous-auth', 'true')).toEqual(['--anonymous-auth']);
    expect(set(['--anonymous_auth=true'], 'anonymous-auth', 'false')).toEqual(['--anonymous_auth=false']);
  });
  it('put a new flag among sorted ones by its name, else behind the last', () => {
    expect(set(['--z=1', '--a=1', '--c=1', '--d=1'], 'b', '2')).toEqual(['--z=1', '--a=1', '--b=2', '--c=1', '--d=1']);
    expect(set(['--a=1', '--d=1', '--c=1'], 'b', '2')).toEqual(['--a=1', '--d=1', '--c=1', '--b=2']);
    expect(set([], 'b', '2')).toEqual(['--b=2']);
  });
  it('remove both words of a pair', () => {
    expect(remove(['--v', '2', '--token-auth-file', '/x', '--v=3'], 'token-auth-file')).toEqual(['--v', '2', '--v=3']);
  });
  it('end in what the flag reader reads, for any words', () => {
    const word = fc.constantFrom(
      '--anonymous-auth',
      '--anonymous-auth=true',
      '--v',
      '2',
      '--authorization-mode',
      'RBAC',
      '--authorization-mode=Node',
      '--authorization_mode=ABAC',
      '--profiling=false',
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 6 }),
        fc.constantFrom(['anonymous-auth', 'false'], ['authorization-mode', 'Node,RBAC']),
        (words, [flag = '', value = '']) => {
          const result = set(words, flag, value);
          const component = {
            name: 'kube-apiserver',
            host: '',
            seenAs: 'static-pod',
            commandLine: { arguments: result.map((text) => ({ text, place: { source: '' } })) },
          } as unknown as Component;
          const reading = readFlags(component, 31).get(flag);
          return (
            reading.value === value &&
            applyWordEdits(result, setFlag(result, 'kube-apiserver', flag, value)).join() === result.join()
          );
        },
      ),
    );
  });
});
