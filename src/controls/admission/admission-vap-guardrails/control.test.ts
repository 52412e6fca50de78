import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const resultOf = async (fixture: string) => judge(control, `${controlFolder(control)}fixtures/${fixture}`);

describe('what is said', () => {
  it('points at the actions of the binding', async () => {
    const { findings } = await resultOf('fail/audit-only.yaml');
    expect(findings[0]?.evidence[0]).toMatchObject({
      line: 26,
      seen: 'Audit, Warn',
      wanted: 'a binding with validationActions [Deny]',
    });
  });

  it('notes a policy that lets through what it cannot judge', async () => {
    const { findings } = await resultOf('pass/ignore-is-a-note.yaml');
    expect(findings[0]?.notes).toEqual(['failurePolicy is Ignore: an error in the policy lets the request through']);
  });

  it('names the other engine', async () => {
    expect((await resultOf('unknown/kyverno.yaml')).reason).toContain('CustomResourceDefinition things.kyverno.io');
  });

  it('names the folder of policies that was not seen', async () => {
    const { findings } = await resultOf('unknown/static-manifests');
    expect(findings[0]?.subject).toEqual({ kind: 'folder of policies', name: '/etc/kubernetes/policies' });
    expect(findings[0]?.evidence[0]?.source).toMatch(/admission\.yaml$/);
  });
});
