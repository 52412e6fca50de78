import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('resources-quota', () => {
  it('names what is missing', async () => {
    const { findings } = await judgeFixture(control, 'fail/no-limits.yaml');
    expect(findings[0]?.message).toEqual('no ResourceQuota without scopes sets limits.cpu, limits.memory');
    expect(findings[0]?.evidence[0]).toMatchObject({
      path: 'items[0].spec.hard',
      seen: 'ResourceQuota web/compute: requests.cpu, requests.memory, pods',
    });
  });

  it('says that a quota has scopes', async () => {
    const { findings } = await judgeFixture(control, 'fail/scoped-only.yaml');
    expect(findings[0]?.evidence[0]).toMatchObject({ seen: expect.stringContaining('(scoped)') as string });
  });

  it('names the value that is no quantity', async () => {
    const { findings } = await judgeFixture(control, 'unknown/not-a-quantity.yaml');
    expect(findings[0]?.message).toEqual(
      'ResourceQuota web/compute cannot be read: no server accepts its spec.hard["limits.memory"]',
    );
  });
});
