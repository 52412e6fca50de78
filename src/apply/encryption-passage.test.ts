import { describe, expect, it } from 'vitest';
import { passageBetween } from './encryption-passage.ts';

const key = (name: string, secret: string): string => `{keys: [{name: ${name}, secret: ${secret}}]}`;
const configuration = (...providers: string[]): string =>
  `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n${providers.map((line) => `  - ${line}`).join('\n')}\n`;

describe('passageBetween', () => {
  const today = configuration(`secretbox: ${key('k2', 'bbbb')}`, `aescbc: ${key('k1', 'aaaa')}`, 'identity: {}');

  it('lets identity write and keeps the rest as readers where nothing was encrypted', () => {
    const passage = passageBetween(undefined, today);
    expect(JSON.parse(passage?.text ?? '{}')).toMatchObject({
      resources: [{ resources: ['secrets'], providers: [{ identity: {} }, { secretbox: {} }, { aescbc: {} }] }],
    });
    expect(passage?.resources).toEqual([{ name: 'secrets', readable: ['plaintext'] }]);
    expect(passage?.unprovable).toBeUndefined();
  });

  it('lets the former key write where another one was encrypting before', () => {
    const passage = passageBetween(configuration(`aescbc: ${key('k1', 'aaaa')}`, 'identity: {}'), today);
    expect(passage?.resources).toEqual([{ name: 'secrets', readable: ['k8s:enc:aescbc:v1:k1:', 'plaintext'] }]);
    expect(JSON.parse(passage?.text ?? '{}')).toMatchObject({
      resources: [{ providers: [{ aescbc: { keys: [{ name: 'k1' }] } }, { identity: {} }, { secretbox: {} }] }],
    });
  });

  it('is not needed where the same key writes', () => {
    expect(passageBetween(configuration(`secretbox: ${key('k2', 'bbbb')}`), today)).toBeUndefined();
  });

  it('says so where two keys of one name cannot be told apart in etcd', () => {
    expect(passageBetween(configuration(`secretbox: ${key('k2', 'cccc')}`), today)?.unprovable).toContain(
      'k8s:enc:secretbox:v1:k2:',
    );
  });
});
