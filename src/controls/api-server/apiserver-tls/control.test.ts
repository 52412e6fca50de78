import { describe, expect, it } from 'vitest';
import { judgeFixture, judgesItsFixtures } from '../../fixtures/judge-fixtures.ts';
import { isExactOrigin, isModernSuite, modernSuites } from '../serving-tls.ts';
import { control } from './control.ts';

judgesItsFixtures(control);

const firstOf = async (name: string) => (await judgeFixture(control, name)).findings[0];

describe('what is said', () => {
  it('names what is wrong with the certificate, and the file', async () => {
    const expired = await firstOf('fail/expired');
    expect(expired?.message).toBe('the serving certificate expired on 2026-11-26');
    expect(expired?.evidence[0]?.source).toContain('etc/kubernetes/pki/apiserver.crt');
    expect((await firstOf('fail/rsa-1024'))?.message).toContain('RSA key of 1024 bits');
    expect((await firstOf('fail/self-signed'))?.message).toContain('signed itself');
  });

  it('names weak suites alone', async () => {
    expect((await firstOf('fail/cbc-suite'))?.message).toBe('weak or unknown cipher suites: TLS_RSA_WITH_AES_128_CBC_SHA');
  });

  it('leaves the names of the certificate to a person', async () => {
    expect((await firstOf('pass/modern'))?.notes?.[0]).toContain('DNS:kubernetes');
  });
});

describe('isExactOrigin', () => {
  it.each(['^https://console\\.example\\.com(:|$)', '//example.com(:|$)', '^https://a.example:443$'])('takes %s', (pattern) => {
    expect(isExactOrigin(pattern)).toBe(true);
  });

  it.each([
    '.*',
    'https://example.com',
    '^https://example.com',
    'example.com$',
    '^https://.*\\.example\\.com$',
    '^.*$',
    '//.+(:|$)',
  ])('refuses %s', (pattern) => {
    expect(isExactOrigin(pattern)).toBe(false);
  });
});

describe('isModernSuite', () => {
  it('takes ECDHE with AES-GCM and ChaCha20, and suites of TLS 1.3', () => {
    expect([...modernSuites, 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305', 'TLS_AES_256_GCM_SHA384'].every(isModernSuite)).toBe(true);
    expect(['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 'TLS_RSA_WITH_AES_256_GCM_SHA384', ''].some(isModernSuite)).toBe(false);
  });
});
