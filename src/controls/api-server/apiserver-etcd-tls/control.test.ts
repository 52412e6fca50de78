import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('what is said', () => {
  it('names the URL without TLS of an override, and its flag', async () => {
    const { findings } = await judgeFixture(control, 'fail/plain-override.yaml');
    expect(findings[0]?.message).toContain('http://192.0.2.12:2379 is read without TLS');
    expect(findings[0]?.evidence[0]?.seen).toContain('--etcd-servers-overrides');
  });

  it('names every flag that is missing', async () => {
    const { findings } = await judgeFixture(control, 'fail/no-client-certificate.yaml');
    expect(findings[0]?.message).toContain('--etcd-certfile, --etcd-keyfile not set');
  });
});
