import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Change } from '../../cluster/change.ts';
import { collect } from '../../collect/collect.ts';
import { remediesOf, stepsOf } from '../fixtures/remedies-of.ts';
import { control } from './kubelet-anonymous-off/control.ts';
import { remedy } from './kubelet-anonymous-off/remedy.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulwark-kubelet-'));
afterAll(() => rmSync(folder, { recursive: true }));

const configuration = (value: boolean | undefined): string =>
  `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${value === undefined ? '' : `authentication: {anonymous: {enabled: ${value}}}\n`}`;

let count = 0;

async function changesFor(flags: string, files: Readonly<Record<string, string>>, objects = ''): Promise<readonly Change[]> {
  const root = join(folder, String(count++));
  const all = {
    'etc/hostname': 'n1\n',
    'etc/systemd/system/kubelet.service': `[Service]\nExecStart=/usr/bin/kubelet ${flags}\n`,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const paths = objects === '' ? [] : [join(folder, `objects-${count}.yaml`)];
  for (const path of paths) writeFileSync(path, objects);
  const cluster = await collect({ paths, hostRoots: [root], auditLogs: [], names: [root, ...paths] });
  return stepsOf(remediesOf(control, remedy, cluster)[0]).flat();
}

const edits = [{ op: 'set', path: ['authentication', 'anonymous', 'enabled'], value: false }];
const file = 'var/lib/kubelet/config.yaml';

describe('kubelet settings are mended where they stand', () => {
  it('in the file', async () => {
    const changes = await changesFor(`--config=/${file}`, { [file]: configuration(true) });
    expect(changes).toMatchObject([{ kind: 'edit-file', component: 'kubelet', path: `/${file}`, edits }]);
  });

  it('on the command line, which wins over the file', async () => {
    const changes = await changesFor(`--config=/${file} --anonymous-auth=true`, { [file]: configuration(false) });
    expect(changes).toMatchObject([{ kind: 'set-flag', flag: 'anonymous-auth', value: 'false' }]);
  });

  it('on the command line where no file is named', async () => {
    expect(await changesFor('--v=2', {})).toMatchObject([{ kind: 'set-flag', flag: 'anonymous-auth', value: 'false' }]);
  });

  it('in the last drop-in that sets the field', async () => {
    const changes = await changesFor(`--config=/${file} --config-dir=/etc/kubernetes/kubelet.conf.d`, {
      [file]: configuration(false),
      'etc/kubernetes/kubelet.conf.d/10-first.conf': configuration(true),
      'etc/kubernetes/kubelet.conf.d/20-second.conf': configuration(true),
      'etc/kubernetes/kubelet.conf.d/30-other.conf': configuration(undefined),
    });
    expect(changes).toMatchObject([{ kind: 'edit-file', path: '/etc/kubernetes/kubelet.conf.d/20-second.conf', edits }]);
  });

  it('in the ConfigMap that new nodes are made from', async () => {
    const text = configuration(true).replaceAll('\n', '\n    ');
    const map = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubelet-config, namespace: kube-system}\ndata:\n  kubelet: |\n    ${text}\n`;
    const changes = await changesFor(`--config=/${file}`, { [file]: configuration(true) }, map);
    const patch = changes.find((change) => change.kind === 'patch-object');
    expect(patch).toMatchObject({ object: { kind: 'ConfigMap', name: 'kubelet-config' } });
    expect(JSON.stringify(patch)).toContain('enabled: false');
  });
});
