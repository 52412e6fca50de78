import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readVariables } from './environment.ts';
import { versionInImage } from './image-version.ts';
import { containerPaths } from './mounts.ts';
import { componentsOfPlainText } from './plain-text.ts';
import { programOf } from './program.ts';
import { componentOfPod } from './static-pod.ts';
import { commandsOf, environmentOfUnit, readUnit } from './systemd-unit.ts';
import { argumentsOf, splitWords } from './words.ts';

const texts = (words: readonly { readonly text: string }[]): string[] => words.map((word) => word.text);
const program = (line: string): string | undefined => {
  const found = programOf(argumentsOf(splitWords(line), 's'));
  return found === undefined ? undefined : [found.name, ...texts(found.arguments)].join(' ');
};

describe('words', () => {
  it('groups by quotes, joins lines, keeps places', () => {
    const words = splitWords('a "b c" \\\n  --d=\'$x\'\n# e\nf', { comments: true });
    expect(texts(words)).toEqual(['a', 'b c', '--d=$x', 'f']);
    expect(words[2]).toMatchObject({ line: 2, column: 3 });
    expect(words[3]).toMatchObject({ line: 4, column: 1 });
  });

  it('never fails, and plain words come back as they were', () => {
    fc.assert(fc.property(fc.string(), (text) => splitWords(text).length >= 0));
    const word = fc.stringMatching(/^[a-z=-]{1,8}$/);
    fc.assert(
      fc.property(fc.array(word), (list) => {
        expect(texts(splitWords(list.join(' ')))).toEqual(list);
      }),
    );
  });
});

describe('the program of a command', () => {
  it.each([
    ['/usr/bin/kube-apiserver --a=b', 'kube-apiserver --a=b'],
    ['/go-runner --log-file=/x --also-stdout /usr/local/bin/kube-apiserver --a', 'kube-apiserver --a'],
    ['hyperkube kubelet --a', 'kubelet --a'],
    ["/bin/sh -c 'mkdir -p /x; exec /usr/local/bin/kube-apiserver --a=1 --b 2>&1 | tee /log'", 'kube-apiserver --a=1 --b'],
    ['bash -ec "hyperkube kube-scheduler --a"', 'kube-scheduler --a'],
    ['etcd --name etcd', 'etcd --name etcd'],
  ])('%s', (line, expected) => expect(program(line)).toBe(expected));

  it.each(['etcd-manager --backup-store=x', 'grep kube-apiserver', 'backup --name etcd', 'journalctl -u kubelet', ''])(
    'none: %s',
    (line) => expect(program(line)).toBeUndefined(),
  );
});

describe('plain command lines', () => {
  it('reads ps output, whatever its columns', () => {
    const ps = `UID          PID    PPID  C STIME TTY          TIME CMD
root        1234       1  5 Nov25 ?        00:10:00 kube-apiserver --anonymous-auth=false --v=2
root        1300       1  0 Nov25 ?        00:00:01 grep kube-apiserver --color
root      1400  0.1  2.0 123 456 ? Ssl Nov25 1:00 /usr/bin/kubelet --config=/x
`;
    const found = componentsOfPlainText(ps, 'ps.txt', 'h').map(({ component }) => component);
    expect(found.map(({ name, seenAs, running }) => ({ name, seenAs, running }))).toEqual([
      { name: 'kube-apiserver', seenAs: 'process', running: true },
      { name: 'kubelet', seenAs: 'process', running: true },
    ]);
    expect(found[0]?.commandLine.arguments[0]).toEqual({
      text: '--anonymous-auth=false',
      place: { source: 'ps.txt', line: 2, column: 68 },
    });
  });

  it('reads /proc cmdline, files of flags, and commands over several lines', () => {
    expect(
      componentsOfPlainText('/usr/bin/kubelet\0--config\0/x y\0', 'c', 'h')[0]?.component.commandLine.arguments[1]?.text,
    ).toBe('/x y');
    const flags = componentsOfPlainText('--a=b\n# c\n--d e\n', 'x/kube-apiserver.args', 'h')[0]?.component;
    expect(flags).toMatchObject({ name: 'kube-apiserver', seenAs: 'unit' });
    const command = componentsOfPlainText('kube-apiserver \\\n  --a=b \\\n  --password=hunter2\n', 'x.txt', 'h')[0]?.component;
    expect(texts(command?.commandLine.arguments ?? [])).toEqual(['--a=b', '--password=<redacted>']);
    expect(command?.commandLine.arguments[0]?.place.line).toBe(2);
  });

  it('finds nothing in prose or YAML', () => {
    expect(componentsOfPlainText('name: kube-apiserver\n- kube-apiserver\nThe kubelet starts.\nkubelet\n', 'x.txt', 'h')).toEqual(
      [],
    );
    fc.assert(fc.property(fc.string(), (text) => componentsOfPlainText(text, 's', 'h').length >= 0));
  });
});

