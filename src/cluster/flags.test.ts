import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Component, ComponentName, HostFile } from './component.ts';
import { gateEnabled } from './feature-gates.ts';
import { flagFile } from './flag-file.ts';
import { booleanOf, readFlags } from './flags.ts';

function component(name: ComponentName, words: readonly string[], extra: Partial<Component> = {}): Component {
  return {
    name,
    host: 'cp-1',
    seenAs: 'static-pod',
    commandLine: { arguments: words.map((text, index) => ({ text, place: { source: 'pod.yaml', line: index + 10 } })) },
    document: { value: {}, source: 'pod.yaml' },
    files: new Map(),
    environment: new Map(),
    running: false,
    ...extra,
  };
}

const read = (words: readonly string[], minor: number | undefined = 31, extra: Partial<Component> = {}) =>
  readFlags(component('kube-apiserver', words, extra), minor);

describe('a flag', () => {
  it.each([
    [['--anonymous-auth=false'], 'false'],
    [['--anonymous_auth=false'], 'false'],
    [['--anonymous-auth'], 'true'],
    [['--anonymous-auth=false', '--anonymous-auth'], 'true'],
    [[], 'true'],
  ])('of a boolean: %j is %s', (words, value) => {
    expect(read(words).get('anonymous-auth')).toMatchObject({ value, given: words.length > 0, known: true });
  });

  it('takes its value from the next word, with the place of the flag', () => {
    const reading = read(['--audit-policy-file', '/etc/policy.yaml']).get('audit-policy-file');
    expect(reading).toMatchObject({
      value: '/etc/policy.yaml',
      given: true,
      isDefault: false,
      place: { source: 'pod.yaml', line: 10 },
    });
  });

  it('that is a list adds up, with CSV quotes', () => {
    const flags = read([
      '--enable-admission-plugins=A,"B,C"',
      '--enable-admission-plugins',
      'D',
      '--authorization-mode=Node',
      '--authorization-mode=RBAC',
    ]);
    expect(flags.get('enable-admission-plugins').values).toEqual(['A', 'B,C', 'D']);
    expect(flags.get('authorization-mode')).toMatchObject({ value: 'Node,RBAC', values: ['Node', 'RBAC'] });
  });

  it('that is no list is the last one given', () => {
    expect(read(['--audit-log-path=/a', '--audit-log-path=/b']).get('audit-log-path')).toMatchObject({
      value: '/b',
      values: ['/a', '/b'],
    });
  });

  it('says whether it says what the default says', () => {
    expect(read(['--profiling=1']).get('profiling')).toMatchObject({ isDefault: true, given: true });
    expect(booleanOf(read(['--profiling=1']).get('profiling'))).toBe(true);
    expect(booleanOf(read(['--profiling=x']).get('profiling'))).toBeUndefined();
  });
});

describe('an absent flag', () => {
  it('has the default of its version', () => {
    expect(read([], 35).get('audit-log-maxage').value).toBe('0');
    expect(read([], 36).get('audit-log-maxage').value).toBe('366');
    expect(read([], 30).get('enable-logs-handler').value).toBe('true');
    expect(read([], 31).get('enable-logs-handler').value).toBe('false');
  });

  it('is AlwaysAllow as authorization mode, unless a configuration is given', () => {
    for (const minor of [28, 29, 31, 37])
      expect(read([], minor).get('authorization-mode')).toMatchObject({ value: 'AlwaysAllow', given: false });
    expect(read(['--authorization-config=/a'], 31).get('authorization-mode').value).toBe('');
  });

  it('is not known where the version is not and versions differ', () => {
    expect(readFlags(component('kube-apiserver', []), undefined).get('audit-log-maxage').known).toBe(false);
    expect(readFlags(component('kube-apiserver', []), undefined).get('anonymous-auth')).toMatchObject({
      known: true,
      value: 'true',
    });
    expect(read([], 45).get('audit-log-maxage').known).toBe(false);
  });

  it('is not known in the file of a distribution', () => {
    const flags = read(['--profiling=false'], 31, { seenAs: 'distribution' });
    expect(flags.get('anonymous-auth').known).toBe(false);
    expect(flags.get('profiling')).toMatchObject({ known: true, value: 'false' });
    expect(read([], 31, { seenAs: 'kubeadm' }).get('anonymous-auth').known).toBe(true);
  });

  it('that this version does not have says so', () => {
    expect(read([], 28).get('authentication-config')).toMatchObject({ exists: false, known: true, value: '' });
    expect(read([], 29).get('authentication-config').exists).toBe(true);
  });
});

