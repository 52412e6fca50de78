import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../cluster/json.ts';
import { AuditDigester } from './digest.ts';
import { readEvent } from './event.ts';
import { secretContents } from './secret-contents.ts';

const marker = 'bWFya2Vy';

function event(members: JsonObject) {
  const read = readEvent({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    stage: 'ResponseComplete',
    auditID: 'x',
    verb: 'get',
    ...members,
  });
  if (read === undefined) throw new Error('no event');
  return read;
}

const digestOf = (events: JsonObject[]) => {
  const digester = new AuditDigester();
  for (const [index, members] of events.entries()) digester.add(event(members), { source: 'audit.log', line: index + 1 });
  return digester.digest();
};

const secrets = { resource: 'secrets', namespace: 'web' };

describe('secretContents', () => {
  const what = (members: JsonObject) => secretContents(event(members)).map((one) => `${one.resource} ${one.what}`);

  test.each<[JsonObject, string[]]>([
    [{ objectRef: secrets, responseObject: { kind: 'Secret', data: { a: marker } } }, ['secrets responseObject.data']],
    [{ objectRef: secrets, requestObject: { stringData: { a: 'x' } } }, ['secrets requestObject.stringData']],
    [
      { objectRef: secrets, responseObject: { kind: 'SecretList', items: [{}, { data: { a: marker } }] } },
      ['secrets responseObject.items[].data'],
    ],
    [
      { objectRef: secrets, responseObject: { kind: 'Table', rows: [{ object: { data: { a: marker } } }] } },
      ['secrets responseObject.rows[].object.data'],
    ],
    [{ objectRef: secrets, responseObject: { kind: 'Secret', data: {} } }, []],
    [{ objectRef: secrets, responseObject: { kind: 'Status', code: 404 } }, []],
    [
      { objectRef: secrets, verb: 'patch', requestObject: [{ op: 'add', path: '/data/a', value: marker }] },
      ['secrets requestObject (patch)'],
    ],
    [{ objectRef: { ...secrets, apiGroup: 'example.com' }, responseObject: { data: { a: 'x' } } }, []],
    [{ objectRef: { resource: 'configmaps' }, responseObject: { data: { a: 'x' } } }, []],
    [
      {
        objectRef: { resource: 'serviceaccounts', subresource: 'token' },
        verb: 'create',
        responseObject: { status: { token: 't' } },
      },
      ['serviceaccounts/token responseObject.status.token'],
    ],
    [
      {
        objectRef: { resource: 'tokenreviews', apiGroup: 'authentication.k8s.io' },
        verb: 'create',
        requestObject: { spec: { token: 't' } },
      },
      ['tokenreviews requestObject.spec.token'],
    ],
  ])('%j: %j', (members, wanted) => {
    expect(what(members)).toEqual(wanted);
  });
});

describe('AuditDigester', () => {
  test('gathers times, masters, accounts, bodies and levels, and keeps no value', () => {
    const digest = digestOf([
      { stageTimestamp: '2026-01-02T00:00:00.500000Z', user: { username: 'admin', groups: ['system:masters'] } },
      {
        stageTimestamp: '2026-01-01T00:00:00.000001Z',
        user: { username: 'system:serviceaccount:web:s', groups: [] },
        objectRef: secrets,
        responseObject: { data: { a: marker } },
      },
      {
        stageTimestamp: '2026-01-03T00:00:00.000000Z',
        user: { username: 'alice', groups: [] },
        impersonatedUser: { username: 'x', groups: ['system:masters'] },
      },
      {
        stageTimestamp: '2026-01-03T00:00:00.000000Z',
        user: { username: 'admin', groups: ['system:masters'] },
        objectRef: secrets,
        responseObject: { data: { a: marker } },
      },
      {
        verb: 'create',
        stageTimestamp: '2026-01-03T00:00:00.000000Z',
        objectRef: { resource: 'pods', namespace: 'web' },
        annotations: { 'pod-security.kubernetes.io/enforce-policy': 'baseline:latest' },
      },
      {
        verb: 'create',
        stageTimestamp: '2026-01-02T00:00:00.000000Z',
        objectRef: { resource: 'pods', namespace: 'web' },
        annotations: { 'pod-security.kubernetes.io/enforce-policy': 'privileged:latest' },
      },
    ]);
    expect(digest).toEqual({
      sources: [],
      events: 6,
      first: '2026-01-01T00:00:00.000001Z',
      last: '2026-01-03T00:00:00.000000Z',
      masters: [
        { user: 'admin', count: 2, last: '2026-01-03T00:00:00.000000Z', place: { source: 'audit.log', line: 1 } },
        { user: 'alice', count: 1, last: '2026-01-03T00:00:00.000000Z', place: { source: 'audit.log', line: 3 } },
      ],
      serviceAccounts: ['system:serviceaccount:web:s'],
      secretBodies: [
        { resource: 'secrets', verb: 'get', what: 'responseObject.data', count: 2, place: { source: 'audit.log', line: 2 } },
      ],
      enforcePolicies: { web: 'baseline:latest' },
      unreadable: 0,
    });
    expect(JSON.stringify(digest)).not.toContain(marker);
  });

  test('sources and unreadable pieces', () => {
    const digester = new AuditDigester();
    digester.addSource('a.log');
    digester.addSource('a.log');
    digester.addUnreadable(3);
    expect(digester.digest()).toMatchObject({ sources: ['a.log'], events: 0, first: '', last: '', unreadable: 3 });
  });
});
