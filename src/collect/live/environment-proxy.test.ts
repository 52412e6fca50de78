import { expect, it } from 'vitest';
import { environmentProxy } from './environment-proxy.ts';

const through = (server: string, noProxy: string): boolean =>
  environmentProxy(new URL(server), { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: noProxy }) !== undefined;

it.each([
  ['https://api.example.com:6443', '', true],
  ['https://api.example.com:6443', '*', false],
  ['https://api.example.com:6443', 'example.com', false],
  ['https://example.com', 'example.com', false],
  ['https://example.com', '.example.com', true],
  ['https://api.example.com', '.example.com', false],
  ['https://api.example.com', '*.example.com', false],
  ['https://badexample.com', 'example.com', true],
  ['https://api.example.com:6443', 'example.com:6443', false],
  ['https://api.example.com:6443', 'example.com:443', true],
  ['https://api.example.com', 'other.com, EXAMPLE.com ,', false],
  ['https://10.1.2.3:6443', '10.0.0.0/8', false],
  ['https://11.1.2.3:6443', '10.0.0.0/8', true],
  ['https://10.1.2.3:6443', '10.1.2.3', false],
  ['https://10.1.2.3:6443', '10.1.2.3:1', true],
  ['https://[fd00::1]:6443', 'fd00::/8', false],
  ['https://[fd00::1]:6443', 'fd00::1', false],
  ['https://10.1.2.3', '10.0.0.0/99', true],
  ['https://127.0.0.1:6443', '', false],
  ['https://localhost:6443', '', false],
  ['https://[::1]:6443', '', false],
])('%s with NO_PROXY %j: through the proxy %s', (server, noProxy, expected) => {
  expect(through(server, noProxy)).toBe(expected);
});

it('takes the variable of the scheme, in either case, with or without one of its own', () => {
  const server = new URL('https://api:6443');
  expect(environmentProxy(server, { HTTP_PROXY: 'http://a' })).toBeUndefined();
  expect(environmentProxy(server, { https_proxy: 'proxy:3128' })).toBe('http://proxy:3128');
  expect(environmentProxy(new URL('http://api'), { HTTP_PROXY: 'http://a' })).toBe('http://a');
});