describe('what stops the component', () => {
  it.each([
    [['--anonymous-auth', 'false'], '"kube-apiserver" does not take any arguments, got ["false"]'],
    [['-anonymous-auth=false'], "unknown shorthand flag: 'a' in -anonymous-auth=false"],
    [['--insecure-port=0'], 'unknown flag: --insecure-port'],
    [['--no_such'], 'unknown flag: --no_such'],
    [['--audit-log-path'], 'flag needs an argument: --audit-log-path'],
    [['--anonymous-auth=x'], 'invalid argument "x" for "--anonymous-auth" flag: strconv.ParseBool: parsing "x": invalid syntax'],
    [['--v=x'], 'invalid argument "x" for "-v, --v" flag: strconv.ParseUint: parsing "x": invalid syntax'],
    [['--request-timeout=5'], 'invalid argument "5" for "--request-timeout" flag: time: missing unit in duration "5"'],
    [['--feature-gates=Nope=true'], 'unrecognized feature gate: Nope'],
    [['--version'], '--version prints and exits'],
  ])('%j', (words, message) => {
    expect(read(words).errors[0]?.message).toBe(message);
  });

  it.each([
    [['--anonymous-auth', 'false'], 'anonymous-auth'],
    [['--profiling', '--anonymous_auth', 'false'], 'anonymous-auth'],
    [['--authorization-mode', 'Node', 'RBAC'], undefined],
    [['--anonymous-auth=true', 'false'], undefined],
    [['word'], undefined],
  ])('a word of its own is blamed on the boolean before it: %j', (words, flag) => {
    expect(read(words).errors[0]?.flag).toBe(flag);
  });

  it('AlwaysAllow is the mode also where the version is not known', () => {
    expect(readFlags(component('kube-apiserver', []), undefined).get('authorization-mode')).toMatchObject({
      known: true,
      value: 'AlwaysAllow',
    });
  });

  it.each([
    ['kubelet', ['--network-plugin=cni'], 'failed to parse kubelet flag: unknown flag: --network-plugin'],
    ['kubelet', ['--anonymous-auth', 'false'], 'unknown command false'],
    ['kube-proxy', ['--cleanup', 'x'], '"kube-proxy" does not take any arguments, got ["x"]'],
    ['kube-scheduler', ['--bind-address=x'], 'invalid argument "x" for "--bind-address" flag: failed to parse IP: "x"'],
  ] as const)('%s %j', (name, words, message) => {
    expect(readFlags(component(name, words), 31).errors[0]?.message).toBe(message);
  });

  it('is a flag of another version', () => {
    expect(read(['--authentication-config=/a'], 28).errors[0]?.message).toBe('unknown flag: --authentication-config');
    expect(read(['--cloud-provider=aws'], 32).errors).toEqual([]);
    expect(read(['--cloud-provider=aws'], 33).errors[0]?.message).toBe('unknown flag: --cloud-provider');
  });

  it('loses none of the flags beside it', () => {
    const flags = read(['--nope', 'x', '--profiling=false', '-bind-address=1.2.3.4', '--secure-port=x', '--event-ttl=2h']);
    expect(flags.get('profiling').value).toBe('false');
    expect(flags.get('event-ttl').value).toBe('2h');
    expect(flags.errors.map((error) => error.flag)).toEqual(['nope', 'bind-address', 'secure-port']);
  });

  it('is named with its place', () => {
    expect(read(['--profiling', '--nope=1']).errors).toEqual([
      { flag: 'nope', message: 'unknown flag: --nope', place: { source: 'pod.yaml', line: 11 } },
    ]);
  });

  it('is nothing for empty words', () => {
    expect(read(['']).errors).toEqual([]);
  });
});

describe('feature gates', () => {
  const enabled = (words: readonly string[], minor: number, gate: string) =>
    gateEnabled(read(words, minor), 'kube-apiserver', minor, gate);

  it('merge, and the last of a name counts', () => {
    const words = ['--feature-gates=KMSv1=true,AllAlpha=true', '--feature-gates=KMSv1=false'];
    expect(enabled(words, 31, 'KMSv1')).toBe(false);
    expect(enabled(words, 31, 'AnonymousAuthConfigurableEndpoints')).toBe(true);
    expect(enabled(['--feature-gates=kube:KMSv1=true'], 37, 'KMSv1')).toBe(true);
  });

  it('have the default of the version, of the emulated one where it is given', () => {
    expect(enabled([], 31, 'AnonymousAuthConfigurableEndpoints')).toBe(false);
    expect(enabled([], 32, 'AnonymousAuthConfigurableEndpoints')).toBe(true);
    expect(enabled(['--emulated-version=1.31'], 33, 'AnonymousAuthConfigurableEndpoints')).toBe(false);
    expect(enabled([], 37, 'AnonymousAuthConfigurableEndpoints')).toBeUndefined();
  });

  it('that are locked stay, and setting them stops the server', () => {
    expect(enabled(['--feature-gates=KubeletFineGrainedAuthz=false'], 36, 'KubeletFineGrainedAuthz')).toBe(true);
    expect(read(['--feature-gates=KubeletFineGrainedAuthz=false'], 36).errors[0]?.message).toBe(
      'cannot set feature gate KubeletFineGrainedAuthz to false, feature is locked to true',
    );
  });
});

