import { describe, expect, it } from 'vitest';
import { readQuestion } from './can-i.ts';

const read = (text: string) => {
  const reading = readQuestion(text);
  return reading.kind === 'question' ? reading.question : reading.message;
};

describe('questions', () => {
  it('reads user, verb, resource, name and namespace', () => {
    expect(read('jane get deployments.apps/scale front -n web')).toEqual({
      text: 'jane get deployments.apps/scale front -n web',
      user: 'jane',
      groups: ['system:authenticated'],
      verb: 'get',
      resource: 'deployments.apps',
      subresource: 'scale',
      name: 'front',
      namespace: 'web',
    });
  });

  it('reads groups, paths and the groups that authentication adds', () => {
    expect(read('group:devs --namespace=web list pods')).toMatchObject({ user: '', groups: ['devs', 'system:authenticated'] });
    expect(read('jane,group:devs get /metrics')).toMatchObject({ user: 'jane', resource: '/metrics', subresource: '' });
    expect(read('system:anonymous get /healthz')).toMatchObject({ groups: ['system:unauthenticated'] });
    expect(read('system:serviceaccount:web:default get pods')).toMatchObject({
      groups: ['system:serviceaccounts', 'system:serviceaccounts:web', 'system:authenticated'],
    });
  });

  it('refuses what is no question', () => {
    for (const text of ['', 'jane get', 'jane,joe get pods', 'jane get pods a b c'])
      expect(read(text)).toContain('expected SUBJECT VERB RESOURCE');
  });
});
