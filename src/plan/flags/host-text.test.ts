import { describe, expect, it } from 'vitest';
import type { Change } from '../../cluster/change.ts';
import { editHostText } from '../host-text.ts';

const at = { host: 'cp-1', component: 'kube-apiserver' } as const;
const set = (flag: string, value: string): Change => ({ kind: 'set-flag', ...at, flag, value });
const file = (path: string): Change => ({ kind: 'write-file', ...at, path, text: 'x', mode: 0o600, secret: false });

function edited(text: string, kind: 'manifest' | 'unit', ...changes: readonly Change[]): string {
  const result = editHostText(text, kind, changes);
  return result.kind === 'edited' ? result.text : `refused: ${result.why}`;
}

const pod = `apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.31.4
    command:
    - kube-apiserver
    args: ["--v", "2", "--authorization-mode=AlwaysAllow"]   # by hand
    volumeMounts:
    - mountPath: /etc/kubernetes/pki
      name: pki
      readOnly: true
  volumes:
  - hostPath: {path: /etc/kubernetes/pki}
    name: pki
`;

describe('a static pod manifest', () => {
  it('has its flags changed in args or command, in the style of the list', () => {
    expect(edited(pod, 'manifest', set('authorization-mode', 'Node,RBAC'), set('v', '4'), set('profiling', 'false'))).toBe(
      pod.replace('"2", "--authorization-mode=AlwaysAllow"]', '"4", "--authorization-mode=Node,RBAC", "--profiling=false"]'),
    );
    expect(edited(pod, 'manifest', { kind: 'remove-flag', ...at, flag: 'v' })).toBe(pod.replace('"--v", "2", ', ''));
  });

  it('gets a volume and a mount for a new file or folder, unless a mount shows the path already', () => {
    expect(edited(pod, 'manifest', file('/etc/kubernetes/pki/x.yaml'))).toBe(pod);
    const mounted = edited(pod, 'manifest', file('/etc/kubernetes/audit/policy.yaml'), {
      kind: 'mount-directory',
      ...at,
      path: '/var/log/kubernetes',
    });
    expect(mounted).toContain(
      '    - mountPath: /etc/kubernetes/audit/policy.yaml\n      name: audit-policy-yaml\n      readOnly: true\n',
    );
    expect(mounted).toContain('    - mountPath: /var/log/kubernetes\n      name: log-kubernetes\n');
    expect(mounted).toContain(
      '  - hostPath:\n      path: /var/log/kubernetes\n      type: DirectoryOrCreate\n    name: log-kubernetes\n',
    );
    expect(edited(mounted, 'manifest', file('/etc/kubernetes/audit/policy.yaml'))).toBe(mounted);
  });

  it('is refused where a shell starts the component', () => {
    const shell = pod.replace(
      '    - kube-apiserver\n    args: ["--v", "2", "--authorization-mode=AlwaysAllow"]   # by hand\n',
      '    - sh\n    - -c\n    - exec kube-apiserver --v=2\n',
    );
    expect(edited(shell, 'manifest', set('profiling', 'false'))).toMatch(/^refused: .*shell/);
  });
});

const unit = `[Unit]
Description=Kubernetes API Server

[Service]
ExecStart=/usr/local/bin/kube-apiserver \\
  --authorization-mode=AlwaysAllow \\
  --bind-address 0.0.0.0 \\
  --v=2
Restart=on-failure
`;

describe('a systemd unit', () => {
  it('has the words of its command changed, each on its line', () => {
    expect(edited(unit, 'unit', set('authorization-mode', 'Node,RBAC'))).toBe(unit.replace('AlwaysAllow', 'Node,RBAC'));
    expect(edited(unit, 'unit', set('bind-address', '10.0.0.1'))).toBe(unit.replace('0.0.0.0', '10.0.0.1'));
    expect(edited(unit, 'unit', set('profiling', 'false'))).toBe(unit.replace('  --v=2\n', '  --profiling=false \\\n  --v=2\n'));
    expect(edited(unit, 'unit', { kind: 'remove-flag', ...at, flag: 'bind-address' })).toBe(
      unit.replace('  --bind-address 0.0.0.0 \\\n', ''),
    );
    expect(edited(unit, 'unit', file('/etc/x'))).toBe(unit);
  });

  it('gets a new flag behind a variable, which may bring the same flag', () => {
    const short = '[Service]\nExecStart=/usr/bin/kube-apiserver --v=2 $EXTRA\n';
    expect(edited(short, 'unit', set('profiling', 'false'))).toBe(
      '[Service]\nExecStart=/usr/bin/kube-apiserver --v=2 $EXTRA --profiling=false\n',
    );
    expect(edited('[Service]\nExecStart=/usr/bin/other\n', 'unit', set('profiling', 'false'))).toMatch(/^refused/);
  });
});
