import type { Change } from '../../cluster/change.ts';
import { absentFile, kubeadmPki, usesKubeadmPki } from '../kubeadm-pki.ts';
import type { Mending } from '../mending.ts';
import { mountFolder } from '../pod-mounts.ts';
import { secure } from './mend-etcd.ts';

const files: readonly (readonly [string, string])[] = [
  ['etcd-cafile', `${kubeadmPki}/etcd/ca.crt`],
  ['etcd-certfile', `${kubeadmPki}/apiserver-etcd-client.crt`],
  ['etcd-keyfile', `${kubeadmPki}/apiserver-etcd-client.key`],
];

/** Changes of an API server after which it speaks to etcd over TLS and shows a certificate; a text says why there are none. */
export function mendEtcdClient(at: Mending, members: readonly Mending[]): readonly Change[] | string {
  const hidden = files.map(([flag]) => at.file(flag)).find((file) => file.kind === 'missing');
  if (hidden !== undefined)
    return `${hidden.path}: ${hidden.reason}; the files for etcd must be there before anything can be planned`;
  const missing = files.filter(([flag]) => at.flag(flag).value === '');
  if (missing.length > 0 && ![at, ...members].some(usesKubeadmPki))
    return `${missing.map(([flag]) => `--${flag}`).join(', ')} of the API server: no certificate for etcd was seen, issue one and name it`;
  const absent = absentFile(
    at,
    missing.map(([, path]) => path),
  );
  if (absent !== undefined)
    return `${absent} is not on the host: issue it first (\`kubeadm init phase certs apiserver-etcd-client\`), then plan again`;
  const servers = at.flag('etcd-servers');
  const plain = [...servers.values, ...at.flag('etcd-servers-overrides').values].filter((text) => text.includes('http://'));
  if (plain.length > 0 && members.length === 0)
    return `${plain.join(', ')} is read without TLS, and how etcd is started was not seen: scan its hosts, both sides must change together`;
  const overrides = at.flag('etcd-servers-overrides');
  return [
    ...(servers.given ? at.set('etcd-servers', secure(servers.value)) : []),
    ...(overrides.given && overrides.value.includes('http://')
      ? at.set('etcd-servers-overrides', overrides.value.replaceAll('http://', 'https://'))
      : []),
    ...missing.flatMap(([flag, path]) => at.set(flag, path)),
    ...(missing.length > 0 ? mountFolder(at, kubeadmPki, 'k8s-certs') : []),
  ];
}
