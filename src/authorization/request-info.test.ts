import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactMatch, parseFieldSelector } from './field-selector.ts';
import { requestInfo } from './request-info.ts';

const text = (method: string, uri: string) => {
  const { attributes } = requestInfo(method, uri);
  if (attributes.kind === 'nonResource') return `${attributes.verb} ${attributes.path}`;
  const { verb, apiGroup, resource, subresource, name, namespace } = attributes;
  return [verb, apiGroup, resource, subresource, name, namespace].join('|');
};

test.each([
  ['GET', '/api/v1/pods', 'list||pods|||'],
  ['GET', '/api/v1/namespaces/a/pods/p/log?container=c', 'get||pods|log|p|a'],
  ['POST', '/api/v1/namespaces/a/pods/p/eviction', 'create||pods|eviction|p|a'],
  ['DELETE', '/apis/apps/v1/namespaces/a/deployments', 'deletecollection|apps|deployments|||a'],
  ['GET', '/api/v1/namespaces/a', 'get||namespaces||a|a'],
  ['PUT', '/api/v1/namespaces/a/finalize', 'update||namespaces|finalize|a|a'],
  ['GET', '/api/v1/namespaces/a/status', 'get||namespaces|status|a|a'],
  ['GET', '/api/v1/namespaces/a/secrets?watch=1&fieldSelector=metadata.name%3Dx', 'watch||secrets||x|a'],
  ['GET', '/api/v1/secrets?fieldSelector=metadata.name==x,metadata.namespace==b', 'list||secrets||x|'],
  ['GET', '/api/v1/secrets?fieldSelector=metadata.name=a%2Fb', 'list||secrets|||'],
  ['GET', '/api/v1/secrets?fieldSelector=metadata.name=x&limit=many', 'list||secrets|||'],
  ['GET', '/api/v1/secrets?watch=yes&limit=many', 'watch||secrets|||'],
  ['GET', '/api/v1/secrets?watch=FALSE', 'list||secrets|||'],
  ['GET', '/api/v1/watch/namespaces/a/pods/p', 'watch||pods||p|a'],
  ['GET', '/api/v1/watch/namespaces/a/pods/p/status', 'watch||pods|status|p|a'],
  ['GET', '/api/v1/proxy/namespaces/a/pods/p/status', 'proxy||pods||p|a'],
  ['GET', '/api/v1/proxy/nodes/n/metrics', 'proxy||nodes||n|'],
  ['GET', '/api/v1/nodes/n/proxy/run/a/b', 'get||nodes|proxy|n|'],
  ['OPTIONS', '/api/v1/pods', '||pods|||'],
  ['get', '/api/v1/pods', '||pods|||'],
  ['HEAD', '/healthz', 'head /healthz'],
  ['GET', '/apis/apps/v1', 'get /apis/apps/v1'],
  ['GET', '/api/v1', 'get /api/v1'],
  ['GET', '/apis//v1/pods', 'list||pods|||'],
  ['GET', '/api/v1/pods/%zz', 'get||pods||%zz|'],
])('%s %s', (method, uri, wanted) => {
  expect(text(method, uri)).toBe(wanted);
});

test('a special verb without a resource is an error', () => {
  expect(requestInfo('GET', '/api/v1/watch').error).toContain('unable to determine kind and namespace');
});

test('never throws, and knows a path from a resource', () => {
  fc.assert(
    fc.property(fc.string(), fc.webPath(), (method, path) => {
      const { attributes } = requestInfo(method, path);
      expect(attributes.kind === 'resource').toBe(/^\/*apis?\//.test(decode(path)) && attributes.kind === 'resource');
    }),
  );
});

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

test('field selectors', () => {
  expect(parseFieldSelector('a=b,c!=d,e==f')).toEqual([
    { field: 'a', operator: '=', value: 'b' },
    { field: 'c', operator: '!=', value: 'd' },
    { field: 'e', operator: '==', value: 'f' },
  ]);
  expect(parseFieldSelector(String.raw`a=b\,c\=d\\`)).toEqual([{ field: 'a', operator: '=', value: String.raw`b,c=d\ `.trim() }]);
  expect(parseFieldSelector('nonsense')).toContain("can't understand 'nonsense'");
  expect(exactMatch([{ field: 'a', operator: '!=', value: 'b' }], 'a')).toBeUndefined();
});
