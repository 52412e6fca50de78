import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

describe('etcd-client-tls', () => {
  it('points to the URL without TLS', async () => {
    const { findings } = await judgeFixture(control, 'fail/http-on-loopback.yaml');
    expect(findings[0]?.message).toEqual('http://127.0.0.1:2379 is served without TLS');
    expect(findings[0]?.evidence[0]).toMatchObject({ line: 16, wanted: 'https URLs' });
  });

  it('says who decides without a CA', async () => {
    const { findings } = await judgeFixture(control, 'fail/public-authorities.yaml');
    expect(findings[0]?.message).toEqual('there is no trusted CA: the public CAs of the host decide whose certificate counts');
  });

  it('notes that client-cert-auth is not needed', async () => {
    const { findings } = await judgeFixture(control, 'pass/without-client-cert-auth.yaml');
    expect(findings[0]?.notes).toEqual([
      'client-cert-auth is not true; with a trusted CA etcd asks for a client certificate all the same',
    ]);
  });

  it('notes that auto-tls is ignored', async () => {
    const { findings } = await judgeFixture(control, 'pass/auto-tls-ignored.yaml');
    expect(findings[0]?.notes).toEqual(['auto-tls is ignored beside certificates']);
  });

  it('points into the configuration file', async () => {
    const { findings } = await judgeFixture(control, 'fail/configuration-file-without-tls');
    expect(findings[0]?.evidence[0]).toMatchObject({ source: expect.stringMatching(/etcd\.conf\.yml$/) as string, line: 3 });
  });

  it('says that a certificate is not visible to etcd', async () => {
    const { findings } = await judgeFixture(control, 'fail/certificates-not-mounted.yaml');
    expect(findings[0]?.message).toEqual(expect.stringContaining('no volume mount of the static pod makes it visible'));
  });

  it('says why it does not apply', async () => {
    const { findings } = await judgeFixture(control, 'not-applicable/kine-socket.yaml');
    expect(findings[0]?.message).toEqual('the store is not etcd: unix:///var/run/kine.sock:12379');
  });

  it('names the members that were not seen', async () => {
    const { findings } = await judgeFixture(control, 'unknown/two-of-three-members-not-seen.yaml');
    expect(findings.map(({ verdict, subject }) => [verdict, subject.name])).toEqual([
      ['unknown', 'https://192.0.2.12:2379'],
      ['unknown', 'https://192.0.2.13:2379'],
      ['pass', ''],
    ]);
  });
});
