import { describe, expect, it } from 'vitest';
import { knownKinds, kindOf } from '../cluster/kinds.ts';
import { objectName, placeIn } from '../cluster/objects.ts';
import { parseDocuments } from '../cluster/yaml/parse.ts';
import { readManifests } from './manifests.ts';

const read = (text: string) => readManifests(parseDocuments(text, 'm.yaml').documents);

describe('readManifests', () => {
  it('reads single objects, Lists and lists of lists, with places', () => {
    const { objects, listings, gaps } = read(`apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: a, namespace: web}
- apiVersion: v1
  kind: List
  items:
  - {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: admin}}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
`);
    expect(objects.map(objectName)).toEqual(['Deployment web/a', 'ClusterRole admin', 'Pod default/p']);
    expect(objects.map((object) => object.kindKey)).toEqual(['Deployment.apps', 'ClusterRole.rbac.authorization.k8s.io', 'Pod']);
    expect(placeIn(objects[0]!, ['metadata', 'name'])).toMatchObject({ line: 6, path: 'items[0].metadata.name' });
    expect([listings, gaps]).toEqual([[], []]);
  });

  it('takes a whole typed list as a listing, an empty one too, and a page as a gap', () => {
    expect(read('apiVersion: v1\nkind: PodList\nmetadata: {resourceVersion: "1"}\nitems: []\n').listings).toEqual([
      { kind: 'Pod', by: 'list', source: 'm.yaml' },
    ]);
    const items = read('apiVersion: apps/v1\nkind: DaemonSetList\nitems: [{metadata: {name: a, namespace: b}}]\n');
    expect(items.objects).toMatchObject([{ kindKey: 'DaemonSet.apps', kind: 'DaemonSet', name: 'a', namespace: 'b' }]);
    const page = read('apiVersion: v1\nkind: PodList\nmetadata: {continue: abc}\nitems: []\n');
    expect(page.listings).toEqual([]);
    expect(page.gaps).toMatchObject([{ kind: 'Pod', line: 1 }]);
  });

  it('keeps the rest beside broken objects, each with its place', () => {
    const { objects, gaps } = read(
      'kind: Pod\napiVersion: v1\nmetadata: {name: 3}\n---\nkind: Pod\napiVersion: v1\n---\nkind: Pod\napiVersion: v1\nmetadata: []\n---\nkind: [x]\napiVersion: v1\n---\nkind: Pod\napiVersion: v1\nmetadata: {name: ok}\n---\nkind: PodList\napiVersion: v1\nitems: 3\n---\nkind: List\napiVersion: v1\nitems: [1, {a: 1}]\n',
    );
    expect(objects.map((object) => object.name)).toEqual(['ok']);
    expect(gaps.map((gap) => gap.line)).toEqual([3, 5, 10, 12, 21, 25, 25]);
  });

  it('counts what is not Kubernetes', () => {
    expect(read('services: {web: {image: x}}\n---\nreplicas: 3\n---\n- a\n')).toMatchObject({
      objects: [],
      gaps: [],
      foreign: 3,
    });
    expect(read('apiVersion: tool.example/v1\nkind: ToolConfig\nspec: {}\n')).toMatchObject({
      objects: [],
      gaps: [],
      foreign: 1,
    });
    expect(read('apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n')).toMatchObject({
      objects: [],
      gaps: [],
    });
  });

  it('never carries a secret', () => {
    const { objects } = read('apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {k: TUFSS0VS}\n');
    expect(JSON.stringify(objects)).not.toContain('TUFSS0VS');
    expect(objects[0]?.manifest['data']).toEqual({ k: '<redacted: 6 bytes>' });
  });
});

describe('knownKinds', () => {
  it('has every kind once, and the scopes that matter', () => {
    const keys = knownKinds.map(({ kind, group }) => `${kind}.${group}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(kindOf('Pod')).toMatchObject({ plural: 'pods', namespaced: true, versions: ['v1'] });
    expect(kindOf('Node')?.namespaced).toBe(false);
    expect(kindOf('NetworkPolicy.networking.k8s.io')).toMatchObject({ plural: 'networkpolicies', namespaced: true });
    expect(kindOf('AdminNetworkPolicy.policy.networking.k8s.io')?.namespaced).toBe(false);
    expect(kindOf('Widget.example.com')).toBeUndefined();
  });
});
