import type { Change } from '../../cluster/change.ts';
import { distributionOf } from '../../cluster/component-version.ts';
import type { Mending } from '../mending.ts';
import { kubeadmPki, secure } from './mend-etcd.ts';

const files: readonly (readonly [string, string])[] = [
  ['etcd-cafile', `${kubeadmPki}/etcd/ca.crt`],
  ['etcd-certfile', `${kubeadmPki}/apiserver-etcd-client.crt`],
  ['etcd-keyfile', `${kubeadmPki}/apiserver-etcd-client.key`],
];

/** Changes of an API server after which it speaks to etcd over TLS and shows a certificate; a text says why there are none. */
export function mendEtcdClient(at: Mending): readonly Change[] | string {
  const missing = files.filter(([flag]) => at.flag(flag).value === '');
  const isKubeadm =
    distributionOf(at.cluster) === 'kubeadm' ||
    at.component.seenAs === 'kubeadm' ||
    at.flag('client-ca-file').value.startsWith(`${kubeadmPki}/`);
  if (missing.length > 0 && !isKubeadm)
    return `${missing.map(([flag]) => `--${flag}`).join(', ')} of the API server: no certificate for etcd was seen, issue one and name it`;
  const servers = at.flag('etcd-servers');
  const overrides = at.flag('etcd-servers-overrides');
  return [
    ...(servers.given ? at.set('etcd-servers', secure(servers.value)) : []),
    ...(overrides.given && overrides.value.includes('http://')
      ? at.set('etcd-servers-overrides', overrides.value.replaceAll('http://', 'https://'))
      : []),
    ...missing.flatMap(([flag, path]) => at.set(flag, path)),
  ];
}