describe('systemd units', () => {
  const unit = (text: string): string[][] => {
    const settings = readUnit(text, 'u');
    return commandsOf(settings, environmentOfUnit(settings)).map(texts);
  };

  it('expands variables as systemd does', () => {
    expect(unit('[Service]\nEnvironment="A=1 2" B=x\nExecStart=-/bin/p $A ${A} --b=${B} $$C $NONE ${NONE}\n')).toEqual([
      ['/bin/p', '1', '2', '1 2', '--b=x', '$C'],
    ]);
  });

  it('lets a drop-in replace the command', () => {
    expect(unit('[Service]\nExecStart=/bin/a\n[Service]\nExecStart=\nExecStart=@/bin/b name --x\n')).toEqual([['/bin/b', '--x']]);
  });

  it('reads environment files', () => {
    expect(
      readVariables('# c\nA="x y"\nexport B=z\nnot a pair\nC=a\\\nb\n').map(({ name, value, line }) => [name, value, line]),
    ).toEqual([
      ['A', 'x y', 2],
      ['B', 'z', 3],
      ['C', 'ab', 5],
    ]);
  });
});

describe('images and mounts', () => {
  it.each([
    ['registry.k8s.io/kube-apiserver:v1.31.4', 'v1.31.4'],
    ['localhost:5000/kube-apiserver@sha256:00', undefined],
    ['localhost:5000/kube-apiserver', undefined],
    ['rancher/hardened-kubernetes:v1.31.4-rke2r1-build20241212', 'v1.31.4+rke2r1'],
    ['rancher/k3s:v1.31.4-k3s1', 'v1.31.4+k3s1'],
    ['x/kube-apiserver-amd64:1.30.2', 'v1.30.2'],
    ['x:latest', undefined],
  ])('%s', (image, version) => expect(versionInImage(image)).toBe(version));

  it('takes the longest mount, and only hostPath is on the host', () => {
    const paths = containerPaths(
      {
        volumes: [
          { name: 'a', hostPath: { path: '/host/a/' } },
          { name: 'b', hostPath: { path: '/host/b' } },
          { name: 'c', secret: {} },
        ],
      },
      {
        volumeMounts: [
          { name: 'a', mountPath: '/x' },
          { name: 'b', mountPath: '/x/y', subPath: 's' },
          { name: 'c', mountPath: '/c' },
          { name: 'none', mountPath: '/n' },
        ],
      },
    );
    expect(paths('/x/f')).toEqual({ kind: 'host-path', path: '/host/a/f' });
    expect(paths('/x/y/f')).toEqual({ kind: 'host-path', path: '/host/b/s/f' });
    expect(paths('/xy')).toEqual({ kind: 'not-mounted' });
    expect(paths('/n/f')).toEqual({ kind: 'not-mounted' });
    expect(paths('/c/f')).toMatchObject({ kind: 'other-volume', type: 'secret' });
  });

  it('reads the same words from command, args or both', () => {
    const word = fc.stringMatching(/^--[a-z]{1,6}(=[a-z]{1,6})?$/);
    fc.assert(
      fc.property(fc.array(word), fc.nat(), (flags, cut) => {
        const at = flags.length === 0 ? 0 : cut % flags.length;
        const pod = (container: Record<string, string[]>): string[] =>
          texts(
            componentOfPod({ value: { spec: { containers: [container] } }, source: 's' }, [], {
              host: 'h',
              seenAs: 'static-pod',
              running: false,
            })?.component.commandLine.arguments ?? [],
          );
        const one = pod({ command: ['kube-apiserver', ...flags] });
        expect(pod({ command: ['kube-apiserver', ...flags.slice(0, at)], args: flags.slice(at) })).toEqual(one);
        expect(pod({ command: ['kube-apiserver'], args: flags })).toEqual(one);
      }),
    );
  });
});