describe('etcd', () => {
  const etcd = (words: readonly string[], extra: Partial<Component> = {}) => readFlags(component('etcd', words, extra), 31);
  const place = { source: 'unit' };

  it('reads Go flags: one dash or two', () => {
    const flags = etcd(['-client-cert-auth', '--trusted-ca-file=/ca', '-data-dir', '/d']);
    expect(flags.get('client-cert-auth').value).toBe('true');
    expect(flags.get('trusted-ca-file').value).toBe('/ca');
    expect(flags.get('data-dir').value).toBe('/d');
    expect(flags.errors).toEqual([]);
  });

  it.each([
    [['--foo'], 'flag provided but not defined: -foo'],
    [['--client-cert-auth=x'], 'invalid boolean value "x" for -client-cert-auth: parse error'],
    [['--max-wals=x'], 'invalid value "x" for flag -max-wals: parse error'],
    [['--max-wals'], 'flag needs an argument: -max-wals'],
    [['x', '--client-cert-auth'], '"x" is not a valid flag'],
    [['---x=x'], 'bad flag syntax: ---x=x'],
  ])('%j', (words, message) => {
    expect(etcd(words).errors[0]?.message).toBe(message);
  });

  it('takes variables for flags that the line lacks, and refuses both', () => {
    const environment = new Map([['ETCD_CLIENT_CERT_AUTH', { value: 'true', place }]]);
    expect(etcd([], { environment }).get('client-cert-auth')).toMatchObject({ value: 'true', given: true, place });
    expect(etcd(['--client-cert-auth'], { environment }).errors[0]?.message).toMatch(/^conflicting environment variable/);
  });

  it('takes everything from its configuration file', () => {
    const text =
      'data-dir: /data\nclient-transport-security:\n  client-cert-auth: true\npeer-transport-security:\n  cert-file: /peer.crt\n';
    const files = new Map<string, HostFile>([['/etcd.yaml', { kind: 'seen', path: '/etcd.yaml', text, source: 'etcd.yaml' }]]);
    const flags = etcd(['--config-file=/etcd.yaml', '--data-dir=/other'], { files });
    expect(flags.get('data-dir')).toMatchObject({ value: '/data', place: { source: 'etcd.yaml', line: 1 } });
    expect(flags.get('client-cert-auth').value).toBe('true');
    expect(flags.get('peer-cert-file').value).toBe('/peer.crt');
    expect(flags.get('trusted-ca-file').known).toBe(true);
    expect(etcd(['--config-file=/etcd.yaml']).get('client-cert-auth').known).toBe(false);
  });
});

describe('the file of a flag', () => {
  it('is unset, collected or not', () => {
    const file: HostFile = { kind: 'seen', path: '/a', text: 'x', source: 'a' };
    const subject = component('kube-apiserver', ['--audit-policy-file=/a', '--encryption-provider-config=/b'], {
      files: new Map([['/a', file]]),
    });
    const flags = readFlags(subject, 31);
    expect(flagFile(subject, flags.get('audit-policy-file'))).toBe(file);
    expect(flagFile(subject, flags.get('encryption-provider-config'))).toMatchObject({ kind: 'not-collected', path: '/b' });
    expect(flagFile(subject, flags.get('token-auth-file'))).toEqual({ kind: 'unset' });
  });
});

describe('any words', () => {
  it('are read without throwing, and what is given is given', () => {
    const names: ComponentName[] = [
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'etcd',
      'kubelet',
      'kube-proxy',
    ];
    const word = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('--', '-', '-v', '--v', '--feature-gates', '--anonymous-auth=', '-h', '--config-file'),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(word),
        fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
        (name, words, minor) => {
          const flags = readFlags(component(name, words), minor);
          for (const flag of ['v', 'feature-gates', 'anonymous-auth', 'constructor', '__proto__']) {
            const reading = flags.get(flag);
            expect(reading.given).toBe(reading.place !== undefined);
          }
        },
      ),
    );
  });
});
