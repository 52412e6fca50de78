import { describe, expect, it } from 'vitest';
import { controlFolder, judge, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const firstOf = async (fixture: string) => (await judge(control, `${controlFolder(control)}fixtures/${fixture}`)).findings[0];

describe('what is said', () => {
  it.each([
    ['advertised.yaml', '--advertise-address=203.0.113.10'],
    ['external-ip-of-node.yaml', 'ExternalIP 203.0.113.10'],
    ['endpoint.yaml', 'endpoint 203.0.113.10'],
  ])('shows where the public address was seen: %s', async (fixture, seen) => {
    const finding = await firstOf(`fail/${fixture}`);
    expect(finding?.message).toBe('listens on all interfaces, and the host has the public address 203.0.113.10');
    expect(finding?.evidence[1]).toMatchObject({ seen, line: expect.any(Number) });
  });

  it('speaks of the Service that opens the server', async () => {
    const finding = await firstOf('fail/load-balancer-range-of-all.yaml');
    expect(finding?.subject).toEqual({ kind: 'Service', name: 'api', namespace: 'kube-system' });
    expect(finding?.evidence[0]).toMatchObject({ line: 34, seen: '10.0.0.0/8, ::/0' });
  });

  it('names what stands in front, with its line', async () => {
    const finding = await firstOf('unknown/public-name-in-front.yaml');
    expect(finding?.message).toContain('api.example.com in front is public or a name that is not trusted');
    expect(finding?.evidence[1]).toMatchObject({ line: expect.any(Number), seen: 'api.example.com:6443' });
  });
});
