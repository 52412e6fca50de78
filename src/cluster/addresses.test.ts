import { expect, it } from 'vitest';
import { isPublic, isPublicHost, isUnspecified } from './addresses.ts';

it.each([
  ['10.255.255.255', false],
  ['172.15.255.255', true],
  ['172.16.0.0', false],
  ['172.32.0.0', true],
  ['192.168.0.1', false],
  ['100.63.255.255', true],
  ['100.64.0.0', false],
  ['100.128.0.0', true],
  ['127.0.0.1', false],
  ['169.254.169.254', false],
  ['203.0.113.5', true],
  ['::1', false],
  ['fd00::1', false],
  ['fe80::1', false],
  ['fe00::1', true],
  ['2001:db8::1', true],
  ['api.example.com', false],
])('%s: public is %s', (address, expected) => {
  expect(isPublic(address, [])).toBe(expected);
});

it('takes ranges of the settings as internal', () => {
  expect(isPublic('203.0.113.5', ['203.0.113.0/24'])).toBe(false);
});

it('knows the addresses that stand for all interfaces', () => {
  expect(['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '::0'].every(isUnspecified)).toBe(true);
  expect(['127.0.0.1', '::1', '', 'localhost'].some(isUnspecified)).toBe(false);
});

it.each([
  ['cluster-endpoint', false],
  ['localhost', false],
  ['api.prod.internal', false],
  ['API.Prod.Internal.', false],
  ['internal', false],
  ['app.localhost', false],
  ['app.notlocalhost', true],
  ['api.example.com', true],
  ['api.internal.example.com', true],
  ['203.0.113.5', true],
  ['10.0.0.1', false],
])('%s: not trusted is %s', (host, expected) => {
  expect(isPublicHost(host, { internalRanges: [], trustedNames: ['.internal', 'localhost'] })).toBe(expected);
});
