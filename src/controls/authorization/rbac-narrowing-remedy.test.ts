import { describe, expect, it } from 'vitest';
import type { PolicyRule } from '../../authorization/rbac/rule.ts';
import { withoutAdmissionWrites, withoutEscalation, withoutNodesProxy, withoutSecretReads } from './rbac-narrowing-remedy.ts';

const rule = (over: Partial<PolicyRule>): PolicyRule => ({
  verbs: [],
  apiGroups: [''],
  resources: [],
  resourceNames: [],
  nonResourceURLs: [],
  ...over,
});
const rbac = 'rbac.authorization.k8s.io';

describe('narrowing a rule', () => {
  it('reads the kubelet by rights of its own, finer ones from 1.33', () => {
    const given = rule({ verbs: ['get'], resources: ['nodes', 'nodes/proxy'] });
    expect(withoutNodesProxy(31)(given)).toEqual([
      { ...given, resources: ['nodes', 'nodes/metrics', 'nodes/stats', 'nodes/log'] },
    ]);
    expect(withoutNodesProxy(33)(given)?.[0]?.resources).toContain('nodes/pods');
    expect(withoutNodesProxy(33)(rule({ verbs: ['create'], resources: ['nodes/proxy'] }))?.[0]?.verbs).toEqual(['get']);
    expect(withoutNodesProxy(33)(rule({ verbs: ['get'], resources: ['*'] }))).toBeUndefined();
  });

  it('leaves what does no harm as it is', () => {
    const harmless = rule({ verbs: ['bind'], apiGroups: [rbac], resources: ['clusterroles'], resourceNames: ['view'] });
    expect(withoutEscalation(['view'])(harmless)?.[0]).toBe(harmless);
    const pods = rule({ verbs: ['*'], resources: ['pods'] });
    for (const narrow of [withoutNodesProxy(37), withoutEscalation([]), withoutAdmissionWrites, withoutSecretReads])
      expect(narrow(pods)?.[0]).toBe(pods);
  });

  it('spells a star out only where it reaches roles', () => {
    const given = rule({ verbs: ['*'], apiGroups: [rbac, ''], resources: ['roles', 'pods'] });
    const [others, roles] = withoutEscalation([])(given) ?? [];
    expect(others).toEqual({ ...given, resources: ['pods'] });
    expect(roles?.resources).toEqual(['roles']);
    expect(roles?.verbs).not.toContain('*');
  });

  it('keeps writing of Secrets and of other groups', () => {
    expect(withoutSecretReads(rule({ verbs: ['get', 'create'], resources: ['secrets', 'pods'] }))).toEqual([
      rule({ verbs: ['get', 'create'], resources: ['pods'] }),
      rule({ verbs: ['create'], resources: ['secrets'] }),
    ]);
    const groups = ['apps', 'admissionregistration.k8s.io'];
    expect(withoutAdmissionWrites(rule({ verbs: ['get', 'update'], apiGroups: groups, resources: ['*'] }))).toEqual([
      rule({ verbs: ['get', 'update'], apiGroups: ['apps'], resources: ['*'] }),
      rule({ verbs: ['get'], apiGroups: ['admissionregistration.k8s.io'], resources: ['*'] }),
    ]);
  });
});
